//! What every commit holds: all figures and names follow from its number, so any value can be checked by itself.

use cco::snapshot::{
    Agent, Counters, Draft, Frame, Health, ModelRow, Picodollars, ProjectRow, Publication, SessionRow, Totals,
};

/// Sessions of every commit.
const SESSIONS: u64 = 3;
/// Most models of a commit: more than a new file has room for.
const MODELS_MAX: u64 = 48;

fn counters(commit: u64) -> Counters {
    Counters {
        requests: commit,
        messages: commit ^ 0x5555,
        input_tokens: commit.wrapping_mul(3),
        output_tokens: !commit,
        cache_read_tokens: commit.rotate_left(32),
        cost: Picodollars(u128::from(commit) << 64 | u128::from(!commit)),
        ..Counters::default()
    }
}

/// Models grow in number, now and then to more than fit, and shrink again.
fn models(commit: u64) -> u64 {
    1 + (commit / 97) % MODELS_MAX
}

fn session_id(commit: u64, session: u64) -> String {
    format!("session-{commit}-{session}")
}

/// The tables of a commit. Sessions get new names each time, so names outgrow the file.
pub(crate) fn edit(draft: &mut Draft, commit: u64) {
    for session in 0..SESSIONS {
        let row = SessionRow {
            session: draft.intern(&session_id(commit, session)),
            last_at: commit.cast_signed(),
            counters: counters(commit),
            ..SessionRow::default()
        };
        put(draft, session, row);
    }
    while draft.len::<ModelRow>() as u64 > models(commit) {
        draft.swap_remove::<ModelRow>(0);
    }
    for model in 0..models(commit) {
        let name = draft.intern(&format!("model-{model}"));
        put(draft, model, ModelRow { name, counters: counters(commit), ..ModelRow::default() });
    }
    // A project that comes and goes.
    if commit.is_multiple_of(2) {
        let project = draft.intern("project");
        put(draft, 0, ProjectRow { project, counters: counters(commit), ..ProjectRow::default() });
    } else if !draft.is_empty::<ProjectRow>() {
        draft.swap_remove::<ProjectRow>(0);
    }
}

fn put<R: cco::snapshot::Row>(draft: &mut Draft, at: u64, row: R) {
    let at = usize::try_from(at).expect("rows are few");
    if draft.len::<R>() <= at {
        draft.push(&row);
    } else {
        draft.set(at, &row);
    }
}

/// The totals of a commit. The history ring takes an entry a second, by the clock of the commits.
pub(crate) fn publication(commit: u64) -> Publication {
    Publication { published_at: commit.cast_signed(), totals: counters(commit), ..Publication::default() }
}

/// The health that is reported with it.
pub(crate) fn health(commit: u64) -> Health {
    Health { passes: commit, requests: commit, lag_us: !commit, ..Health::default() }
}

/// What is wrong with totals.
pub(crate) fn check_totals(totals: &Totals) -> Result<(), String> {
    let commit = totals.generation();
    let is_whole = totals.all_time() == counters(commit) && totals.published_at() == commit.cast_signed();
    if is_whole { Ok(()) } else { Err(format!("totals of commit {commit} are torn: {totals:?}")) }
}

/// What is wrong with a frame.
pub(crate) fn check_frame(frame: &Frame) -> Result<(), String> {
    check_totals(frame.totals())?;
    let commit = frame.totals().generation();
    let torn = |what: &str| Err(format!("{what} of commit {commit} are torn"));
    let sessions = frame.rows::<SessionRow>();
    let are_whole = sessions.len() as u64 == SESSIONS
        && sessions.zip(0..).all(|(row, number)| {
            frame.name(row.session) == session_id(commit, number) && row.counters == counters(commit)
        });
    if !are_whole {
        return torn("sessions");
    }
    let models_of = frame.rows::<ModelRow>();
    let are_whole = models_of.len() as u64 == models(commit)
        && models_of.zip(0..).all(|(row, number)| {
            frame.name(row.name) == format!("model-{number}") && row.counters == counters(commit)
        });
    if !are_whole {
        return torn("models");
    }
    let mut projects = frame.rows::<ProjectRow>();
    let expected = usize::from(commit.is_multiple_of(2));
    if projects.len() != expected || projects.any(|row| row.counters != counters(commit)) {
        return torn("projects");
    }
    let mut last = 0;
    for row in frame.history() {
        let commit = row.counters.requests;
        if row.counters != counters(commit) || commit <= last {
            return torn("history");
        }
        last = commit;
    }
    Ok(())
}

/// What is wrong with the answer to a lookup of the project that comes and goes.
pub(crate) fn check_project(row: Option<ProjectRow>) -> Result<(), String> {
    let Some(row) = row else { return Ok(()) };
    let commit = row.counters.requests;
    let is_whole = row.counters == counters(commit) && commit.is_multiple_of(2);
    if is_whole { Ok(()) } else { Err(format!("a lookup is torn: {row:?}")) }
}

/// The key of that project.
pub(crate) const PROJECT: (Agent, &str) = (Agent::CLAUDE_CODE, "project");

/// What is wrong with health.
pub(crate) fn check_health(health: &Health) -> Result<(), String> {
    let is_whole = health.passes == health.requests && health.lag_us == !health.passes;
    if is_whole { Ok(()) } else { Err(format!("health is torn: {health:?}")) }
}
