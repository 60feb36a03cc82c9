//! Writes to a corpus as running sessions do, to measure latency.
//!
//! Invariants: each line is one `write` to a file opened for appending (two with `split`). Only folders that
//! [`crate::generate()`] filled are written to, so a user's real transcripts never are.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};
use std::{fmt, thread};

use fastrand::Rng;

use crate::era::Version;
use crate::made::Made;
use crate::pool::Pool;
use crate::session::{Session, encoded, project_cwd};
use crate::transcript::{SizeCursor, Transcript};
use crate::truth::{Tally, Tokens};

/// Lines per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(f64);

impl Rate {
    /// The time between two lines.
    pub fn interval(self) -> Duration {
        Duration::from_secs_f64(1.0 / self.0)
    }
}

/// A text is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseRateError;

impl fmt::Display for ParseRateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a rate: write lines per second or per minute, such as 50/s or 30/m, up to 1000000/s")
    }
}

impl std::error::Error for ParseRateError {}

impl FromStr for Rate {
    type Err = ParseRateError;

    fn from_str(text: &str) -> Result<Self, ParseRateError> {
        let (number, seconds) = match text.split_once('/') {
            None => (text, 1.0),
            Some((number, "s")) => (number, 1.0),
            Some((number, "m" | "min")) => (number, 60.0),
            Some(_) => return Err(ParseRateError),
        };
        let rate = number.parse::<f64>().map_err(|_| ParseRateError)? / seconds;
        if (0.001..=1_000_000.0).contains(&rate) { Ok(Self(rate)) } else { Err(ParseRateError) }
    }
}

/// What to append.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Append {
    /// The number of lines.
    pub lines: u64,
    /// How fast; [`None`] for as fast as possible.
    pub rate: Option<Rate>,
    /// The seed for the choice of files and content.
    pub seed: u64,
    /// Whether to write each line in two halves, half an interval apart (one millisecond without a rate).
    pub split: bool,
}

/// One line that was appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The time before the write that completed the line, in microseconds since the Unix epoch.
    pub begun_us: i64,
    /// The time after that write returned, in the same unit.
    pub done_us: i64,
    /// Bytes of the line, including its newline.
    pub bytes: u64,
    /// Whether it has usage.
    pub usage: bool,
    /// Distinct messages appended so far, including this line's.
    pub messages: u64,
    /// Their tokens, each message at its highest usage so far.
    pub tokens: Tokens,
    /// The transcript.
    pub path: PathBuf,
}

/// Why nothing was appended, or not everything.
#[derive(Debug)]
#[non_exhaustive]
pub enum AppendError {
    /// This program did not fill the folder.
    NotACorpus(PathBuf),
    /// Reading or writing failed, or the callback did.
    Io {
        /// The path that could not be read or written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotACorpus(path) => write!(
                f,
                "{} is not a corpus and was not changed: generate one first with `cco-corpus FOLDER`",
                path.display()
            ),
            Self::Io { path, .. } => {
                write!(f, "cannot append to {}: check that it exists and can be written", path.display())
            }
        }
    }
}

impl std::error::Error for AppendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotACorpus(_) => None,
            Self::Io { source, .. } => Some(source),
        }
    }
}

/// The number of transcripts that are written to at the same time.
const OPEN: usize = 16;

/// How many lines a session writes before another one replaces it.
const LINES_PER_SESSION: usize = 200;

/// A transcript that is appended to.
struct Live {
    file: File,
    path: PathBuf,
    transcript: Transcript,
    next: usize,
}

/// Appends to transcripts in `folder`. Calls `appended` for each line; an error from it ends the run.
///
/// Half of the sessions continue existing transcripts, half are new. Records have the time at which they are
/// generated, shortly before they are written. The result counts what was appended; `files` counts only new
/// files.
pub fn append(
    append: &Append,
    folder: &Path,
    mut appended: impl FnMut(&Appended) -> io::Result<()>,
) -> Result<Made, AppendError> {
    let (mut existing, bytes) = transcripts(folder)?;
    // Mix in the existing size, so a second run does not write the requests of the first again.
    let mut rng = Rng::with_seed(append.seed ^ bytes.rotate_left(32));
    rng.shuffle(&mut existing);
    let pool = Pool::new();
    let mut sizes = SizeCursor { usage: rng.u64(..1 << 40), other: rng.u64(..1 << 40) };
    let mut tally = Tally::default();
    let mut made = Made::default();
    let mut live: Vec<Live> = Vec::new();
    let started = Instant::now();
    let interval = append.rate.map_or(Duration::ZERO, Rate::interval);
    let pause = append.rate.map_or(Duration::from_millis(1), |rate| rate.interval() / 2);

    for number in 0..append.lines {
        let slot = rng.usize(..OPEN);
        if live.get(slot).is_none_or(|live| live.next >= LINES_PER_SESSION) {
            let path = if rng.bool() { existing.pop() } else { None };
            made.files += u64::from(path.is_none());
            let opened = Live::open(path, folder, &mut rng)?;
            match live.get_mut(slot) {
                Some(slot) => *slot = opened,
                None => live.push(opened),
            }
        }
        let slot = slot.min(live.len() - 1);
        let Live { file, path, transcript, next } = &mut live[slot];
        sleep_until(started + interval.mul_f64(number as f64));
        transcript.now_ms = jiff::Timestamp::now().as_millisecond();
        while transcript.lines() <= *next {
            // The usage counts once the line is written, not now.
            transcript.turn(u32::MAX, &mut sizes, &pool, &mut Tally::default());
        }
        let (line, counted) = transcript.line(*next);
        *next += 1;
        if let Some(counted) = counted {
            tally.add(counted);
            made.usage_lines += 1;
            made.usage_bytes += line.len() as u64;
        }
        made.lines += 1;
        made.bytes += line.len() as u64;

        let failed = |source| AppendError::Io { path: path.clone(), source };
        let mut rest = line.as_bytes();
        if append.split {
            let (half, other) = rest.split_at(rest.len() / 2);
            file.write_all(half).map_err(failed)?;
            thread::sleep(pause);
            rest = other;
        }
        let begun_us = jiff::Timestamp::now().as_microsecond();
        file.write_all(rest).map_err(failed)?;
        let done_us = jiff::Timestamp::now().as_microsecond();
        let report = Appended {
            begun_us,
            done_us,
            bytes: line.len() as u64,
            usage: counted.is_some(),
            messages: tally.messages(),
            tokens: tally.tokens(),
            path: path.clone(),
        };
        appended(&report).map_err(failed)?;
    }
    made.truth = tally.truth();
    Ok(made)
}

impl Live {
    /// Opens the transcript at `path` to continue it, or a new one.
    fn open(path: Option<PathBuf>, folder: &Path, rng: &mut Rng) -> Result<Self, AppendError> {
        let (project, model_share) = (rng.usize(..10), rng.f64());
        let mut session = Session::new(project_cwd(project), Version::newest(), model_share, rng);
        let mut options = OpenOptions::new();
        options.append(true).read(true);
        let path = match path {
            Some(path) => {
                if let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) {
                    stem.clone_into(&mut session.id);
                }
                path
            }
            None => {
                options.create_new(true);
                let project = folder.join("projects").join(encoded(&session.cwd));
                project.join(format!("{}.jsonl", session.id))
            }
        };
        let opened = (|| {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut file = options.open(&path)?;
            let last = prepare(&mut file, &mut session)?;
            if last != b'\n' {
                file.write_all(b"\n")?; // an earlier run was stopped within a line
            }
            Ok(file)
        })();
        let file = opened.map_err(|source| AppendError::Io { path: path.clone(), source })?;
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let transcript = Transcript::new(session, now_ms, 1, rng.fork());
        Ok(Self { file, path, transcript, next: 0 })
    }
}

/// Reads the session's working directory from the start of the transcript. Returns the transcript's last
/// byte.
fn prepare(file: &mut File, session: &mut Session) -> io::Result<u8> {
    let mut beginning = Vec::new();
    io::Read::take(&*file, 64 << 10).read_to_end(&mut beginning)?;
    let Some(mut last) = beginning.last().copied() else { return Ok(b'\n') };
    let beginning = String::from_utf8_lossy(&beginning);
    if let Some((_, rest)) = beginning.split_once("\"cwd\":\"")
        && let Some((cwd, _)) = rest.split_once('"')
    {
        cwd.clone_into(&mut session.cwd);
    }
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(std::slice::from_mut(&mut last))?;
    Ok(last)
}

/// The main transcripts of a corpus, in an order that does not depend on the file system, and their total
/// size.
fn transcripts(folder: &Path) -> Result<(Vec<PathBuf>, u64), AppendError> {
    let failed = |path: &Path, source| AppendError::Io { path: path.to_owned(), source };
    let list = |path: &Path| -> Result<Vec<PathBuf>, AppendError> {
        let entries = fs::read_dir(path).map_err(|error| failed(path, error))?;
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.map_err(|error| failed(path, error))?.path());
        }
        paths.sort();
        Ok(paths)
    };
    let is_marker = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_prefix("corpus-")
            .and_then(|name| name.strip_suffix(".json"))
            .is_some_and(|seed| !seed.is_empty() && seed.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if !list(folder)?.iter().any(is_marker) {
        return Err(AppendError::NotACorpus(folder.to_owned()));
    }
    let mut transcripts = Vec::new();
    for project in list(&folder.join("projects"))? {
        if project.is_dir() {
            transcripts.extend(list(&project)?);
        }
    }
    transcripts.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    let mut bytes = 0;
    for path in &transcripts {
        bytes += fs::metadata(path).map_err(|error| failed(path, error))?.len();
    }
    Ok((transcripts, bytes))
}

fn sleep_until(time: Instant) {
    let left = time.saturating_duration_since(Instant::now());
    if !left.is_zero() {
        thread::sleep(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_lines_per_second_or_per_minute() {
        let interval = |text: &str| text.parse::<Rate>().map(Rate::interval);
        assert_eq!(interval("50/s"), Ok(Duration::from_millis(20)));
        assert_eq!(interval("50"), Ok(Duration::from_millis(20)));
        assert_eq!(interval("30/m"), Ok(Duration::from_secs(2)));
        for bad in ["", "0/s", "-1", "fast", "5/h", "NaN"] {
            assert_eq!(interval(bad), Err(ParseRateError), "{bad:?}");
        }
    }
}
