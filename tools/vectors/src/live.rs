//! The live snapshot: a writer at full speed that commits, outgrows its file, begins anew and is killed, while readers of
//! every language read.
//!
//! Invariant: every commit obeys [`crate::rule`], whatever happens to the writer before the next.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cco::snapshot::{
    Agent, AgentRow, DayRow, Draft, Health, HourRow, Limit, LimitKind, LimitRow, ModelRow, Period,
    ProjectRow, Publication, Row, ScanState, SessionRow, Writer, WriterOptions,
};

use crate::rule::{NUMBER_LIMIT, PUBLISHED_AT, counters};

/// What the writer does for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It commits into one file.
    Commits,
    /// Rows and names become more than there is room for, and fewer again: a new file now and then.
    Growth,
    /// It stops and starts, with and without a word, and begins new lineages.
    Replacement,
}

/// How to write.
#[derive(Clone, Debug)]
pub struct Options {
    /// The snapshot.
    pub path: PathBuf,
    /// One state instead of all in turn.
    pub only: Option<State>,
    /// Commits a second; as many as it can if there is none.
    pub pace: Option<u32>,
    /// When to end.
    pub until: Option<Instant>,
    /// End as soon as the standard input does: whoever started this is gone.
    pub is_child: bool,
}

/// The program that is started as a writer to be killed, in place of this one.
const PROGRAM: &str = "CCO_VECTORS_PROGRAM";
/// What a writer says once there is a first commit.
const READY: &str = "ready\n";
/// How long a state lasts where all take turns.
const TURN: Duration = Duration::from_millis(300);
/// Commits between two new writers.
const RESTART_EVERY: u64 = 200;
/// More models than a new file has room for.
const MODELS_MAX: u64 = 80;

/// Writes until its time is over. Prints a line once there is a first commit.
pub fn run(options: &Options) -> Result<(), String> {
    let told = |error: cco::snapshot::WriteError| error.to_string();
    let is_over = over(options);
    let mut random = fastrand::Rng::new();
    let mut writer = open(&options.path).map_err(told)?;
    let begun = Instant::now();
    let mut next_at = begun;
    for count in 0u64.. {
        if is_over() {
            break;
        }
        let state = options.only.unwrap_or_else(|| turn(begun.elapsed()));
        if state == State::Replacement && count % RESTART_EVERY == 0 && count > 0 {
            if random.bool() {
                writer.stop();
            } else {
                drop(writer);
            }
            writer = open(&options.path).map_err(told)?;
            if random.u8(..4) == 0 {
                writer.begin_lineage();
            }
        }
        let generation = writer.sequence() / 2 + 1;
        let number = random.u64(..NUMBER_LIMIT);
        edit(writer.draft(), state, generation, number);
        let committed = writer.commit(&publication(generation, number)).map_err(told)?;
        if committed != generation {
            return Err(format!("commit {committed} in place of {generation}"));
        }
        if count % 64 == 0 {
            writer.report(Health { passes: count, requests: count, ..Health::default() });
        }
        if count == 0 {
            ready()?;
        }
        if let Some(pace) = options.pace {
            next_at += Duration::from_secs(1) / pace;
            std::thread::sleep(next_at.saturating_duration_since(Instant::now()));
        }
    }
    writer.stop();
    Ok(())
}

fn open(path: &Path) -> Result<Writer, cco::snapshot::WriteError> {
    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "live".into() };
    Writer::open(path, options)
}

fn turn(elapsed: Duration) -> State {
    match (elapsed.as_millis() / TURN.as_millis()) % 3 {
        0 => State::Commits,
        1 => State::Growth,
        _ => State::Replacement,
    }
}

/// Whether to end.
fn over(options: &Options) -> impl Fn() -> bool {
    let is_orphan = Arc::new(AtomicBool::new(false));
    if options.is_child {
        let is_orphan = Arc::clone(&is_orphan);
        std::thread::spawn(move || {
            // Nothing is ever sent: it ends when whoever holds the other side does.
            let _ = std::io::stdin().read(&mut [0]);
            is_orphan.store(true, Ordering::Relaxed);
        });
    }
    let until = options.until;
    move || is_orphan.load(Ordering::Relaxed) || until.is_some_and(|until| Instant::now() >= until)
}

/// The tables of a commit. Every row gets new figures, so that rows of two commits never look alike.
fn edit(draft: &mut Draft, state: State, generation: u64, number: u64) {
    let figures = counters(number);
    let is_growing = state == State::Growth;
    let models = if is_growing { 5 + (generation / 16) % MODELS_MAX } else { 5 };
    while draft.len::<ModelRow>() as u64 > models {
        draft.swap_remove::<ModelRow>(0);
    }
    for model in 0..models {
        let name = draft.intern(&format!("model-{model}"));
        put(draft, model, ModelRow { name, agent: Agent::CLAUDE_CODE, counters: figures });
    }
    let project = draft.intern("-a-project");
    let path = draft.intern("/a/project");
    let row = ProjectRow { project, path, counters: figures, today: figures, ..ProjectRow::default() };
    put(draft, 0, row);
    for session in 0..3 {
        // Names that nobody had before outgrow the file in the end.
        let id = if is_growing {
            format!("session-{generation}-{session}-{number:x}")
        } else {
            format!("session-{session}")
        };
        let session_name = draft.intern(&id);
        put(
            draft,
            session,
            SessionRow { session: session_name, project, counters: figures, ..SessionRow::default() },
        );
    }
    for row in 0..4u32 {
        put(draft, row.into(), DayRow { date: 20_260_101 + row, counters: figures });
        put(draft, row.into(), HourRow { start: i64::from(row) * 3_600_000, counters: figures });
    }
    let name = draft.intern("claude-code");
    put(draft, 0, AgentRow { agent: Agent::CLAUDE_CODE, name, counters: figures });
    put(draft, 0, LimitRow { kind: LimitKind::FiveHour, used_millionths: number, ..LimitRow::default() });
}

fn put<R: Row>(draft: &mut Draft, at: u64, row: R) {
    let at = usize::try_from(at).expect("rows are few");
    if draft.len::<R>() <= at {
        draft.push(&row);
    } else {
        draft.set(at, &row);
    }
}

fn publication(generation: u64, number: u64) -> Publication {
    let figures = counters(number);
    let at = PUBLISHED_AT + generation.cast_signed();
    let period = Period { start: at, end: at + 1, counters: figures };
    Publication {
        published_at: at,
        totals: figures,
        today: period,
        this_week: period,
        this_month: period,
        block: Some(period),
        block_span: (at, at),
        scan_state: ScanState::Complete,
        five_hour_limit: Some(Limit { used_millionths: number, resets_at: at, seen_at: at }),
        seven_day_limit: None,
        sessions_left_out: number,
    }
}

/// Starts writers as processes and kills each without a word, until the time is over.
pub fn kill(options: &Options, arguments: &[String]) -> Result<u64, String> {
    // Under an emulator this process's own program cannot be started by itself.
    let program = match std::env::var_os(PROGRAM).filter(|program| !program.is_empty()) {
        Some(program) => program.into(),
        None => std::env::current_exe().map_err(|error| error.to_string())?,
    };
    let is_over = over(options);
    let mut kills = 0;
    while !is_over() {
        let child =
            Command::new(&program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = Killed(child.map_err(|error| error.to_string())?);
        // The first one commits, and so does half of the others; the rest may be killed before they do.
        if kills == 0 || fastrand::bool() {
            let mut words = [0; READY.len()];
            let begun = child.0.stdout.as_mut().map(|out| out.read_exact(&mut words));
            if begun.is_none_or(|begun| begun.is_err()) || words != *READY.as_bytes() {
                return Err("a writer ended before its first commit".into());
            }
            if kills == 0 {
                ready()?;
            }
        }
        std::thread::sleep(Duration::from_millis(fastrand::u64(..400)));
        if let Some(status) = child.0.try_wait().map_err(|error| error.to_string())? {
            return Err(format!("a writer ended by itself: {status}"));
        }
        drop(child);
        kills += 1;
    }
    Ok(kills)
}

/// Says that there is a first commit.
fn ready() -> Result<(), String> {
    let mut out = std::io::stdout();
    out.write_all(READY.as_bytes()).and_then(|()| out.flush()).map_err(|error| error.to_string())
}

/// A process that does not outlive this value, and ends without a chance to do anything.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself, which its status told.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
