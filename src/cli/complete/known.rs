//! The names that can complete a command line: from the snapshot, or, if there is none, from the ledger.
//!
//! Invariant: each source is read at most once, and only if it is needed; nothing is written, counted or waited for.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use clap_complete::engine::CompletionCandidate;
use memchr::memmem;

use crate::config::{Flags, Settings, file};
use crate::ledger::{Ledger, LedgerError};
use crate::own_folder::Use;
use crate::plain_text::is_hostile;
use crate::report::field::Field;
use crate::report::figures::{dollars, span};
use crate::report::usage::NameTables;
use crate::report::{View, Want};
use crate::snapshot::{Frame, ModelRow, ProjectRow, SessionRow, wall_clock_ms_once};
use crate::usage::path_separator;

/// The most candidates that are printed.
pub(super) const CANDIDATES_MAX: usize = 500;
/// The most projects to choose from, the last used: each is compared with all others.
const PROJECTS_MAX: usize = 1_000;

/// The names and values that a command line can be completed with.
pub(super) struct Known {
    /// `None` if the settings are broken, or others can change the state folder.
    settings: Option<Settings>,
    now: i64,
    view: OnceLock<Option<View>>,
    names: OnceLock<Names>,
}

#[derive(Default)]
struct Names {
    projects: Vec<Project>,
    models: Vec<String>,
    /// Each with what is known of it.
    sessions: Vec<(String, String)>,
}

struct Project {
    key: String,
    /// Empty if no transcript names it.
    path: String,
}

impl Known {
    /// For a command line, whose options can name other places than the usual ones.
    pub(super) fn by(words: &[String]) -> Self {
        let named = |flag: &str| {
            let home = std::env::var_os("HOME").map(PathBuf::from);
            let joined = words.iter().filter_map(|word| word.strip_prefix(flag)?.strip_prefix('='));
            let next = words.iter().zip(words.iter().skip(1));
            let apart = next.filter(|(word, _)| *word == flag).map(|(_, value)| value.as_str());
            let values = joined.chain(apart).filter(|value| !value.is_empty());
            values.map(|value| file::expand(Path::new(value), home.as_deref())).collect::<Vec<_>>()
        };
        let flags = Flags {
            config: named("--config").pop(),
            roots: named("--root"),
            snapshot: named("--snapshot").pop(),
            state: named("--state").pop(),
            // Names are the same in every zone, and this one needs no search for its rules.
            timezone: Some("+00:00".into()),
        };
        let settings = Settings::resolve(flags, |name| std::env::var_os(name));
        let settings = settings.ok().filter(|settings| settings.state.check(Use::Read).is_ok());
        Self { settings, now: wall_clock_ms_once(), view: OnceLock::new(), names: OnceLock::new() }
    }

    fn view(&self) -> Option<&View> {
        let read = || View::once(&self.settings.as_ref()?.snapshot, Want::Tables, self.now).ok();
        self.view.get_or_init(read).as_ref()
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            if let Some(frame) = self.view().and_then(|view| view.frame.as_ref()) {
                return Names::in_frame(frame, self.now);
            }
            let ledger = self.settings.as_ref().map(|settings| Names::in_ledger(&settings.state.ledger()));
            ledger.and_then(Result::ok).unwrap_or_default()
        })
    }

    /// Projects by the shortest end of their path that selects nothing else; or by their path, for whoever types that.
    pub(super) fn projects(&self, typed: &str) -> Vec<CompletionCandidate> {
        let projects = &self.names().projects;
        let mut all = String::new();
        let mut places = Vec::with_capacity(projects.len());
        for project in projects {
            let start = all.len();
            all += &project.searched();
            places.push(start..all.len());
        }
        let mut found = Vec::new();
        for (project, place) in projects.iter().zip(places) {
            if found.len() == CANDIDATES_MAX {
                break;
            }
            let is_path_typed = !typed.is_empty() && project.path.starts_with(typed);
            let name = match project.is_clean() {
                true if is_path_typed => project.path.clone(),
                // To find out which of them tells it from all others takes a while.
                true if !typed.is_empty() && !project.ends().any(|end| end.starts_with(typed)) => continue,
                true => project.shortest(&all, &place),
                false => project.key.clone(),
            };
            if name.starts_with(typed) {
                let path = Some(project.path.clone()).filter(|path| *path != name && project.is_clean());
                found.push(CompletionCandidate::new(name).help(path.map(Into::into)));
            }
        }
        found
    }

    /// Models that were used.
    pub(super) fn models(&self, typed: &str) -> Vec<CompletionCandidate> {
        starting(self.names().models.iter().map(String::as_str), typed)
    }

    /// Models that have a price or were used.
    pub(super) fn priced_models(&self, typed: &str) -> Vec<CompletionCandidate> {
        let table = self.settings.iter().flat_map(|settings| settings.prices.table().models());
        let priced = table.map(|(model, _)| &*model.id);
        let mut names: Vec<&str> = self.names().models.iter().map(String::as_str).chain(priced).collect();
        names.sort_unstable();
        names.dedup();
        starting(names.into_iter(), typed)
    }

    /// Sessions, the latest first.
    pub(super) fn sessions(&self, typed: &str) -> Vec<CompletionCandidate> {
        let sessions = self.names().sessions.iter().filter(|(id, _)| id.starts_with(typed));
        let candidate = |(id, help): &(String, String)| {
            CompletionCandidate::new(id).help(Some(help).filter(|help| !help.is_empty()).map(Into::into))
        };
        sessions.map(candidate).collect()
    }

    /// Paths into the document of `cco-peek`.
    pub(super) fn fields(&self, typed: &str) -> Vec<CompletionCandidate> {
        Field::continued(typed, self.view()).into_iter().map(CompletionCandidate::from).collect()
    }

    /// Time zones.
    #[allow(clippy::unused_self)] // as its like
    pub(super) fn zones(&self, typed: &str) -> Vec<CompletionCandidate> {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
        starting(names.iter().map(String::as_str), typed)
    }
}

impl Names {
    fn in_frame(frame: &Frame, now: i64) -> Self {
        let name = |name| frame.name(name).to_owned();
        let mut sessions: Vec<SessionRow> = frame.rows().collect();
        sessions.sort_by_key(|row| std::cmp::Reverse(row.last_at));
        let sessions = sessions.iter().map(|row| {
            let ago = span(u64::try_from(now.saturating_sub(row.last_at)).unwrap_or(0));
            (name(row.session), format!("{ago} ago, {}", dollars(row.counters.cost)))
        });
        let mut projects: Vec<ProjectRow> = frame.rows().collect();
        projects.sort_by_key(|row| std::cmp::Reverse(row.last_at));
        projects.truncate(PROJECTS_MAX);
        let projects = projects.iter();
        let projects = projects.map(|row| Project { key: name(row.project), path: name(row.path) });
        let mut models: Vec<ModelRow> = frame.rows().collect();
        models.sort_by_key(|row| std::cmp::Reverse(row.counters.cost));
        Self {
            projects: projects.collect(),
            models: models.iter().map(|row| name(row.name)).collect(),
            sessions: sessions.collect(),
        }
    }

    fn in_ledger(path: &Path) -> Result<Self, LedgerError> {
        let names = NameTables::read(&Ledger::open_read_only(path)?, true)?;
        let path = |key| names.paths.get(key).map(|path| path.to_string()).unwrap_or_default();
        let projects = names.projects.values();
        Ok(Self {
            projects: projects.map(|key| Project { key: key.to_string(), path: path(key) }).collect(),
            models: names.models.values().map(ToString::to_string).collect(),
            sessions: names.sessions.values().map(|name| (name.to_string(), String::new())).collect(),
        })
    }
}

impl Project {
    /// Whether its path can be shown and typed.
    fn is_clean(&self) -> bool {
        !self.path.is_empty() && !self.path.contains(is_hostile)
    }

    /// What `--project` looks through for a part of a name.
    fn searched(&self) -> String {
        format!("{}\n{}\n", self.path, self.key).to_lowercase()
    }

    /// The ends of its path that may name it, the shortest first.
    fn ends(&self) -> impl Iterator<Item = &str> {
        /// The most parts of a path to try.
        const PARTS_MAX: usize = 3;
        let ends = self.path.rmatch_indices(path_separator(&self.path)).map(|(at, _)| &self.path[at + 1..]);
        ends.filter(|end| !["", ".", ".."].contains(end)).take(PARTS_MAX)
    }

    /// The shortest end of its path that no other project has in it. Its own place in `all` is known.
    fn shortest(&self, all: &str, own: &Range<usize>) -> String {
        let is_alone = |end: &&str| {
            let end = end.to_lowercase();
            memmem::find_iter(all.as_bytes(), end.as_bytes()).all(|at| own.contains(&at))
        };
        self.ends().find(is_alone).unwrap_or(&self.path).to_owned()
    }
}

fn starting<'a>(names: impl Iterator<Item = &'a str>, typed: &str) -> Vec<CompletionCandidate> {
    names.filter(|name| name.starts_with(typed)).map(CompletionCandidate::from).collect()
}
