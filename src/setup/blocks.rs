//! Integrations that add a block of lines: tmux, starship, zsh and fish.
//!
//! Invariant: the block is at the end of the file, after the user's own settings have taken effect.

use std::path::{Path, PathBuf};

use toml_edit::{Document, Item};

use super::SetupError;
use super::block::{self, Comment};
use super::change::{Change, position, text_of};
use super::places::Programs;
use super::plan::{FileChange, Plan};

/// The programs with shell completions.
const COMPLETED: [&str; 2] = ["cco", "cco-peek"];

/// tmux: figures at the right of its status line.
pub(super) fn tmux(path: PathBuf, programs: &Programs) -> Result<Plan, SetupError> {
    let command = programs.peek.replace('%', "%%") + " --format tmux";
    let quoted =
        |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"));
    let word = quoted(&format!(" #({command})"));
    let ensure = quoted(&format!("{} --ensure >/dev/null 2>&1", programs.peek.replace('#', "##")));
    let lines = format!(
        "# Starts the publisher with tmux, unless it is running.\n\
         run-shell -b {ensure}\n\
         # Added once, even if this file is read again; with enough room for it.\n\
         if-shell -F '#{{m:*cco-peek*,#{{status-right}}}}' '' {{\n  set -ag status-right {word}\n}}\n\
         if-shell -F '#{{e|<:#{{status-right-length}},120}}' {{\n  set -g status-right-length 120\n}}\n"
    );
    let mut plan = appended(path, &lines)?;
    if let Some(file) = plan.files.first() {
        plan.next.push(format!("tmux source-file {}", file.path.display()));
    }
    Ok(plan)
}

/// starship: a custom module.
pub(super) fn starship(path: PathBuf, programs: &Programs) -> Result<Plan, SetupError> {
    let file = FileChange::look(path.clone())?;
    let text = text_of(&file.target, file.before.as_deref().unwrap_or_default())?;
    let document = parse(&file, text)?;
    let is_set = document.get("custom").and_then(|custom| custom.get("cco")).is_some();
    if is_set && !block::is_in(text.as_bytes()) {
        return Err(SetupError::Taken {
            path: file.path,
            what: "already has a module named custom.cco".to_owned(),
            flags: "rename or remove it first",
            can_wrap: false,
        });
    }
    let command = toml_string(&format!("{} --format starship", programs.peek));
    let lines = format!(
        "[custom.cco]\ndescription = \"Claude Code usage\"\ncommand = {command}\nwhen = true\n\
         format = \"[$output]($style) \"\nstyle = \"dimmed\"\n"
    );
    let mut plan = appended(path, &lines)?;
    if let Some(file) = plan.files.first() {
        // Another table cannot add to an inline `custom = { … }`.
        let after = text_of(&file.target, file.after.as_deref().unwrap_or_default())?;
        if after.parse::<Document<String>>().is_err() {
            let what = "custom is an inline table, so no module can be added to it".to_owned();
            return Err(SetupError::Unexpected { path: file.path.clone(), what });
        }
    }
    let shown = |key| document.get(key).and_then(Item::as_str);
    let is_shown =
        |format: &str| ["$all", "$custom", "${custom.cco}"].iter().any(|name| format.contains(name));
    if shown("format").is_some_and(|format| !is_shown(format)) && !shown("right_format").is_some_and(is_shown)
    {
        plan.notes.push(
            "your format does not include $custom, so the prompt will not show it: add ${custom.cco} where you want \
             it"
                .to_owned(),
        );
    }
    Ok(plan)
}

/// zsh: completions, and figures at the right of the prompt if requested.
pub(super) fn zsh(path: PathBuf, programs: &Programs, prompt: bool) -> Result<Plan, SetupError> {
    let mut lines = format!(
        "(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit }}\nsource <({})\n",
        programs.completions("zsh")
    );
    if prompt {
        // Shown through `psvar`, because zsh expands nothing in it.
        lines += &format!(
            "{peek} --ensure >/dev/null 2>&1 &!\n\
             _cco_precmd() {{ psvar[9]=$({peek} --format plain 2>/dev/null) }}\n\
             autoload -Uz add-zsh-hook && add-zsh-hook precmd _cco_precmd\n\
             [[ $RPROMPT == *%9v* ]] || RPROMPT=\"%9v${{RPROMPT:+ $RPROMPT}}\"\n",
            peek = programs.peek
        );
    }
    let mut plan = appended(path, &lines)?;
    plan.next.push("new shells will use it; for this shell, run: exec zsh".to_owned());
    Ok(plan)
}

/// fish: completions, which fish loads on demand, and figures at the right of the prompt if requested.
pub(super) fn fish(folder: &Path, programs: &Programs, prompt: bool) -> Result<Plan, SetupError> {
    let mut plan = Plan::default();
    for program in COMPLETED {
        let path = folder.join("completions").join(format!("{program}.fish"));
        let text = format!("{} --for {program} | source\n", programs.completions("fish"));
        let file = FileChange::look(path)?;
        match file.before.as_deref() {
            None => plan.files.push(file.to((text.into_bytes(), vec![Change::Whole]))),
            Some(there) if there == text.as_bytes() => {}
            Some(_) => {
                plan.notes.push(format!("{} already exists and is left unchanged", file.path.display()));
            }
        }
    }
    if prompt {
        let lines = format!(
            "functions -q _cco_right_prompt; or begin\n    \
                 functions -q fish_right_prompt; and functions -c fish_right_prompt _cco_right_prompt; \
                 or function _cco_right_prompt; end\n\
             end\n\
             function fish_right_prompt\n    \
                 {peek} --format plain 2>/dev/null; _cco_right_prompt\n\
             end\n\
             if status is-interactive\n    \
                 {peek} --ensure >/dev/null 2>&1 &\n    \
                 disown 2>/dev/null\n\
             end\n",
            peek = programs.peek
        );
        plan.files.extend(appended(folder.join("config.fish"), &lines)?.files);
    }
    plan.next.push("new shells will use it; for this shell, run: exec fish".to_owned());
    Ok(plan)
}

/// Appends a block to a file whose comments begin with `#`.
pub(super) fn appended(path: PathBuf, lines: &str) -> Result<Plan, SetupError> {
    appended_as(path, lines, Comment::Hash)
}

/// Appends a block to the file. Changes nothing if the file already has a block with these lines.
pub(super) fn appended_as(path: PathBuf, lines: &str, comment: Comment) -> Result<Plan, SetupError> {
    let file = FileChange::look(path)?;
    let bytes = file.before.as_deref().unwrap_or_default();
    match block::lines_in(bytes) {
        Some(there) if there == lines => Ok(Plan::default()),
        Some(_) => {
            let note = format!(
                "{} has an older or edited block from cco setup: to replace it, run --undo, then set up again",
                file.path.display()
            );
            Ok(Plan { notes: vec![note], ..Plan::default() })
        }
        None => {
            let (after, added) = block::append(bytes, lines, comment);
            Ok(Plan::of(file.to((after, vec![Change::Block { added }]))))
        }
    }
}

fn parse(file: &FileChange, text: &str) -> Result<Document<String>, SetupError> {
    text.parse::<Document<String>>().map_err(|error| {
        let at = error.span().map_or(text.len(), |span| span.start.min(text.len()));
        let (line, column) = position(&text[..text.floor_char_boundary(at)]);
        let what = error.message().to_owned();
        SetupError::Broken { path: file.target.clone(), line, column, what }
    })
}

/// A TOML string. The text is ours and has no control characters.
fn toml_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
