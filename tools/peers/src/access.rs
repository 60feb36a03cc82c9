//! Whether a reader writes: how it maps files, and what happens to one that may only read them.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::publisher::{Pace, Publisher};
use crate::system::{Outcome, System};

/// A user to whom nothing here belongs.
const NOBODY: u32 = 65_534;

/// What a reader needs.
pub(crate) struct Access {
    /// How it maps what it reads.
    pub(crate) maps: String,
    /// What one gets that may only read the files.
    pub(crate) without: String,
}

/// The reader's process: reads once, and says how it mapped what it read.
pub(crate) fn show<S: System>(folder: &Path) -> Outcome<()> {
    let mut reader = S::reader(folder)?;
    let is_whole = S::holds(&S::all(&mut reader).map_err(|error| error.to_string())?);
    let maps = std::fs::read_to_string("/proc/self/maps").map_err(|error| error.to_string())?;
    let name = S::mapped_name(folder);
    let mapped: Vec<&str> = maps.lines().filter(|line| line.contains(&name)).collect();
    let writable =
        mapped.iter().filter(|line| line.split(' ').nth(1).is_some_and(|how| how.contains('w'))).count();
    println!("{is_whole} {} {writable}", mapped.len());
    Ok(())
}

/// Reads as we are, and as somebody who may read the files and not write them.
pub(crate) fn measure<S: System>(folder: &Path) -> Outcome<Access> {
    let folder = tempfile::tempdir_in(folder).map_err(|error| error.to_string())?;
    let publisher = Publisher::start::<S>(folder.path(), Pace::Idle)?;
    let said = run(reader::<S>(folder.path())?)?;
    let mut numbers = said.split(' ').skip(1).map(|number| number.parse::<u32>().unwrap_or(0));
    let (mapped, writable) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let maps = match writable {
        0 => format!("{mapped} file, to read"),
        _ => format!("{mapped} files, {writable} of them to write"),
    };
    let without = without::<S>(folder.path())?;
    drop(publisher);
    S::clean(folder.path());
    Ok(Access { maps, without })
}

/// What a reader gets that may only read.
fn without<S: System>(folder: &Path) -> Outcome<String> {
    if !rustix::process::geteuid().is_root() {
        return Ok("not tried: only root can become somebody else".into());
    }
    // The folders on the way may be entered, the files be read, and nothing be written.
    for folder in folder.ancestors().take(2) {
        permit(folder, 0o755)?;
    }
    for file in S::files(folder) {
        permit(&file, 0o444)?;
        for above in file.ancestors().skip(1).take_while(|above| above.starts_with(folder)) {
            permit(above, 0o755)?;
        }
    }
    // Where this program is, others may not be allowed to look.
    let copy = folder.join("reader");
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    std::fs::copy(program, &copy).map_err(|error| error.to_string())?;
    permit(&copy, 0o755)?;
    let mut command = Command::new(&copy);
    command.args(["access", S::NAME]).arg(folder).uid(NOBODY).gid(NOBODY);
    Ok(match run(command) {
        Ok(said) if said.starts_with("true") => "reads".into(),
        Ok(said) => format!("reads {said}"),
        Err(why) => format!("is refused: {}", why.lines().next().unwrap_or_default()),
    })
}

fn permit(path: &Path, mode: u32) -> Outcome<()> {
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(path, permissions).map_err(|error| format!("{}: {error}", path.display()))
}

fn reader<S: System>(folder: &Path) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe().map_err(|error| error.to_string())?);
    command.args(["access", S::NAME]).arg(folder);
    Ok(command)
}

/// The line of a reader, or what it died of.
fn run(mut command: Command) -> Outcome<String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    if output.status.success() { Ok(said) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
