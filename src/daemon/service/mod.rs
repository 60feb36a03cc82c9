//! The publisher as a service of the system's manager: systemd's user manager, or launchd.
//!
//! Invariant: only files that carry our [`MARK`] are replaced or removed, and only the user's own manager is
//! used; nothing here needs root. Every step is reported, in order.

mod error;
mod launchd;
mod program;
mod step;
mod systemd;
mod tool;

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use self::step::Step;
use crate::state_folder::StateFolder;

pub use error::ServiceError;
pub use program::{MARK, Program};
pub use tool::Tool;

/// A service manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// systemd's user manager.
    Systemd,
    /// launchd, for a user's session.
    Launchd,
}

impl Manager {
    /// The manager of this platform.
    pub fn of_this_platform() -> Self {
        if cfg!(target_os = "macos") { Self::Launchd } else { Self::Systemd }
    }

    /// The service's file, in the user's `home` and configuration folder `config`.
    pub fn file(self, home: &Path, config: &Path) -> PathBuf {
        match self {
            Self::Systemd => config.join("systemd/user").join(systemd::NAME),
            Self::Launchd => home.join("Library/LaunchAgents").join(format!("{}.plist", launchd::LABEL)),
        }
    }
}

/// A service, installed or not.
#[derive(Clone, Debug)]
pub struct Service {
    /// The manager that runs it.
    pub manager: Manager,
    /// Its file.
    pub file: PathBuf,
    /// The manager's command.
    pub tool: Tool,
}

/// The state of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its file exists and is ours.
    pub is_installed: bool,
    /// The manager runs it.
    pub is_active: bool,
}

impl Service {
    /// Writes the service's file and makes the manager start it, now and at each login. Notes in `state` which folders
    /// it made for the file. Returns what was done, one line per step.
    pub fn install(&self, program: &Program, state: &StateFolder) -> Result<Vec<String>, ServiceError> {
        let text = match self.manager {
            Manager::Systemd => systemd::unit(program),
            Manager::Launchd => launchd::plist(program),
        }?;
        self.tool.require()?;
        let before = if self.own()? {
            Some(fs::read_to_string(&self.file).map_err(ServiceError::io(&self.file, "read"))?)
        } else {
            None
        };
        let folder = self.file.parent().unwrap_or(Path::new("/"));
        state.make_folder(folder).map_err(ServiceError::io(folder, "create"))?;
        write(&self.file, &text).map_err(ServiceError::io(&self.file, "write"))?;
        let mut done = vec![format!("wrote {}", self.file.display())];
        let commands = match self.manager {
            Manager::Systemd => systemd::begin(),
            Manager::Launchd => launchd::begin(&self.file),
        };
        match self.run(commands, &mut done) {
            Ok(()) => Ok(done),
            Err(error) => {
                self.put_back(before.as_deref())?;
                Err(error)
            }
        }
    }

    /// After a failed installation: the service's file is what it was before, and the manager knows, if it can be told.
    fn put_back(&self, before: Option<&str>) -> Result<(), ServiceError> {
        if let Some(text) = before {
            return write(&self.file, text).map_err(ServiceError::io(&self.file, "write"));
        }
        let (end, forget) = match self.manager {
            Manager::Systemd => systemd::end(),
            Manager::Launchd => launchd::end(),
        };
        // The manager refused already, so that it refuses these too is no news.
        let _ = self.run(end, &mut Vec::new());
        fs::remove_file(&self.file).map_err(ServiceError::io(&self.file, "remove"))?;
        let _ = self.run(forget, &mut Vec::new());
        Ok(())
    }

    /// Makes the manager end and forget the service, and removes its file. Returns what was done, one line per step; no
    /// lines without a service.
    pub fn uninstall(&self) -> Result<Vec<String>, ServiceError> {
        if !self.own()? {
            return Ok(Vec::new());
        }
        let mut done = Vec::new();
        let (before, after) = match self.manager {
            Manager::Systemd => systemd::end(),
            Manager::Launchd => launchd::end(),
        };
        let is_there = self.tool.require().is_ok();
        if is_there {
            self.run(before, &mut done)?;
        }
        fs::remove_file(&self.file).map_err(ServiceError::io(&self.file, "remove"))?;
        done.push(format!("removed {}", self.file.display()));
        if is_there {
            self.run(after, &mut done)?;
        }
        Ok(done)
    }

    /// The state of the service.
    pub fn standing(&self) -> Result<Standing, ServiceError> {
        let is_installed = self.own()?;
        let asked = match self.manager {
            Manager::Systemd => systemd::is_active(),
            Manager::Launchd => launchd::is_active(),
        };
        Ok(Standing { is_installed, is_active: is_installed && self.tool.succeeds(&asked)? })
    }

    /// Whether the manager answers here and has no service of ours yet.
    pub fn can_be_installed(&self) -> bool {
        let asked = match self.manager {
            Manager::Systemd => systemd::is_there(),
            Manager::Launchd => launchd::is_there(),
        };
        self.own().is_ok_and(|is_installed| !is_installed) && self.tool.succeeds(&asked).unwrap_or(false)
    }

    /// Whether the service's file exists; an error if it is another program's.
    fn own(&self) -> Result<bool, ServiceError> {
        match fs::read_to_string(&self.file) {
            Ok(text) if text.contains(MARK) => Ok(true),
            Ok(_) => Err(ServiceError::NotOurs { path: self.file.clone() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(ServiceError::io(&self.file, "read")(error)),
        }
    }

    fn run(&self, steps: Vec<Step>, done: &mut Vec<String>) -> Result<(), ServiceError> {
        for step in steps {
            match self.tool.run(&step.arguments) {
                Ok(()) => done.push(format!("ran {}", self.tool.words(&step.arguments))),
                Err(ServiceError::Refused { .. }) if step.may_fail => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Writes the whole file or nothing, readable by all as managers need it. Its folder is there.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
