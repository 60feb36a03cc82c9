//! `cco ledger verify`: checks the ledger, and says what to do if it is not OK.
//!
//! Invariant: it changes nothing, and no publisher waits for it. An older ledger is not upgraded.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::open_ledger::to_read;
use crate::cli::{Exit, Failure, note, print, print_json};
use crate::config::Settings;
use crate::ledger::{Difference, Rollup, Verification};
use crate::plain_text::{name, plain};
use crate::report::cost::Cost;
use crate::report::figures::{counted, grouped, rfc3339};
use crate::report::parts::usd;

/// How many differences are printed as text.
const NAMED: usize = 10;

/// Runs `cco ledger verify`.
pub(super) fn run(settings: &Settings, json: bool) -> Result<ExitCode, Failure> {
    let ledger = to_read(settings)?;
    if !ledger.is_priced_with(settings.prices.table())? {
        let words = "the ledger's costs were computed with other prices; to update them: cco publish --once, or cco \
                     ledger rebuild";
        return Err(Failure::new(Exit::Failed, words));
    }
    let found = ledger.verify(settings.prices.table())?;
    if json {
        print_json(&Report::of(&found))?;
    } else {
        print(&text(&found))?;
    }
    if found.is_sound() {
        return Ok(ExitCode::SUCCESS);
    }
    note(if found.damage.is_empty() {
        "cco: to repair it: cco ledger rebuild"
    } else {
        "cco: the file is damaged; to replace it with a backup: cco ledger restore FILE; without a backup, move the \
         file away and scan again: cco publish --once"
    });
    Ok(ExitCode::from(Exit::Failed as u8))
}

fn text(found: &Verification) -> String {
    if found.is_sound() {
        let (totals, messages) = (counted(found.rollups, "total"), counted(found.messages, "message"));
        return format!("OK: {totals} match {messages}\n");
    }
    let mut text = String::from("not OK\n");
    let mut put = |line: String| writeln!(text, "  {line}").expect("writing to a String cannot fail");
    for line in found.damage.iter().take(NAMED) {
        put(format!("damaged: {}", plain(line)));
    }
    if found.differing > 0 {
        let of = counted(found.rollups, "total");
        put(format!("{} of {of} do not match the requests:", grouped(found.differing)));
    }
    for Difference { found, expected, .. } in found.differences.iter().take(NAMED) {
        if let Some(place) = found.as_ref().or(expected.as_ref()) {
            put(format!("{}: {} instead of {}", where_is(place), figures(found), figures(expected)));
        }
    }
    let more = (found.differing + found.damage.len() as u64).saturating_sub(NAMED as u64);
    if more > 0 {
        put(format!("and {} more", grouped(more)));
    }
    text
}

fn where_is(rollup: &Rollup) -> String {
    let quarter = rfc3339(rollup.quarter_ms).unwrap_or_default();
    let [model, session, project] = [&rollup.model, &rollup.session, &rollup.project].map(|it| name(it));
    format!("{quarter} {model} session {session} project {project}")
}

fn figures(rollup: &Option<Rollup>) -> String {
    rollup.as_ref().map_or_else(
        || "nothing".into(),
        |rollup| {
            let counters = &rollup.figures.auto;
            let (requests, tokens) = (counted(counters.requests, "request"), counters.total_tokens());
            format!("{requests}, {}, {}", counted(tokens, "token"), Cost::from(counters))
        },
    )
}

#[derive(Serialize)]
struct Report<'a> {
    sound: bool,
    damage: &'a [String],
    messages: u64,
    rollups: u64,
    /// How many rollups differ; the first hundred are in `differences`.
    differing: u64,
    differences: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    quarter: Option<String>,
    session: &'a str,
    project: &'a str,
    model: &'a str,
    found: Option<Sums>,
    expected: Option<Sums>,
}

#[derive(Serialize)]
struct Sums {
    requests: u64,
    messages: u64,
    total_tokens: u64,
    cost_usd: Box<RawValue>,
}

impl<'a> Report<'a> {
    fn of(found: &'a Verification) -> Self {
        Self {
            sound: found.is_sound(),
            damage: &found.damage,
            messages: found.messages,
            rollups: found.rollups,
            differing: found.differing,
            differences: found.differences.iter().filter_map(Row::of).collect(),
        }
    }
}

impl<'a> Row<'a> {
    fn of(difference: &'a Difference) -> Option<Self> {
        let place = difference.found.as_ref().or(difference.expected.as_ref())?;
        Some(Self {
            quarter: rfc3339(place.quarter_ms),
            session: &place.session,
            project: &place.project,
            model: &place.model,
            found: difference.found.as_ref().map(Sums::of),
            expected: difference.expected.as_ref().map(Sums::of),
        })
    }
}

impl Sums {
    fn of(rollup: &Rollup) -> Self {
        let counters = &rollup.figures.auto;
        Self {
            requests: counters.requests,
            messages: counters.messages,
            total_tokens: counters.total_tokens(),
            cost_usd: usd(counters.cost),
        }
    }
}
