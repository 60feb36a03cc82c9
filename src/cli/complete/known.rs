//! The names that can complete a command line: from the snapshot, or, if there is none, from the ledger.
//!
//! Invariant: each source is read at most once, and only if it is needed; nothing is written, counted or waited for.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use clap_complete::engine::CompletionCandidate;
use memchr::memmem;

use crate::config::{Extent, Flags, Settings, file};
use crate::ledger::{Ledger, LedgerError, NameKind};
use crate::own_folder::Use;
use crate::plain_text::is_hostile;
use crate::report::field::Field;
use crate::report::figures::{dollars, span};
use crate::report::{View, Want};
use crate::snapshot::{Frame, ModelRow, ProjectRow, SessionRow, wall_clock_ms_once};
use crate::usage::{Dimension, path_separator};

/// The most candidates that are printed.
pub(super) const CANDIDATES_MAX: usize = 500;
/// The most projects that are compared with each other to find short names. If there are more, each has its whole path.
const COMPARED_MAX: usize = 1_000;

/// The names and values that a command line can be completed with.
pub(super) struct Known {
    flags: Flags,
    now: i64,
    settings: OnceLock<Option<Settings>>,
    view: OnceLock<Option<View>>,
}

struct Project {
    key: String,
    /// Empty if no transcript names it.
    path: String,
    /// What the user calls it.
    alias: Option<String>,
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
        Self { flags, now: wall_clock_ms_once(), settings: OnceLock::new(), view: OnceLock::new() }
    }

    /// `None` if the settings are broken, or others can change the state folder.
    fn settings(&self) -> Option<&Settings> {
        let usable = || self.resolved(Extent::WithoutPriceTable);
        self.settings.get_or_init(usable).as_ref()
    }

    fn resolved(&self, extent: Extent) -> Option<Settings> {
        let settings = Settings::resolve_with(extent, self.flags.clone(), |name| std::env::var_os(name)).ok();
        settings.filter(|settings| settings.state.check(Use::Read).is_ok())
    }

    fn view(&self) -> Option<&View> {
        let read = || View::once(&self.settings()?.snapshot, Want::Tables, self.now).ok();
        self.view.get_or_init(read).as_ref()
    }

    fn frame(&self) -> Option<&Frame> {
        self.view()?.frame.as_ref()
    }

    /// What the ledger has, for when there is no snapshot.
    fn in_ledger<T>(&self, read: impl Fn(&Ledger) -> Result<Vec<T>, LedgerError>) -> Vec<T> {
        let ledger = self.settings().map(|settings| Ledger::open_read_only(&settings.state.ledger()));
        ledger.and_then(|ledger| read(&ledger.ok()?).ok()).unwrap_or_default()
    }

    /// All projects, the last used first; in a ledger, the last that was new.
    fn all_projects(&self) -> Vec<Project> {
        let alias = |key: &str, path: &str| {
            let alias = self.settings()?.aliases.project(key, Some(path).filter(|path| !path.is_empty()))?;
            Some(alias.to_owned()).filter(|alias| !alias.contains(is_hostile))
        };
        let project = |key: &str, path: &str| Project {
            key: key.to_owned(),
            path: path.to_owned(),
            alias: alias(key, path),
        };
        if let Some(frame) = self.frame() {
            let mut rows: Vec<ProjectRow> = frame.rows().collect();
            rows.sort_by_key(|row| Reverse(row.last_at));
            return rows.iter().map(|row| project(frame.name(row.project), frame.name(row.path))).collect();
        }
        self.in_ledger(|ledger| {
            let paths = ledger.project_paths()?.into_iter().map(|known| (known.project, known.path));
            let paths: std::collections::HashMap<_, _> = paths.collect();
            let path = |key: &Arc<str>| paths.get(key).map_or("", |path| path);
            let keys = newest_first(ledger, NameKind::Projects)?;
            Ok(keys.iter().map(|key| project(key, path(key))).collect())
        })
    }

    /// Projects by what the user calls them, else by the shortest end of their path that selects nothing else; or by
    /// their path, for whoever types that.
    pub(super) fn projects(&self, typed: &str) -> Vec<CompletionCandidate> {
        let projects = self.all_projects();
        let mut all = String::new();
        let mut places = Vec::with_capacity(projects.len());
        let are_compared = projects.len() <= COMPARED_MAX;
        for project in &projects {
            let start = all.len();
            if are_compared {
                all += &project.searched();
            }
            places.push(start..all.len());
        }
        let (mut found, mut called) = (Vec::new(), HashSet::new());
        for (project, place) in projects.iter().zip(places) {
            if found.len() == CANDIDATES_MAX {
                break;
            }
            let path = Some(&project.path).filter(|_| project.is_clean());
            let is_path_typed = !typed.is_empty() && project.path.starts_with(typed);
            let name = match (&project.alias, path) {
                (Some(alias), _) if alias.starts_with(typed) => {
                    if !called.insert(alias) {
                        continue;
                    }
                    alias.clone()
                }
                (_, None) => project.key.clone(),
                (_, Some(path)) if is_path_typed || !are_compared => path.clone(),
                // To find out which of them tells it from all others takes a while.
                _ if !typed.is_empty() && !project.ends().any(|end| end.starts_with(typed)) => continue,
                _ => project.shortest(&all, &place),
            };
            if name.starts_with(typed) {
                let help = path.filter(|path| **path != name).cloned();
                found.push(CompletionCandidate::new(name).help(help.map(Into::into)));
            }
        }
        found
    }

    /// All models that were used, the most expensive first; in a ledger, the last that was new.
    fn all_models(&self) -> Vec<String> {
        if let Some(frame) = self.frame() {
            let mut rows: Vec<ModelRow> = frame.rows().collect();
            rows.sort_by_key(|row| Reverse(row.counters.cost));
            return rows.iter().map(|row| frame.name(row.name).to_owned()).collect();
        }
        self.in_ledger(|ledger| {
            Ok(newest_first(ledger, NameKind::Models)?.iter().map(ToString::to_string).collect())
        })
    }

    /// Models that were used.
    pub(super) fn models(&self, typed: &str) -> Vec<CompletionCandidate> {
        starting(self.all_models().iter().map(String::as_str), typed)
    }

    /// What requests were for, which only the ledger knows.
    pub(super) fn values(&self, of: Dimension, typed: &str) -> Vec<CompletionCandidate> {
        let values = self.in_ledger(|ledger| ledger.dimension_values(of));
        starting(values.iter().map(|value| &**value), typed)
    }

    /// Models that have a price or were used.
    pub(super) fn priced_models(&self, typed: &str) -> Vec<CompletionCandidate> {
        let (settings, used) = (self.resolved(Extent::Whole), self.all_models());
        let table = settings.iter().flat_map(|settings| settings.prices.table().models());
        let priced = table.map(|(model, _)| &*model.id);
        let mut names: Vec<&str> = used.iter().map(String::as_str).chain(priced).collect();
        names.sort_unstable();
        names.dedup();
        starting(names.into_iter(), typed)
    }

    /// Sessions, the latest first.
    pub(super) fn sessions(&self, typed: &str) -> Vec<CompletionCandidate> {
        let Some(frame) = self.frame() else {
            let names = self.in_ledger(|ledger| newest_first(ledger, NameKind::Sessions));
            return starting(names.iter().map(|name| &**name), typed);
        };
        let is_meant = |row: &SessionRow| frame.name(row.session).starts_with(typed);
        let mut rows: Vec<SessionRow> = frame.rows().filter(is_meant).collect();
        rows.sort_by_key(|row| Reverse(row.last_at));
        let candidate = |row: &SessionRow| {
            let ago = span(u64::try_from(self.now.saturating_sub(row.last_at)).unwrap_or(0));
            let help = format!("{ago} ago, {}", dollars(row.counters.cost));
            CompletionCandidate::new(frame.name(row.session)).help(Some(help.into()))
        };
        rows.iter().take(CANDIDATES_MAX).map(candidate).collect()
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

/// The names of a kind, the last that was new first.
fn newest_first(ledger: &Ledger, kind: NameKind) -> Result<Vec<Arc<str>>, LedgerError> {
    let mut names: Vec<_> = ledger.names(kind)?.into_iter().collect();
    names.sort_unstable_by_key(|(id, _)| Reverse(*id));
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

impl Project {
    /// Whether its path is known and can be shown and typed.
    fn is_clean(&self) -> bool {
        !self.path.is_empty() && !self.path.contains(is_hostile)
    }

    /// What `--project` looks through for a part of a name.
    fn searched(&self) -> String {
        let alias = self.alias.as_deref().unwrap_or_default();
        format!("{}\n{}\n{alias}\n", self.path, self.key).to_lowercase()
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
    let meant = names.filter(|name| name.starts_with(typed));
    meant.take(CANDIDATES_MAX).map(CompletionCandidate::from).collect()
}
