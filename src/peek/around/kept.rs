//! The last answers of programs: one file each, in the user's cache folder.
//!
//! Invariant: an answer is replaced as a whole, only the user can read and write it, and the number of answers is
//! bounded. A file that is not one of ours counts as missing. Losing the folder costs nothing but time. Used by
//! `around`.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::job::Outcome;
use crate::config::statusline::{ANSWER_SUFFIX, is_answer};
use crate::own_folder::{OwnFolder, Use, is_refusal};

/// The most answers that are kept; the oldest go.
const ANSWERS_MAX: usize = 128;
/// The most bytes of a file that are read.
const BYTES_MAX: u64 = 256 << 10;
/// The longest text that is kept, in bytes.
const TEXT_MAX: usize = 64 << 10;

/// The folder at a moment.
pub(super) struct Kept {
    folder: PathBuf,
    now: i64,
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
    /// What stands after a program was asked at `now`.
    pub(super) fn after(outcome: Outcome, before: Option<Self>, now: i64) -> Self {
        let said = |text| Self { key: String::new(), text, said_at: now, asked_at: now };
        match outcome {
            Outcome::Printed(bytes) => {
                let text = String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT_MAX)]);
                said(Some(text.into_owned()))
            }
            Outcome::Failed => said(None),
            Outcome::Late => match before {
                Some(before) => Self { asked_at: now, ..before },
                None => Self { key: String::new(), text: None, said_at: 0, asked_at: now },
            },
        }
    }

    /// Whether the program was asked so recently that it is not asked again.
    pub(super) fn is_fresh(&self, now: i64, every: Duration) -> bool {
        let age = now.saturating_sub(self.asked_at);
        age >= 0 && u128::from(age.unsigned_abs()) < every.as_millis()
    }

    /// Whether the program was asked again and has not answered.
    pub(super) fn is_late(&self) -> bool {
        self.said_at < self.asked_at
    }
}

impl Kept {
    pub(super) fn new(folder: PathBuf, now: i64) -> Self {
        Self { folder, now }
    }

    /// The answer to `key`, if one is kept.
    pub(super) fn read(&self, key: &str) -> Option<Answer> {
        let folder = OwnFolder::open(&self.folder, Use::Read).ok()?;
        let file = folder.read(&name(key)).ok()??;
        let mut bytes = Vec::new();
        file.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
        let answer: Answer = serde_json::from_slice(&bytes).ok()?;
        (answer.key == key).then_some(answer)
    }

    /// Keeps an answer, and drops the oldest if there are too many.
    pub(super) fn write(&self, key: &str, answer: &Answer) -> io::Result<()> {
        let folder = OwnFolder::make(&self.folder)?;
        let answer = Answer { key: key.to_owned(), ..answer.clone() };
        let name = name(key);
        let is_new = !folder.check(&name, Use::Write).or_else(|error| match is_refusal(&error) {
            // Something else is in its place, and stays there.
            true => Err(error),
            false => Ok(false),
        })?;
        folder.replace(&name, &serde_json::to_vec(&answer)?, false)?;
        if is_new { self.clear(&folder) } else { Ok(()) }
    }

    fn clear(&self, folder: &OwnFolder) -> io::Result<()> {
        let mut ours: Vec<_> = folder
            .names()?
            .into_iter()
            .filter_map(|name| name.into_string().ok())
            .filter(|name| is_answer(name))
            .collect();
        if ours.len() <= ANSWERS_MAX {
            return Ok(());
        }
        ours.sort_by_cached_key(|name| written(&folder.path().join(name), self.now));
        let too_many = ours.len() - ANSWERS_MAX;
        ours.iter().take(too_many).try_for_each(|name| folder.remove(name))
    }
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

    fn said(text: &str, now: i64) -> Answer {
        Answer::after(Outcome::Printed(text.as_bytes().to_vec()), None, now)
    }

    #[test]
    fn an_answer_is_fresh_for_its_period_and_late_if_the_next_one_did_not_come() {
        let first = said("one", 1_000);
        let every = Duration::from_secs(5);
        assert!(first.is_fresh(1_000, every) && first.is_fresh(5_999, every));
        assert!(!first.is_fresh(6_000, every) && !first.is_fresh(999, every), "or if the clock was set back");
        let late = Answer::after(Outcome::Late, Some(first), 7_000);
        assert_eq!((late.text.as_deref(), late.is_late()), (Some("one"), true));
        assert!(late.is_fresh(8_000, every), "a slow program is not waited for at each redraw");
        let never = Answer::after(Outcome::Late, None, 7_000);
        assert_eq!((never.text, never.said_at), (None, 0));
        assert_eq!(Answer::after(Outcome::Failed, Some(late), 9_000).text, None);
    }

    #[test]
    fn answers_are_kept_apart_for_this_user_alone_and_not_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache/cco/statusline");
        let now = jiff::Timestamp::now().as_millisecond();
        let kept = Kept::new(path.clone(), now);
        assert_eq!(kept.read("a"), None);
        kept.write("a", &said("one", now)).unwrap();
        kept.write("b", &said("two", now)).unwrap();
        assert_eq!(kept.read("a").unwrap().text.as_deref(), Some("one"));
        assert_eq!(kept.read("b").unwrap().text.as_deref(), Some("two"));
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::write(path.join("somebody-elses"), "x").unwrap();
        for number in 0..300 {
            kept.write(&number.to_string(), &said("x", now)).unwrap();
        }
        assert!(kept.read("299").is_some() && path.join("somebody-elses").exists());
        assert_eq!(std::fs::read_dir(&path).unwrap().count(), ANSWERS_MAX + 1);
    }

    #[test]
    fn what_is_no_answer_is_none_and_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(folder.path().to_owned(), 0);
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
