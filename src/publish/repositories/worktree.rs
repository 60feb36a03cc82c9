//! Which repository a folder is a worktree of: `.git` file, git folder, `commondir`, main working folder.
//!
//! A worktree's `.git` is a file that names a git folder, `<main>/.git/worktrees/<name>`. There `commondir` names the
//! repository's own git folder, and `gitdir` names the worktree's `.git` file again.
//!
//! Invariants: the search begins at a working folder that transcripts name and goes only where git's own files lead from there. A
//! `.git` file is a stranger's: it is believed only if the repository that it names has that worktree, so no folder can claim to
//! belong to a stranger's repository. Links, pipes, devices and files too long to be git's are not opened or not read. Used by
//! [`super`], in threads of its own, because a network folder may never answer.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::OFlags;

/// The longest file that names a folder: a path may have 4,096 bytes.
const LONGEST: usize = 8 << 10;

/// What is known of a folder after looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It is in a worktree, and is this folder of the main repository.
    Main(PathBuf),
    /// It is in no worktree.
    None,
    /// It is not there, or cannot be read now.
    Unknown,
}

/// Looks where a folder belongs.
pub(super) fn look(folder: &Path) -> Found {
    let is_plain = |part| matches!(part, Component::RootDir | Component::Normal(_));
    if !folder.is_absolute() || !folder.components().all(is_plain) {
        return Found::None;
    }
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Found::None,
        Err(_) => return Found::Unknown,
    }
    for top in folder.ancestors() {
        let git = top.join(".git");
        match fs::symlink_metadata(&git) {
            Ok(found) if found.is_file() => {
                return match main_of(top, &git) {
                    Ok(Some(main)) => below(main, folder, top),
                    Ok(None) => Found::None,
                    Err(error) => unread(&error),
                };
            }
            Ok(_) => return Found::None,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return unread(&error),
        }
    }
    Found::None
}

/// The folder of the main repository that `folder` is in its worktree `top`.
fn below(main: PathBuf, folder: &Path, top: &Path) -> Found {
    let found = match folder.strip_prefix(top) {
        Ok(rest) if rest.as_os_str().is_empty() => main,
        Ok(rest) => main.join(rest),
        Err(_) => return Found::None,
    };
    if found == folder || found.to_str().is_none() { Found::None } else { Found::Main(found) }
}

/// What a failure means: a loop of links or a name that is too long will be the same later.
fn unread(error: &io::Error) -> Found {
    let lasts = [rustix::io::Errno::LOOP, rustix::io::Errno::NAMETOOLONG, rustix::io::Errno::NOTDIR];
    let is_last = |errno: rustix::io::Errno| error.raw_os_error() == Some(errno.raw_os_error());
    if lasts.into_iter().any(is_last) { Found::None } else { Found::Unknown }
}

/// The main working folder of the repository whose worktree `top` is, if its `.git` file says so and the repository agrees.
fn main_of(top: &Path, git: &Path) -> io::Result<Option<PathBuf>> {
    let Some(text) = line_of(git)? else { return Ok(None) };
    let Some(named) = text.strip_prefix("gitdir:") else { return Ok(None) };
    let Some(administration) = resolved(top, named.trim_start()) else { return Ok(None) };
    // A repository that is not there now may be on a disk that is mounted later.
    fs::metadata(&administration)?;
    // A submodule has a `.git` file too, but no common folder.
    let Some(common) = line_there(&administration.join("commondir"))? else { return Ok(None) };
    let Some(common) = resolved(&administration, &common) else { return Ok(None) };
    if administration.parent() != Some(&common.join("worktrees")) {
        return Ok(None);
    }
    let Some(back) = line_there(&administration.join("gitdir"))? else { return Ok(None) };
    let Some(back) = resolved(&administration, &back) else { return Ok(None) };
    if back != git && back != fs::canonicalize(top)?.join(".git") {
        return Ok(None);
    }
    Ok(Some(match common.file_name() {
        Some(name) if name == ".git" => common.parent().map_or_else(|| common.clone(), Path::to_owned),
        // Nobody works in a bare repository.
        _ => common,
    }))
}

/// A path in one of git's files, from the folder it is relative to. It is not resolved by the system, because what it names need
/// not exist. `None` if it leads above the root.
fn resolved(from: &Path, named: &str) -> Option<PathBuf> {
    if named.is_empty() || named.contains('\0') {
        return None;
    }
    let mut path = PathBuf::new();
    for part in from.join(named).components() {
        match part {
            Component::ParentDir if !path.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            part => path.push(part),
        }
    }
    Some(path)
}

/// [`line_of`] for a file that need not exist.
fn line_there(path: &Path) -> io::Result<Option<String>> {
    match line_of(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        read => read,
    }
}

/// The only line of a small regular file. `None` if it is anything else.
fn line_of(path: &Path) -> io::Result<Option<String>> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file: File = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    let text = String::from_utf8(bytes).ok().filter(|text| text.len() <= LONGEST);
    let line = text.map(|text| text.trim_end_matches(['\n', '\r']).to_owned());
    Ok(line.filter(|line| !line.contains('\n')))
}

#[cfg(test)]
mod tests;
