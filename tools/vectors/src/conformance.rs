//! The Rust reader as the vectors ask every reader: a line of JSON in, a line of JSON out, until the input ends.
//!
//! Invariant: it reads through what `cco::snapshot` gives to strangers alone. A question that it does not understand ends
//! it, so that a wrong question is noticed.

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use cco::snapshot::{OpenError, ReadError, Reader, Span};
use serde_json::Value;

use crate::answer::answer;
use crate::json::Json;
use crate::rule::{frame_holds, totals_hold};

/// How long a live snapshot may be missing or busy without a pause.
const PATIENCE: Duration = Duration::from_secs(10);
/// Reads after which a reader looks whether there is another file, even if the open one does not say so.
const LOOK_EVERY: u64 = 1_000;

/// Answers each line of `input` on `output`.
pub fn run(input: impl BufRead, mut output: impl Write) -> Result<(), String> {
    for line in input.lines() {
        let line = line.map_err(|error| error.to_string())?;
        let question: Value = serde_json::from_str(&line).map_err(|error| format!("{error}: {line}"))?;
        let answer = ask(&question).ok_or_else(|| format!("what is {line}?"))??;
        writeln!(output, "{answer}").and_then(|()| output.flush()).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// `None` if it is no question.
fn ask(question: &Value) -> Option<Result<Json, String>> {
    let path = Path::new(question["path"].as_str()?);
    let number = |name: &str| question[name].as_u64();
    match question["do"].as_str()? {
        "read" => Some(Ok(answer(path, question["now_ms"].as_i64()?, question["held"].as_bool()?))),
        "live" => Some(Live::default().run(path, number("reads")?, number("frames")?)),
        "cost" => Some(cost(path, number("reads")?)),
        _ => None,
    }
}

/// What reading beside a live writer showed.
#[derive(Default)]
struct Live {
    reads: u64,
    frames: u64,
    torn: u64,
    backwards: u64,
    busy: u64,
    most_tries: u64,
    generations: u64,
    files: u64,
    newest: Option<(u64, u64)>,
    /// Since when there was nothing to read.
    nothing_since: Option<Instant>,
    tries: u64,
}

impl Live {
    fn run(mut self, path: &Path, reads: u64, frames: u64) -> Result<Json, String> {
        let mut reader = self.open(path)?;
        let mut reading = Duration::ZERO;
        // Frames are spread among the reads.
        let every = reads.checked_div(frames).unwrap_or(u64::MAX).max(1);
        while self.reads < reads || self.frames < frames {
            let is_frame = self.frames < frames && (self.reads >= reads || self.reads >= self.frames * every);
            let begun = Instant::now();
            let read = if is_frame {
                reader.frame().map(|frame| (*frame.totals(), frame_holds(&frame)))
            } else {
                let read = reader.totals();
                reading += begun.elapsed();
                read.map(|totals| (totals, totals_hold(&totals)))
            };
            match read {
                Ok((totals, holds)) => {
                    self.note(reader.identity().epoch, totals.generation(), holds);
                    *(if is_frame { &mut self.frames } else { &mut self.reads }) += 1;
                    if totals.control().superseded || self.reads.is_multiple_of(LOOK_EVERY) {
                        self.refresh(&mut reader)?;
                    }
                }
                Err(ReadError::Busy | ReadError::NothingPublished) => {
                    self.nothing()?;
                    self.refresh(&mut reader)?;
                }
                Err(error) => return Err(error.to_string()),
            }
        }
        let ns = reading.as_nanos() / u128::from(self.reads.max(1));
        Ok(Json::Object(vec![
            ("reads", self.reads.into()),
            ("frames", self.frames.into()),
            ("torn", self.torn.into()),
            ("backwards", self.backwards.into()),
            ("busy", self.busy.into()),
            ("most_tries", self.most_tries.into()),
            ("generations", self.generations.into()),
            ("files", self.files.into()),
            ("ns_per_read", ns.into()),
        ]))
    }

    fn open(&mut self, path: &Path) -> Result<Reader, String> {
        loop {
            match Reader::open(path) {
                Ok(reader) => {
                    self.files += 1;
                    return Ok(reader);
                }
                Err(OpenError::NotFound { .. }) => self.nothing()?,
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn refresh(&mut self, reader: &mut Reader) -> Result<(), String> {
        match reader.refresh() {
            Ok(is_another) => self.files += u64::from(is_another),
            Err(OpenError::NotFound { .. }) => self.nothing()?,
            Err(error) => return Err(error.to_string()),
        }
        Ok(())
    }

    /// There is nothing to read at this moment.
    fn nothing(&mut self) -> Result<(), String> {
        self.busy += 1;
        self.tries += 1;
        let since = *self.nothing_since.get_or_insert_with(Instant::now);
        if since.elapsed() > PATIENCE {
            return Err(format!("nothing could be read for {PATIENCE:?}"));
        }
        std::thread::sleep(Duration::from_micros(50));
        Ok(())
    }

    fn note(&mut self, epoch: u64, generation: u64, holds: bool) {
        self.most_tries = self.most_tries.max(self.tries + 1);
        (self.tries, self.nothing_since) = (0, None);
        self.torn += u64::from(!holds);
        let newest = self.newest.filter(|(of, _)| *of == epoch).map_or(0, |(_, newest)| newest);
        self.backwards += u64::from(generation < newest);
        self.generations += u64::from(self.newest != Some((epoch, generation)) && generation >= newest);
        self.newest = Some((epoch, newest.max(generation)));
    }
}

/// The median cost of a read, in nanoseconds: all totals, and the figures of today.
fn cost(path: &Path, reads: u64) -> Result<Json, String> {
    const BATCHES: u64 = 15;
    let mut reader = Reader::open(path).map_err(|error| error.to_string())?;
    let mut median = |read: &mut dyn FnMut(&mut Reader) -> Result<(), ReadError>| {
        let each = (reads / BATCHES).max(1);
        let mut batches = Vec::new();
        for _ in 0..BATCHES {
            let begun = Instant::now();
            for _ in 0..each {
                read(&mut reader).map_err(|error| error.to_string())?;
            }
            batches.push(begun.elapsed().as_nanos() / u128::from(each));
        }
        batches.sort_unstable();
        Ok::<_, String>(batches[batches.len() / 2])
    };
    let totals = median(&mut |reader| std::hint::black_box(reader.totals()).map(|_| ()))?;
    let today = median(&mut |reader| std::hint::black_box(reader.counters(Span::Today)).map(|_| ()))?;
    Ok(Json::Object(vec![("ns_per_totals", totals.into()), ("ns_per_today", today.into())]))
}
