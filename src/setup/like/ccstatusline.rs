//! Translates ccstatusline's lines: lists of widgets with colours and separators, in a JSON file.
//!
//! Invariant: each widget becomes a section, so it disappears if it has nothing to show, as it does there; text is
//! escaped. Pure; used by [`super::Like`].

use serde_json::Value;

use super::translated::Translated;

/// What stands between widgets, if their file says nothing else.
const BAR: &str = "|";
/// Powerline's solid separator.
const ARROW: &str = "\u{e0b0}";

/// Widgets, what they say before their value, and the fields that show the same.
const WIDGETS: [(&str, &str, &str); 38] = [
    ("model", "Model: ", "{model}"),
    ("version", "Version: ", "{version}"),
    ("output-style", "Style: ", "{output_style}"),
    ("git-branch", "⎇ ", "{git.branch}"),
    ("git-changes", "", "(+{git.added},-{git.removed})"),
    ("git-insertions", "+", "{git.added}"),
    ("git-deletions", "-", "{git.removed}"),
    ("git-status", "", "{git.dirty}"),
    ("git-ahead-behind", "", r"[↑{git.ahead}][↓{git.behind}]"),
    ("git-sha", "", "{git.commit}"),
    ("git-worktree", "𖠰 ", "{worktree}"),
    ("worktree-name", "Worktree: ", "{worktree}"),
    ("worktree-branch", "Branch: ", "{worktree.branch}"),
    ("git-pr", "PR ", "{pr:link}[ {pr.state}]"),
    ("git-origin-owner-repo", "", "{repo}"),
    ("current-working-dir", "cwd: ", "{cwd}"),
    ("context-length", "Ctx: ", "{context.tokens}"),
    ("context-percentage", "Ctx: ", "{context}"),
    ("context-bar", "Context: ", "{context:bar:16} {context}"),
    ("context-window", "Ctx: ", "{context.tokens}/{context.size}"),
    ("session-clock", "Session: ", "{session.duration}"),
    ("session-cost", "Cost: ", "{session.cost}"),
    ("session-name", "", "{session.name}"),
    ("claude-session-id", "Session ID: ", "{session.id}"),
    ("tokens-total", "Total: ", "{session.tokens}"),
    ("session-usage", "Session: ", "{limits.five_hour}"),
    ("weekly-usage", "Weekly: ", "{limits.seven_day}"),
    ("reset-timer", "Reset: ", "{block.left}"),
    ("weekly-reset-timer", "Weekly Reset: ", "{limits.seven_day.left}"),
    ("extra-usage-utilization", "Extra: ", "{limits.spend}"),
    ("extra-usage-used", "Extra: ", "{limits.spend.used}"),
    ("extra-usage-limit", "Extra: ", "{limits.spend.limit}"),
    ("cache-hit-rate", "Cache: ", "{cache.hit}"),
    ("cache-timer", "Cache: ", "{cache.left}"),
    ("thinking-effort", "Thinking: ", "{effort}"),
    ("vim-mode", "", "{vim}"),
    ("agent-name", "Agent: ", "{agent}"),
    ("worktree-mode", "", "{worktree}"),
];

/// That this command names another file, whose lines are not read.
pub(super) fn unread(command: &str) -> Option<String> {
    let mut words = command.split_whitespace().map(|word| word.trim_matches(['\'', '"']));
    let has_file = words.any(|word| word == "--config" || word.starts_with("--config="));
    has_file.then(|| {
        "the file that its --config names was not read: copy it to ~/.config/ccstatusline/settings.json, then run \
         this again"
            .to_owned()
    })
}

/// The lines of this file, in our terms; the message says what is wrong with it.
pub(super) fn translated(settings: &str) -> Result<Translated, String> {
    let settings: Value =
        serde_json::from_str(settings).map_err(|error| format!("it is not JSON: {error}"))?;
    let mut left = Vec::new();
    let is_powerline = settings["powerline"]["enabled"] == true;
    if is_powerline && settings["powerline"]["theme"].is_string() {
        left.push("the colours of its Powerline theme: set them as {bg:#rrggbb} in the template".to_owned());
    }
    for (name, is_set) in [
        ("globalBold", settings["globalBold"] == true),
        ("overrideForegroundColor", is_colour(&settings["overrideForegroundColor"])),
        ("overrideBackgroundColor", is_colour(&settings["overrideBackgroundColor"])),
        ("rules", settings["rules"].as_array().is_some_and(|rules| !rules.is_empty())),
    ] {
        left.extend(is_set.then(|| format!("its setting {name}")));
    }
    let lines = settings["lines"].as_array().ok_or("it has no lines")?;
    // In its first version a file had one line, whose widgets are listed directly.
    let is_flat = lines.first().is_some_and(Value::is_object);
    let lines: Vec<&[Value]> = match is_flat {
        true => vec![lines.as_slice()],
        false => lines.iter().filter_map(Value::as_array).map(Vec::as_slice).collect(),
    };
    let all = lines.iter().flat_map(|line| line.iter());
    let separator =
        all.filter(|item| item["type"] == "separator").find_map(|item| item["character"].as_str());
    let separator = separator.or_else(|| settings["defaultSeparator"].as_str()).unwrap_or(BAR).to_owned();
    let mut commands = 0;
    let mut translate = |line: &&[Value]| {
        let mut text = String::new();
        // Whether the last of the line is a widget, and nothing yet follows it.
        let mut is_open = false;
        for item in *line {
            match item["type"].as_str().unwrap_or_default() {
                "separator" => {
                    let character = item["character"].as_str().unwrap_or(&separator);
                    if character != separator && !is_powerline {
                        text += &escaped(&format!(" {character} "));
                    }
                    is_open = false;
                }
                "flex-separator" => {
                    text += "{fill}";
                    is_open = false;
                }
                kind => {
                    let Some(widget) = widget(kind, item, &mut commands, &mut left) else { continue };
                    let is_apart = is_open && !is_powerline && item["merge"].is_null();
                    text += if is_apart { " " } else { "" };
                    text += &section(&widget, item, is_powerline, &mut left);
                    is_open = true;
                }
            }
        }
        text
    };
    let lines: Vec<String> = lines.iter().map(&mut translate).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() {
        return Ok(Translated::theme("ccstatusline", left));
    }
    let separator = if is_powerline { ARROW.to_owned() } else { format!(" {} ", separator.trim()) };
    left.dedup();
    Ok(Translated::template(&lines.join(r"\n"), &separator, left))
}

/// What a widget shows, as a part of a template; `None` if that is left out, which is noted.
fn widget(kind: &str, item: &Value, commands: &mut usize, left: &mut Vec<String>) -> Option<String> {
    if let Some((_, label, fields)) = WIDGETS.iter().find(|(name, ..)| *name == kind) {
        let label = if item["rawValue"] == true { "" } else { label };
        return Some(format!("{label}{fields}"));
    }
    match kind {
        "custom-text" | "custom-symbol" => {
            let text =
                item["customText"].as_str().or_else(|| item["customSymbol"].as_str()).unwrap_or_default();
            return (!text.is_empty()).then(|| escaped(text));
        }
        "custom-command" => {
            *commands += 1;
            let run = item["commandPath"].as_str().unwrap_or_default();
            left.push(format!(
                "the command {run:?}: add [statusline.commands.own{commands}] with run to the config file, and \
                 {{cmd:own{commands}}} to the template"
            ));
        }
        kind => left.push(format!("the widget {kind}")),
    }
    None
}

/// A section with a widget's colours.
fn section(widget: &str, item: &Value, is_powerline: bool, left: &mut Vec<String>) -> String {
    let mut styles = String::new();
    for (key, before) in [("color", ""), ("backgroundColor", "bg:")] {
        let Some(name) = item[key].as_str().filter(|_| is_colour(&item[key])) else { continue };
        match colour(name.strip_prefix("bg").unwrap_or(name)) {
            Some("dim") if before.is_empty() => styles += "{dim}",
            Some(colour) if colour != "dim" => styles += &format!("{{{before}{colour}}}"),
            _ => match name.strip_prefix("hex:").filter(|hex| is_hex(hex)) {
                Some(hex) => styles += &format!("{{{before}#{}}}", hex.to_ascii_lowercase()),
                None => left.push(format!("the colour {name}")),
            },
        }
    }
    if item["bold"] == true {
        styles += "{bold}";
    }
    let space = if is_powerline { " " } else { "" };
    format!("[{styles}{space}{widget}{space}]")
}

/// Whether a text is six digits of a colour. Anything else would be read as the template's language.
fn is_hex(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn is_colour(value: &Value) -> bool {
    value.as_str().is_some_and(|name| !matches!(name, "" | "none" | "default" | "white" | "bgDefault"))
}

/// Our name of one of their colours.
fn colour(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let plain = name.strip_prefix("bright").unwrap_or(&name);
    ["red", "green", "yellow", "blue", "magenta", "cyan"]
        .into_iter()
        .find(|known| *known == plain)
        .or_else(|| matches!(&*name, "gray" | "grey" | "brightblack" | "dim").then_some("dim"))
}

/// A text that is no part of the template's language.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '[' | ']' | '{' | '}' | '|') {
            safe.push('\\');
        }
        safe.push(if c.is_control() { ' ' } else { c });
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::bar::Template;

    /// The template and separator of the options.
    fn parts(options: &str) -> (String, String) {
        let rest = options.strip_prefix("--template ").unwrap();
        let (template, separator) = rest.split_once(" --separator ").unwrap();
        let plain = |text: &str| text.trim_matches('\'').replace(r"'\''", "'");
        (plain(template), plain(separator))
    }

    #[test]
    fn its_default_lines_become_ours() {
        let default = r#"{"version": 3, "lines": [[
            {"id": "1", "type": "model", "color": "cyan"}, {"id": "2", "type": "separator"},
            {"id": "3", "type": "context-length", "color": "brightBlack"}, {"id": "4", "type": "separator"},
            {"id": "5", "type": "git-branch", "color": "magenta"}, {"id": "6", "type": "separator"},
            {"id": "7", "type": "git-changes", "color": "yellow"}], [], []]}"#;
        let translated = translated(default).unwrap();
        assert_eq!(translated.left, Vec::<String>::new());
        let (template, separator) = parts(&translated.options);
        assert_eq!(
            template,
            "[{cyan}Model: {model}][{dim}Ctx: {context.tokens}][{magenta}⎇ {git.branch}][{yellow}(+{git.added},-{git.removed})]"
        );
        assert_eq!(separator, " | ");
        assert!(template.parse::<Template>().is_ok());
    }

    #[test]
    fn what_a_template_cannot_say_is_said() {
        let own = r#"{"lines": [[
            {"type": "custom-text", "customText": "it's {mine} [ok] | \\ \u001b"}, {"type": "flex-separator"},
            {"type": "vim-mode", "color": "hex:FF8800", "backgroundColor": "bgBlue", "bold": true, "rawValue": true},
            {"type": "model", "rawValue": true, "color": "ansi256:123"},
            {"type": "free-memory"}, {"type": "custom-command", "commandPath": "date"}],
            [{"type": "session-cost", "color": "green"}, {"type": "separator", "character": "-"},
             {"type": "git-pr"}]], "globalBold": true}"#;
        let translated = translated(own).unwrap();
        let (template, separator) = parts(&translated.options);
        assert_eq!(
            template,
            r"[it's \{mine\} \[ok\] \| \\  ]{fill}[{#ff8800}{bg:blue}{bold}{vim}] [{model}]\n[{green}Cost: {session.cost}][PR {pr:link}[ {pr.state}]]"
        );
        assert_eq!(separator, " - ");
        assert!(template.parse::<Template>().is_ok());
        let left = translated.left.join("\n");
        for part in ["globalBold", "free-memory", "\"date\"", "{cmd:own1}", "ansi256:123"] {
            assert!(left.contains(part), "{part} is missing in {left}");
        }
    }

    #[test]
    fn what_is_no_colour_becomes_no_part_of_the_template() {
        for colour in ["hex:zzzzzz", "hex:}[a]{b", "hex:ff880", "hex:ff88000", "hex:ß1234"] {
            let file = format!(
                r#"{{"lines": [[{{"type": "model", "color": "{colour}", "backgroundColor": "{colour}"}}]]}}"#
            );
            let translated = translated(&file).unwrap();
            assert_eq!(parts(&translated.options).0, "[Model: {model}]", "{colour}");
            assert_eq!(translated.left, [format!("the colour {colour}")]);
        }
    }

    #[test]
    fn every_widget_that_is_known_is_a_valid_part_of_a_template() {
        for (name, ..) in WIDGETS {
            let file = format!(r#"{{"lines": [[{{"type": "{name}", "color": "red"}}]]}}"#);
            let (template, _) = parts(&translated(&file).unwrap().options);
            assert!(template.parse::<Template>().is_ok(), "{name}: {template}");
        }
    }

    #[test]
    fn a_file_of_another_kind_is_refused_and_an_empty_one_is_the_default() {
        for text in ["", "[", "[]", "{}", "{\"lines\": 7}"] {
            assert!(translated(text).is_err(), "{text}");
        }
        assert_eq!(translated("{\"lines\": [[], []]}").unwrap().options, "--theme ccstatusline");
        let arrow = translated(
            r#"{"lines": [[{"type": "model"}]], "powerline": {"enabled": true, "theme": "nord"}}"#,
        )
        .unwrap();
        assert_eq!(parts(&arrow.options), ("[ Model: {model} ]".into(), ARROW.into()));
        assert_eq!(arrow.left.len(), 1);
    }
}
