//! The alerts whose periods go on, as publishers and readers record them in the state folder.
//!
//! A change is found by the identity of two small files, looked up a few times a second at most, however many clients
//! there are. So an alert that another process sent is known here without anything between the two.
//!
//! Invariant: an alert keeps its number as long as it goes on, and a later one has a higher number, so a client needs to
//! keep no more than the last number that it heard.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::aliases::{Aliases, Names};
use super::source::now_ms;
use crate::own_folder::read_json;
use crate::report::alerts::{AlertDocument, SentAlert};
use crate::snapshot::WriterState;
use crate::state_folder::StateFolder;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Alerts, from the files of one state folder.
#[derive(Debug)]
pub(super) struct Alerts(Mutex<Known>);

/// Alerts that go on, oldest first.
#[derive(Debug, Default)]
pub(super) struct Active {
    /// Differs whenever there are others.
    pub(super) version: u64,
    /// The highest number that was given.
    pub(super) last: u64,
    /// Each with its number.
    pub(super) all: Vec<(u64, SentAlert)>,
}

#[derive(Debug)]
struct Known {
    files: [Recorded; 2],
    looked: Option<Instant>,
    active: Arc<Active>,
}

/// A file of alerts.
#[derive(Debug)]
struct Recorded {
    path: PathBuf,
    /// Which file was read: a newer one is another file.
    read: Option<Identity>,
    /// Why the last look failed, if it did.
    failed: Option<String>,
    alerts: Vec<SentAlert>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    inode: (u64, u64),
    changed: (i64, i64),
    bytes: u64,
}

impl Alerts {
    pub(super) fn of(state: &StateFolder) -> Self {
        let file = |path| Recorded { path, read: None, failed: None, alerts: Vec::new() };
        let files = [state.alerts(), state.reader_alerts()].map(file);
        Self(Mutex::new(Known { files, looked: None, active: Arc::default() }))
    }

    /// Those that go on, as of a moment ago.
    pub(super) fn active(&self) -> Arc<Active> {
        let mut known = self.lock();
        if known.looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
            known.look(now_ms());
        }
        Arc::clone(&known.active)
    }

    /// Those that go on now.
    #[cfg(test)]
    fn active_now(&self) -> Arc<Active> {
        let mut known = self.lock();
        known.look(now_ms());
        Arc::clone(&known.active)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Active {
    /// Those that may be shown beside a publisher in this state.
    pub(super) fn beside(&self, writer: WriterState) -> impl Iterator<Item = &SentAlert> {
        self.all.iter().map(|(_, alert)| alert).filter(move |alert| alert.agrees_with(writer))
    }
}

/// What a client gets of an alert.
pub(super) fn document(alert: &SentAlert, names: Names, aliases: &Aliases) -> AlertDocument {
    let document = AlertDocument::of(alert);
    match names {
        Names::Shown => document,
        Names::Hidden => document.without_names(|kind, name| aliases.of(kind, name)),
    }
}

impl Known {
    fn look(&mut self, now_ms: i64) {
        self.looked = Some(Instant::now());
        self.files.iter_mut().for_each(Recorded::look);
        let all = self.files.iter().flat_map(|file| &file.alerts);
        let mut going_on: Vec<&SentAlert> = all.filter(|alert| alert.end_ms > now_ms).collect();
        going_on.sort_by_key(|alert| alert.at_ms);
        let before = &self.active;
        if before.all.iter().map(|(_, alert)| alert).eq(going_on.iter().copied()) {
            return;
        }
        let mut last = before.last;
        let numbered = |alert: &SentAlert| {
            let known = before.all.iter().find(|(_, known)| is_same(known, alert));
            let number = known.map_or_else(
                || {
                    last += 1;
                    last
                },
                |(number, _)| *number,
            );
            (number, alert.clone())
        };
        let all = going_on.into_iter().map(numbered).collect();
        self.active = Arc::new(Active { version: before.version + 1, last, all });
    }
}

/// Whether two are one alert, sent once.
fn is_same(one: &SentAlert, other: &SentAlert) -> bool {
    (&one.name, &one.about, one.at_ms) == (&other.name, &other.about, other.at_ms)
}

impl Recorded {
    /// Reads the file if it is not the one that was read.
    fn look(&mut self) {
        let found = Identity::of(&self.path);
        if found == self.read {
            return;
        }
        // What was known stays until the next one can be read.
        let failed = match read_json(&self.path) {
            Ok(alerts) => {
                (self.read, self.alerts) = (found, alerts.unwrap_or_default());
                None
            }
            Err(error) => {
                // What is in a damaged file stays so. Everything else may be over at the next look.
                if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) {
                    self.read = found;
                }
                Some(error.to_string())
            }
        };
        if let Some(why) = failed.as_ref().filter(|_| failed != self.failed) {
            tracing::warn!("cannot read the alerts in {}: {why}", self.path.display());
        }
        self.failed = failed;
    }
}

impl Identity {
    /// `None` if there is no file.
    fn of(path: &Path) -> Option<Self> {
        let found = fs::symlink_metadata(path).ok()?;
        Some(Self {
            inode: (found.dev(), found.ino()),
            changed: (found.mtime(), found.mtime_nsec()),
            bytes: found.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::own_folder::replace_json;
    use crate::report::alerts::STALE;

    fn alert(about: &str, at_ms: i64, end_ms: i64) -> SentAlert {
        SentAlert {
            name: "limit".into(),
            about: about.into(),
            message: "m".into(),
            advice: None,
            at_ms,
            end_ms,
        }
    }

    fn numbers(active: &Active) -> Vec<(u64, &str)> {
        active.all.iter().map(|(number, alert)| (*number, &*alert.about)).collect()
    }

    #[test]
    fn an_alert_keeps_its_number_and_one_that_is_over_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        let alerts = Alerts::of(&state);
        assert_eq!((alerts.active_now().version, numbers(&alerts.active_now())), (0, vec![]));
        let end = now_ms() + 3_600_000;
        replace_json(&state.alerts(), &[alert("a", 5, end), alert("over", 1, 2)]).unwrap();
        let first = alerts.active_now();
        assert_eq!((first.version, numbers(&first)), (1, vec![(1, "a")]));
        // One of another process, sent before it and recorded later: it is news.
        replace_json(&state.reader_alerts(), &[alert("b", 3, end)]).unwrap();
        let second = alerts.active_now();
        assert_eq!((second.last, numbers(&second)), (2, vec![(2, "b"), (1, "a")]));
        assert_eq!(alerts.active_now().version, second.version, "nothing is new");
        fs::remove_file(state.alerts()).unwrap();
        let third = alerts.active_now();
        assert_eq!((third.last, numbers(&third)), (2, vec![(2, "b")]));
        // The same cause again, later.
        replace_json(&state.alerts(), &[alert("a", 9, end)]).unwrap();
        assert_eq!(numbers(&alerts.active_now()), [(2, "b"), (3, "a")]);
    }

    #[test]
    fn a_file_that_cannot_be_read_for_now_is_looked_at_again() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        let alerts = Alerts::of(&state);
        replace_json(&state.alerts(), &[alert("a", 5, i64::MAX)]).unwrap();
        let permit = |mode| fs::set_permissions(state.alerts(), fs::Permissions::from_mode(mode)).unwrap();
        // Others can write to it, so it is not read; that changes nothing by which a newer file is known.
        permit(0o666);
        assert_eq!(numbers(&alerts.active_now()), []);
        permit(0o600);
        assert_eq!(numbers(&alerts.active_now()), [(1, "a")]);
    }

    #[test]
    fn that_a_publisher_is_gone_is_shown_only_beside_one_that_is() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        let alerts = Alerts::of(&state);
        replace_json(&state.alerts(), &[alert("a", 5, i64::MAX)]).unwrap();
        let stale = SentAlert { name: STALE.into(), ..alert("publisher", 6, i64::MAX) };
        replace_json(&state.reader_alerts(), &[stale]).unwrap();
        let active = alerts.active_now();
        let shown = |writer| active.beside(writer).map(|alert| &*alert.about).collect::<Vec<_>>();
        assert_eq!(shown(WriterState::Dead), ["a", "publisher"]);
        assert_eq!([shown(WriterState::Live), shown(WriterState::Stopped)], [["a"], ["a"]]);
    }

    #[test]
    fn a_file_that_is_no_list_leaves_what_was_known() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        let alerts = Alerts::of(&state);
        replace_json(&state.alerts(), &[alert("a", 5, i64::MAX)]).unwrap();
        assert_eq!(numbers(&alerts.active_now()), [(1, "a")]);
        replace_json(&state.alerts(), &"nonsense").unwrap();
        assert_eq!(numbers(&alerts.active_now()), [(1, "a")]);
    }
}
