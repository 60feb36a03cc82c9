//! Vim, Neovim and Emacs: their plugins, and the lines that turn on Emacs's.
//!
//! Invariant: setup does not change the configuration of Vim or Neovim, because both load a package by themselves. It
//! prints the setting for the status line instead of writing it, because people have their own.

use std::path::{Path, PathBuf};

use super::SetupError;
use super::block::Comment;
use super::blocks::appended_as;
use super::package::{EMACS, NVIM, VIM};
use super::places::Programs;
use super::plan::Plan;
use super::record::Written;

/// Neovim: a package.
pub(super) fn nvim(folder: &Path, programs: &Programs, written: &Written) -> Result<Plan, SetupError> {
    let mut plan = NVIM.plan(folder, written)?;
    plan.next.push("after a restart, :Cco shows a summary; for the status line, add to init.lua:".to_owned());
    plan.next.push(r#"  vim.o.statusline = "%<%f %= %{v:lua.require'cco'.status()}""#.to_owned());
    if let Some(path) = programs.cco_path() {
        plan.next.push(format!(r#"  require("cco").setup({{ program = {} }})"#, string(&path)));
    }
    Ok(plan)
}

/// Vim: a package.
pub(super) fn vim(folder: &Path, programs: &Programs, written: &Written) -> Result<Plan, SetupError> {
    let mut plan = VIM.plan(folder, written)?;
    plan.next.push("after a restart, :Cco shows a summary; for the status line, add to .vimrc:".to_owned());
    plan.next.push(r"  set laststatus=2 statusline=%<%f\ %=%{cco#status()}".to_owned());
    if let Some(path) = programs.peek_path() {
        plan.next.push(format!("  let g:cco_peek = {}", string(&path)));
    }
    Ok(plan)
}

/// Emacs: the package in its folder, and a block in the init file that loads it and turns on the mode.
pub(super) fn emacs(
    folder: &Path,
    init: PathBuf,
    programs: &Programs,
    written: &Written,
) -> Result<Plan, SetupError> {
    let mut plan = EMACS.plan(&folder.join("cco"), written)?;
    let program = programs.peek_path().map(|path| format!("  (setq cco-program {})\n", string(&path)));
    // If the plugin's file is gone, Emacs still starts, without an error.
    let lines = format!(
        "(when (load (expand-file-name \"cco/cco.el\" user-emacs-directory) t t)\n{}  (cco-mode 1))\n",
        program.unwrap_or_default()
    );
    let block = appended_as(init, &lines, Comment::Semicolons)?;
    plan.files.extend(block.files);
    plan.notes.extend(block.notes);
    plan.next.push("after a restart, the mode line shows it, and M-x cco a summary".to_owned());
    Ok(plan)
}

/// A path as a string of Lua, Vim script and Lisp, which agree about these two characters.
fn string(path: &Path) -> String {
    format!("\"{}\"", path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\""))
}
