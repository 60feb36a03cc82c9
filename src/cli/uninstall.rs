//! `cco uninstall`: removes everything that cco keeps, after it was listed and agreed to.
//!
//! Invariant: only files that are known as ours are removed, one by one, and folders only when they are empty
//! then: a state folder that was named by mistake loses nothing of the user's. Of folders such as `~/.config` only those
//! go that were made for cco. Publishers end first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::confirm::agreed;
use super::daemon::STOP_PATIENCE;
use super::options::Options;
use super::service_choice::{Which, service};
use super::{Exit, Failure, note, print};
use crate::config::statusline::{answers_folder, is_answer, is_answer_part};
use crate::config::{Settings, schema};
use crate::daemon::service::{Service, ServiceError};
use crate::daemon::{DaemonError, Holder, holder, stop};
use crate::limits;
use crate::peek::guard::file_of;
use crate::plain_text;
use crate::publish::nudges_in;
use crate::setup::{Records, Undo};
use crate::snapshot::{Reader, lock_path};
use crate::state_folder::StateFolder;

/// Options of `cco uninstall`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    which: Which,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    /// Only list what would be removed
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

/// What there is to remove.
#[derive(Debug)]
struct RemovalPlan {
    /// State folders with a publisher that runs, and its process.
    running: Vec<(StateFolder, u32)>,
    /// The service, if it is installed.
    service: Option<Service>,
    /// Integrations that were set up, with what it takes to undo them.
    integrations: Vec<(String, Undo)>,
    /// Files, in the order in which they go.
    files: Vec<PathBuf>,
    /// Folders that go if nothing is left in them, inner ones first.
    folders: Vec<PathBuf>,
    /// The same, outside of cco's own: it made them because there were none.
    made_folders: Vec<PathBuf>,
}

/// Runs `cco uninstall`.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = arguments.options.settings()?;
    let found = find(&settings, arguments.which)?;
    let list = found.list();
    if list.is_empty() {
        return print("nothing to remove\n");
    }
    print(&format!("{}:\n{list}", if arguments.yes { "Removing" } else { "Would remove" }))?;
    if arguments.dry_run {
        return Ok(());
    }
    if !arguments.yes {
        let question = "Totals from deleted transcripts cannot be recovered. Remove all of this?";
        if !agreed(question, "nothing was removed: no terminal to ask for confirmation; use --yes")? {
            return print("nothing was removed\n");
        }
    }
    found.remove(&Records::in_state(&settings.state))?;
    print("removed; the programs cco and cco-peek are still installed\n")
}

fn find(settings: &Settings, which: Which) -> Result<RemovalPlan, Failure> {
    let service = service(which)?;
    let is_installed = match service.standing() {
        Ok(standing) => standing.is_installed,
        // A file of that name that is not ours stays; without its command a service's file can still go.
        Err(ServiceError::NotOurs { .. }) => false,
        Err(ServiceError::NoTool { .. }) => true,
        Err(error) => return Err(error.into()),
    };
    let mut found = RemovalPlan {
        running: Vec::new(),
        service: is_installed.then_some(service),
        integrations: Vec::new(),
        files: Vec::new(),
        folders: Vec::new(),
        made_folders: Vec::new(),
    };
    let records = Records::in_state(&settings.state);
    for name in records.names()? {
        if let Some(undo) = records.undo(&name)? {
            found.integrations.push((name, undo));
        }
    }
    found.files.extend(records.left_copies()?);
    found.folders.push(records.folder().to_owned());
    let own_roots = settings.state.of_roots();
    let others = folders_in(&own_roots)?.into_iter().map(StateFolder::new);
    let states: Vec<_> = others.chain([settings.state.clone()]).collect();
    for state in &states {
        match holder(&state.lock())? {
            Holder::Process(pid) => found.running.push((state.clone(), pid)),
            Holder::Unseen { pid } => {
                let lock = state.lock();
                return Err(DaemonError::Foreign { lock, pid }.into());
            }
            Holder::Nobody { .. } => {}
        }
        found.files.extend(own_files_in(state.path())?);
        let made = state.made_folders().map_err(|error| failed("read", state.path(), &error))?;
        found.made_folders.extend(made);
        let nudges = state.nudges();
        found.files.extend(nudges_in(&nudges).map_err(|error| failed("list", &nudges, &error))?);
        found.folders.push(nudges);
        found.take_spool(&state.snapshot())?;
    }
    found
        .folders
        .extend(states.iter().filter(|state| **state != settings.state).map(|state| state.path().to_owned()));
    found.folders.extend([own_roots, settings.state.path().to_owned()]);
    if settings.snapshot != settings.state.snapshot() && Reader::open_copying(&settings.snapshot).is_ok() {
        found.files.push(settings.snapshot.clone());
        found.files.push(lock_path(&settings.snapshot));
        found.files.push(file_of(&settings.snapshot));
        found.take_spool(&settings.snapshot)?;
    }
    if let Some(config) = settings.config.as_ref().filter(|_| settings.has_config) {
        found.files.push(config.clone());
        found.files.extend(schema_beside(config));
        found.folders.extend(config.parent().filter(|folder| folder.ends_with("cco")).map(Path::to_owned));
    }
    if let Some(answers) = answers_folder(|name| std::env::var_os(name)) {
        let ours = entries(&answers)?.into_iter();
        let is_ours = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            is_answer(name) || is_answer_part(name)
        };
        found.files.extend(ours.filter(is_ours));
        let cache = answers.parent().map(Path::to_owned);
        found.folders.extend([answers].into_iter().chain(cache));
    }
    found.files.retain(|file| file.symlink_metadata().is_ok());
    Ok(found)
}

/// The schema beside a config file, if it is ours.
fn schema_beside(config: &Path) -> Option<PathBuf> {
    let path = config.with_file_name(schema::FILE_NAME);
    fs::read_to_string(&path).is_ok_and(|text| schema::is_ours(&text)).then_some(path)
}

impl RemovalPlan {
    /// Adds what status lines left beside a snapshot.
    fn take_spool(&mut self, snapshot: &Path) -> Result<(), Failure> {
        let spool = limits::folder_of(snapshot);
        self.files.extend(entries(&spool)?);
        self.folders.push(spool);
        Ok(())
    }

    /// What would be removed, a line each.
    fn list(&self) -> String {
        let running = self.running.iter().map(|(state, pid)| {
            format!("  running publisher for {} (process {pid})\n", plain_text::path(state.path()))
        });
        let service =
            self.service.iter().map(|service| format!("  service {}\n", plain_text::path(&service.file)));
        let integrations = self.integrations.iter().flat_map(|(name, undo)| {
            let files = undo.plan.parts().map(move |files| {
                let path = files[0].package.as_ref().unwrap_or(&files[0].path);
                format!("  changes by `cco setup {name}` in {}\n", plain_text::path(path))
            });
            let extensions = undo
                .plan
                .extensions
                .iter()
                .map(|it| format!("  extension {} in {}\n", it.id, plain_text::path(&it.editor)));
            files.chain(extensions).chain([format!("  undo record of `cco setup {name}`\n")])
        });
        let files = self.files.iter().map(|file| format!("  {}\n", plain_text::path(file)));
        integrations.chain(service).chain(running).chain(files).collect()
    }

    /// Removes all of it; first what starts a publisher again.
    fn remove(&self, records: &Records) -> Result<(), Failure> {
        for (name, _) in &self.integrations {
            // Planned again: the one before may have changed the same file.
            let Some(undo) = records.undo(name)? else { continue };
            records.carry_out(name, &undo)?;
            if undo.finished(true).is_err() {
                // Without cco nobody can undo it later; a note says what to do by hand.
                records.forget(name)?;
            }
            undo.plan.notes.iter().for_each(|line| note(&format!("cco: {line}")));
        }
        if let Some(service) = &self.service {
            service.uninstall()?;
        }
        for (state, _) in &self.running {
            stop(state, STOP_PATIENCE)?;
        }
        for file in &self.files {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("remove", file, &error));
                }
                _ => {}
            }
        }
        for folder in &self.folders {
            if let Err(error) = fs::remove_dir(folder) {
                let why = match error.kind() {
                    io::ErrorKind::NotFound => continue,
                    io::ErrorKind::DirectoryNotEmpty => "it contains other files".to_owned(),
                    // An empty folder that stays does no harm.
                    _ => error.to_string(),
                };
                note(&format!("cco: kept {}: {why}", plain_text::path(folder)));
            }
        }
        for folder in &self.made_folders {
            // One that others have files in by now, or that cannot be removed, stays without a word: it is not cco's alone.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }
}

/// Files of a state folder that cco wrote.
fn own_files_in(state: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = entries(state)?;
    files.retain(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(StateFolder::is_own)
            && path.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir())
    });
    files.sort();
    Ok(files)
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut folders = entries(folder)?;
    folders.retain(|path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()));
    folders.sort();
    Ok(folders)
}

/// What a folder holds; a missing one holds nothing.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let listed = fs::read_dir(folder).and_then(|listing| {
        listing.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()
    });
    match listed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other.map_err(|error| failed("list", folder, &error)),
    }
}

fn failed(action: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("cannot {action} {}: {error}", path.display()))
}
