//! Writes one transcript line by line, keeping the right shares of lines with and without usage.
//!
//! Invariant: the [`Tally`] gets exactly the usage that is on the lines.

use fastrand::Rng;

use crate::answer::{Answer, Context};
use crate::era::Era;
use crate::made::Made;
use crate::other_line::{Position, cost_state, other};
use crate::pool::Pool;
use crate::random::{Distribution, permille, uuid, weighted};
use crate::session::Session;
use crate::truth::{RequestUsage, Tally};
use crate::usage_line::{Block, UsageLine, assistant, progress};

/// Sizes of lines with usage, in bytes.
pub(crate) const USAGE_SIZES: Distribution = Distribution(&[
    (0.0, 560.0),
    (0.5, 1_100.0),
    (0.9, 1_300.0),
    (0.98, 2_000.0),
    (0.99, 9_000.0),
    (0.999, 20_000.0),
    (1.0, 85_000.0),
]);

/// Sizes of the other lines, in bytes.
pub(crate) const OTHER_SIZES: Distribution = Distribution(&[
    (0.0, 150.0),
    (0.5, 700.0),
    (0.9, 2_800.0),
    (0.97, 12_000.0),
    (0.99, 59_000.0),
    (0.999, 250_000.0),
    (1.0, 1_050_000.0),
]);

/// The share of lines with usage.
pub(crate) const USAGE_SHARE: f64 = 0.38;

/// The number of lines without usage per line with usage.
const OTHERS_PER_USAGE: f64 = (1.0 - USAGE_SHARE) / USAGE_SHARE;

/// How many lines an answer is streamed in: weight, number of lines.
const STREAMED: &[(u32, u32)] = &[(43, 1), (35, 2), (13, 3), (5, 4), (2, 6), (1, 9), (1, 14)];

/// A subagent's answer that the main session's progress lines copy.
pub(crate) struct Echo {
    answer: Answer,
    uuid: String,
    at_ms: i64,
}

/// A line of a transcript.
struct Line {
    end: usize,
    counted: Option<RequestUsage>,
}

/// A transcript that is being written.
pub(crate) struct Transcript {
    pub(crate) session: Session,
    text: String,
    lines: Vec<Line>,
    usage_lines: u64,
    usage_bytes: u64,
    context: Context,
    parent: Option<String>,
    started_ms: i64,
    pub(crate) now_ms: i64,
    step_ms: i64,
    spent_micros: u64,
    /// Lines without usage that are due before the next answer.
    owed: f64,
    rng: Rng,
}

/// The next positions in the size distributions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SizeCursor {
    pub(crate) usage: u64,
    pub(crate) other: u64,
}

impl Transcript {
    /// An empty transcript. Its lines are about `step_ms` apart, and at most twice that.
    pub(crate) fn new(session: Session, start_ms: i64, step_ms: i64, mut rng: Rng) -> Self {
        Self {
            context: Context::new(&session, &mut rng),
            session,
            text: String::new(),
            lines: Vec::new(),
            usage_lines: 0,
            usage_bytes: 0,
            parent: None,
            started_ms: start_ms,
            now_ms: start_ms,
            step_ms,
            spent_micros: 0,
            owed: rng.f64() * 2.0 * OTHERS_PER_USAGE,
            rng,
        }
    }

    /// Writes until the transcript has `lines` lines, mixing in copies of `echoes`. Returns its answers, for
    /// others to echo.
    pub(crate) fn write(
        &mut self,
        lines: usize,
        mut echoes: Vec<Echo>,
        sizes: &mut SizeCursor,
        pool: &Pool,
        tally: &mut Tally,
    ) -> Vec<Echo> {
        let mut own = Vec::new();
        while self.lines.len() < lines {
            if self.owed < 1.0
                && let Some(echo) = echoes.pop_if(|_| self.rng.u8(..4) == 0)
            {
                self.echo(&echo, sizes, pool, tally);
                continue;
            }
            let room = u32::try_from(lines - self.lines.len()).unwrap_or(u32::MAX);
            own.extend(self.turn(room, sizes, pool, tally));
        }
        own
    }

    /// Writes a line without usage, or an answer streamed in at most `room` lines, whichever is next.
    pub(crate) fn turn(
        &mut self,
        room: u32,
        sizes: &mut SizeCursor,
        pool: &Pool,
        tally: &mut Tally,
    ) -> Option<Echo> {
        if self.owed >= 1.0 {
            self.owed -= 1.0;
            self.other(sizes, pool);
            return None;
        }
        let streamed = weighted(&mut self.rng, STREAMED).min(room);
        Some(self.answer(streamed, sizes, pool, tally))
    }

    /// Copies those of the first `lines` lines that name their session, from the session that this one was
    /// forked from.
    pub(crate) fn copy(&mut self, from: &Self, lines: usize, tally: &mut Tally) {
        let named = format!("\"sessionId\":\"{}\"", from.session.id);
        let mut start = 0;
        for line in from.lines.iter().take(lines) {
            let text = &from.text[start..line.end - 1];
            start = line.end;
            let Some((head, tail)) = text.rsplit_once(&named) else { continue };
            if head.starts_with("{\"type\"") {
                continue; // notes are not copied
            }
            let origin = uuid(&mut self.rng);
            let copied = format!(
                "{head}\"sessionId\":\"{}\",\"forkedFrom\":{{\"sessionId\":\"{}\",\"messageUuid\":\"{origin}\"}}{tail}",
                self.session.id, from.session.id
            );
            let counted = line.counted.clone().map(|counted| counted.copied_to(&self.session.id));
            self.push(&copied, counted, tally);
        }
    }

    /// What was written, without the truth.
    pub(crate) fn made(&self) -> Made {
        Made {
            files: 1,
            bytes: self.text.len() as u64,
            lines: self.lines.len() as u64,
            usage_lines: self.usage_lines,
            usage_bytes: self.usage_bytes,
            ..Made::default()
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The number of lines.
    pub(crate) fn lines(&self) -> usize {
        self.lines.len()
    }

    /// A line with its newline, and the usage on it.
    pub(crate) fn line(&self, number: usize) -> (&str, Option<&RequestUsage>) {
        let start = number.checked_sub(1).map_or(0, |before| self.lines[before].end);
        let line = &self.lines[number];
        (&self.text[start..line.end], line.counted.as_ref())
    }

    fn push(&mut self, line: &str, counted: Option<RequestUsage>, tally: &mut Tally) {
        if let Some(counted) = &counted {
            tally.add(counted);
            self.usage_lines += 1;
            self.usage_bytes += line.len() as u64 + 1;
        }
        self.text.push_str(line);
        self.text.push('\n');
        self.lines.push(Line { end: self.text.len(), counted });
    }

    fn push_other(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.lines.push(Line { end: self.text.len(), counted: None });
    }

    /// Writes an answer, streamed in `streamed` lines.
    fn answer(&mut self, streamed: u32, sizes: &mut SizeCursor, pool: &Pool, tally: &mut Tally) -> Echo {
        let answer = Answer::next(&self.session, &mut self.context, &mut self.rng);
        let tokens = answer.tokens;
        self.spent_micros += tokens.input * 5 + tokens.output * 25 + tokens.cache_read / 2;
        // Some versions report the final output on every line, others let it grow.
        let grows = self.session.version.era != Era::Third || permille(&mut self.rng, 500);
        let mut last_uuid = String::new();
        for at in 0..streamed {
            let last = at + 1 == streamed;
            let output =
                if last || !grows { tokens.output } else { tokens.output.min(1 + u64::from(at) * 7) };
            let block = match (last, self.rng.u8(..4)) {
                (false, 0 | 1) => Block::Thinking,
                (true, 1..) => Block::ToolUse,
                _ => Block::Text,
            };
            self.tick();
            let (uuid, time) = (uuid(&mut self.rng), rfc3339(self.now_ms));
            let usage_line = UsageLine {
                answer: &answer,
                output,
                block,
                last,
                parent: self.parent.as_deref(),
                uuid: &uuid,
                time: &time,
            };
            let length = USAGE_SIZES.nth(sizes.usage);
            sizes.usage += 1;
            self.owed += OTHERS_PER_USAGE;
            let line = assistant(&self.session, &usage_line, length, pool, &mut self.rng);
            let counted = answer.counted(&self.session.id, &uuid, output);
            self.push(&line, Some(counted), tally);
            last_uuid.clone_from(&uuid);
            self.parent = Some(uuid);
        }
        Echo { answer, uuid: last_uuid, at_ms: self.now_ms }
    }

    fn echo(&mut self, echo: &Echo, sizes: &mut SizeCursor, pool: &Pool, tally: &mut Tally) {
        self.tick();
        let time = rfc3339(echo.at_ms);
        let usage_line = UsageLine {
            answer: &echo.answer,
            output: echo.answer.tokens.output,
            block: Block::ToolUse,
            last: true,
            parent: self.parent.as_deref(),
            uuid: &echo.uuid,
            time: &time,
        };
        let length = USAGE_SIZES.nth(sizes.usage);
        sizes.usage += 1;
        self.owed += OTHERS_PER_USAGE;
        let line = progress(&self.session, &usage_line, length, pool, &mut self.rng);
        let counted = echo.answer.counted(&self.session.id, &echo.uuid, usage_line.output);
        self.push(&line, Some(counted), tally);
    }

    fn other(&mut self, sizes: &mut SizeCursor, pool: &Pool) {
        self.tick();
        let is_main = self.session.agent.is_none();
        if is_main && self.session.version.cost_state && self.spent_micros > 0 && permille(&mut self.rng, 30)
        {
            // A tenth more than the records show, because titles and suggestions leave no records.
            let micros = self.spent_micros + self.spent_micros / 10;
            let line = cost_state(&self.session, self.started_ms, self.now_ms, micros);
            self.push_other(&line);
            return;
        }
        let (uuid, time) = (uuid(&mut self.rng), rfc3339(self.now_ms));
        let position =
            Position { session: &self.session, parent: self.parent.as_deref(), uuid: &uuid, time: &time };
        let line = other(&position, OTHER_SIZES.nth(sizes.other), pool, &mut self.rng);
        sizes.other += 1;
        self.push_other(&line);
        self.parent = Some(uuid);
    }

    fn tick(&mut self) {
        self.now_ms += self.rng.i64(1..=2 * self.step_ms.max(1));
    }
}

/// Milliseconds UTC as transcripts write them: `2026-06-01T09:30:00.125Z`.
pub(crate) fn rfc3339(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => unreachable!("the time range was checked to be within the range of dates"),
    }
}
