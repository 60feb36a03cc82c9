//! The last answers of programs: one file each, in the user's cache folder.
//!
//! Invariants: an answer is replaced as a whole, only the user can read and write it, and the number of files and the size
//! of each are bounded, whatever is killed meanwhile. A question is noted before it is asked, so if its asker is killed, it
//! is not asked again before its period, or a minute, is over. A file that is not one of ours counts as missing. Losing the folder costs
//! nothing but time; without one, this process remembers by itself. Used by `around`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::job::Outcome;
use crate::config::statusline::{ANSWER_SUFFIX, is_answer, is_answer_part};
use crate::own_folder::{OwnFolder, Use, is_refusal};

/// After this a program that was late, or whose asker was killed, is asked again, however long its period is.
const LATE_FOR: Duration = Duration::from_secs(60);
/// The most answers that are kept; the oldest go.
const ANSWERS_MAX: usize = 128;
/// The longest text that is kept, in bytes.
pub(super) const TEXT_MAX: usize = 4 << 10;
/// The most bytes of a file: more than the longest text makes with every byte escaped, and its key.
const BYTES_MAX: usize = 64 << 10;
/// How old the part of an answer is before it counts as left by a process that was killed, in milliseconds.
const PART_MS: i64 = 60_000;

/// What programs said, for as long as a process draws lines.
pub(in crate::peek) struct Kept {
    folder: Option<PathBuf>,
    /// What this process asked. Bounded by what its template asks for.
    asked: RefCell<HashMap<String, Answer>>,
}

/// What a program said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Everything that it is the answer to, because names of files can be the same by chance.
    #[serde(default)]
    key: String,
    /// The text; none if the program failed or never answered.
    pub(super) text: Option<String>,
    /// When it was said, ms UTC.
    said_at: i64,
    /// When the program was last asked, ms UTC.
    asked_at: i64,
}

impl Answer {
    /// What stands from the moment at which a program is asked until it answers.
    pub(super) fn awaited(before: Option<Self>, now: i64) -> Self {
        match before {
            Some(before) => Self { asked_at: now, ..before },
            None => Self { key: String::new(), text: None, said_at: 0, asked_at: now },
        }
    }

    /// What stands after a program was asked at `now`. `brief` says what is needed of a text.
    pub(super) fn after(
        outcome: Outcome,
        before: Option<Self>,
        now: i64,
        brief: impl FnOnce(&str) -> String,
    ) -> Self {
        let said = |text| Self { key: String::new(), text, said_at: now, asked_at: now };
        match outcome {
            Outcome::Printed(bytes) => {
                let mut text = brief(&String::from_utf8_lossy(&bytes));
                text.truncate(text.floor_char_boundary(TEXT_MAX));
                said(Some(text))
            }
            Outcome::Failed => said(None),
            Outcome::Late => Self::awaited(before, now),
        }
    }

    /// Whether the program was asked so recently that it is not asked again: within its period, of which no more than a
    /// minute counts for one that has not answered, or while it may still answer.
    pub(super) fn is_fresh(&self, now: i64, every: Duration, timeout: Duration) -> bool {
        self.is_younger(now, if self.is_late() { every.min(LATE_FOR).max(timeout) } else { every })
    }

    /// Whether the program was asked again and has not answered.
    pub(super) fn is_late(&self) -> bool {
        self.said_at < self.asked_at
    }

    /// Whether it had its time and has not answered.
    pub(super) fn is_overdue(&self, now: i64, timeout: Duration) -> bool {
        self.is_late() && !self.is_younger(now, timeout)
    }

    fn is_younger(&self, now: i64, than: Duration) -> bool {
        let age = now.saturating_sub(self.asked_at);
        age >= 0 && u128::from(age.unsigned_abs()) < than.as_millis()
    }
}

impl Kept {
    /// What is kept in this folder, if there is one.
    pub(in crate::peek) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, asked: RefCell::default() }
    }

    /// The newest answer to `key`, if one is kept.
    pub(super) fn read(&self, key: &str) -> Option<Answer> {
        let of_file = self.folder.as_deref().and_then(|folder| read(folder, key));
        let own = self.asked.borrow().get(key).cloned();
        of_file.into_iter().chain(own).max_by_key(|answer| answer.asked_at)
    }

    /// Notes that a question is about to be asked, and drops the oldest answers if there are too many.
    pub(super) fn ask(&self, key: &str, awaited: &Answer, now: i64) -> io::Result<()> {
        self.write(key, awaited)?;
        self.folder.as_deref().map_or(Ok(()), |folder| clear(folder, now))
    }

    /// Keeps an answer.
    pub(super) fn write(&self, key: &str, answer: &Answer) -> io::Result<()> {
        self.asked.borrow_mut().insert(key.to_owned(), answer.clone());
        let Some(folder) = &self.folder else { return Ok(()) };
        let bytes = serde_json::to_vec(&Answer { key: key.to_owned(), ..answer.clone() })?;
        if bytes.len() > BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let folder = OwnFolder::make(folder)?;
        let name = name(key);
        match folder.check(&name, Use::Write) {
            // Something else is in its place, and stays there.
            Err(error) if is_refusal(&error) => Err(error),
            _ => folder.replace(&name, &bytes, false),
        }
    }
}

fn read(folder: &Path, key: &str) -> Option<Answer> {
    let file = OwnFolder::open(folder, Use::Read).ok()?.read(&name(key)).ok()??;
    let mut bytes = Vec::new();
    file.take(BYTES_MAX as u64).read_to_end(&mut bytes).ok()?;
    let answer: Answer = serde_json::from_slice(&bytes).ok()?;
    (answer.key == key).then_some(answer)
}

/// Removes what is too much: the oldest answers, and parts of answers whose writers were killed.
fn clear(folder: &Path, now: i64) -> io::Result<()> {
    let folder = OwnFolder::open(folder, Use::Write)?;
    let written = |name: &String| written(&folder.path().join(name), now);
    let names: Vec<_> = folder.names()?.into_iter().filter_map(|name| name.into_string().ok()).collect();
    let is_left = |name: &&String| is_answer_part(name) && written(name) < now.saturating_sub(PART_MS);
    names.iter().filter(is_left).try_for_each(|name| folder.remove(name))?;
    let mut ours: Vec<_> = names.into_iter().filter(|name| is_answer(name)).collect();
    if ours.len() <= ANSWERS_MAX {
        return Ok(());
    }
    ours.sort_by_cached_key(written);
    let too_many = ours.len() - ANSWERS_MAX;
    ours.iter().take(too_many).try_for_each(|name| folder.remove(name))
}

/// When a file was written, in milliseconds since 1970; one from the future is the first to go.
fn written(path: &Path, now: i64) -> i64 {
    let modified = std::fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
    let since = modified.ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    since
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .filter(|at| *at <= now.saturating_add(60_000))
        .unwrap_or(0)
}

fn name(key: &str) -> String {
    format!("{:032x}{ANSWER_SUFFIX}", xxh3_128(key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(outcome: Outcome, before: Option<Answer>, now: i64) -> Answer {
        Answer::after(outcome, before, now, str::to_owned)
    }

    fn said(text: &str, now: i64) -> Answer {
        after(Outcome::Printed(text.into()), None, now)
    }

    #[test]
    fn an_answer_stands_for_its_period_and_what_is_late_shows_the_last_one() {
        let (every, timeout) = (Duration::from_secs(5), Duration::from_millis(500));
        let first = said("one", 1_000);
        assert!(first.is_fresh(5_999, every, timeout));
        assert!(!first.is_fresh(6_000, every, timeout));
        assert!(!first.is_fresh(999, every, timeout), "or if the clock was set back");
        let late = after(Outcome::Late, Some(first), 7_000);
        assert_eq!((late.text.as_deref(), late.is_late()), (Some("one"), true));
        assert!(late.is_fresh(8_000, every, timeout), "a slow program is not waited for at each redraw");
        let never = after(Outcome::Late, None, 7_000);
        assert_eq!((never.text, never.said_at), (None, 0));
        assert_eq!(after(Outcome::Failed, Some(late), 9_000).text, None);
    }

    #[test]
    fn what_was_not_answered_is_asked_again_after_a_minute_whatever_its_period() {
        let (hour, timeout) = (Duration::from_secs(3600), Duration::from_millis(500));
        let first = said("one", 1_000);
        let killed = Answer::awaited(Some(first.clone()), 10_000);
        for unanswered in [killed, after(Outcome::Late, Some(first.clone()), 10_000)] {
            assert!(
                unanswered.is_fresh(69_999, hour, timeout) && !unanswered.is_fresh(70_000, hour, timeout)
            );
        }
        assert!(first.is_fresh(70_000, hour, timeout), "an answer stands for its period");
    }

    #[test]
    fn what_is_being_asked_is_not_asked_again_and_late_only_after_its_time() {
        let (never, timeout) = (Duration::ZERO, Duration::from_millis(500));
        let first = said("one", 1_000);
        assert!(!first.is_fresh(1_001, never, timeout) && !first.is_overdue(9_000, timeout));
        let awaited = Answer::awaited(Some(first), 2_000);
        assert_eq!(awaited.text.as_deref(), Some("one"));
        assert!(awaited.is_fresh(2_499, never, timeout) && !awaited.is_overdue(2_499, timeout));
        assert!(!awaited.is_fresh(2_500, never, timeout) && awaited.is_overdue(2_500, timeout));
    }

    #[test]
    fn answers_are_kept_apart_for_this_user_alone_and_not_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache/cco/statusline");
        let now = jiff::Timestamp::now().as_millisecond();
        let kept = || Kept::new(Some(path.clone()));
        assert_eq!(kept().read("a"), None);
        kept().write("a", &said("one", now)).unwrap();
        kept().write("b", &said("two", now)).unwrap();
        assert_eq!(kept().read("a").unwrap().text.as_deref(), Some("one"));
        assert_eq!(kept().read("b").unwrap().text.as_deref(), Some("two"));
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::write(path.join("somebody-elses"), "x").unwrap();
        // Killed while it wrote, by the next to be found so, and just now.
        let (left, new) = (format!("{}.17.new", name("a")), format!("{}.18.new", name("a")));
        for part in [&left, &new] {
            std::fs::write(path.join(part), "{").unwrap();
        }
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(120);
        std::fs::File::options().write(true).open(path.join(&left)).unwrap().set_modified(long_ago).unwrap();
        for number in 0..300 {
            kept().ask(&number.to_string(), &said("x", now), now).unwrap();
        }
        assert!(kept().read("299").is_some() && path.join("somebody-elses").exists());
        assert!(!path.join(&left).exists() && path.join(&new).exists());
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), ANSWERS_MAX + 2);
    }

    #[test]
    fn the_longest_answer_is_small_and_read_again_whatever_its_bytes_are() {
        let folder = tempfile::tempdir().unwrap();
        let kept = || Kept::new(Some(folder.path().to_owned()));
        for byte in [0, b'"', 0xff] {
            let answer = after(Outcome::Printed(vec![byte; 64 << 10]), None, 1);
            kept().write("a", &answer).unwrap();
            let read = kept().read("a").unwrap().text.unwrap();
            assert!(Some(&read) == answer.text.as_ref() && read.len() > TEXT_MAX - 4, "{byte}");
            assert!(std::fs::metadata(folder.path().join(name("a"))).unwrap().len() < BYTES_MAX as u64 / 2);
        }
        assert!(kept().write(&"k".repeat(BYTES_MAX), &said("x", 1)).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn without_a_folder_a_process_remembers_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        for folder in [None, Some(file.join("cco"))] {
            let kept = Kept::new(folder);
            let _ = kept.write("a", &said("one", 1));
            assert_eq!(kept.read("a").unwrap().text.as_deref(), Some("one"));
        }
    }

    #[test]
    fn what_is_no_answer_is_none_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(Some(folder.path().to_owned()));
        for text in
            ["", "null", "{}", "{\"key\": \"other\", \"text\": \"x\", \"said_at\": 1, \"asked_at\": 1}"]
        {
            std::fs::write(folder.path().join(name("a")), text).unwrap();
            assert_eq!(kept.read("a"), None, "{text}");
        }
        std::fs::remove_file(folder.path().join(name("a"))).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        std::fs::write(&elsewhere, "mine").unwrap();
        std::os::unix::fs::symlink(&elsewhere, folder.path().join(name("a"))).unwrap();
        assert!(kept.write("a", &said("one", 1)).is_err());
        assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "mine");
    }
}
