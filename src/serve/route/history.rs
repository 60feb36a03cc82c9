//! `/api/history`: usage over time in equal steps.
//!
//! The last hour comes from the snapshot, second by second, as it was published; what is older comes from the ledger,
//! by quarter hours, as it was used.
//!
//! Invariant: an answer has a bounded number of points, and says where they come from.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;

use super::filters::{MODEL, PROJECT, refuse_names, refused};
use super::usage::text;
use crate::period::QUARTER_MS;
use crate::report::history::{History, Range, Split};
use crate::report::usage::choose::{self, Wanted};
use crate::serve::aliases::Names;
use crate::serve::described::{Parameter, Route};
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::rendition::JSON;
use crate::serve::reports::{From, failed, open};
use crate::serve::served::Served;
use crate::serve::source::now_ms;

const SINCE: Parameter = Parameter::one(
    "since",
    "1h",
    "Start: a time such as 2026-11-24T10:00:00Z, or how long ago, such as 30m, 6h or 7d",
);
const UNTIL: Parameter =
    Parameter::one("until", "2026-11-24T11:00:00Z", "End, in the same forms [default: now]");
const STEP: Parameter =
    Parameter::one("step", "15m", "Length of a step, such as 1s, 1m, 15m or 1d; from 15m on from the ledger");

const BY: Parameter =
    Parameter::one("by", "model", "Split each step by model or project; from 15m on from the ledger");

const PARAMETERS: &[Parameter] = &[SINCE, UNTIL, STEP, BY, PROJECT, MODEL];

pub(in crate::serve) const ROUTES: &[Route] = &[Route {
    path: "/api/history",
    summary: "Usage over time in equal steps; steps without usage are left out",
    parameters: PARAMETERS,
    kind: JSON,
    is_open: false,
    methods: || get(history),
}];

const HOUR_MS: i64 = 3_600_000;
/// The most steps of an answer.
const STEPS: i64 = 4_000;
/// As many steps as a default step makes, at most.
const STEPS_BY_DEFAULT: i64 = 400;
/// Steps that read well, in milliseconds.
const NICE_STEPS: [i64; 14] = {
    const SECOND: i64 = 1_000;
    const MINUTE: i64 = 60 * SECOND;
    [
        SECOND,
        5 * SECOND,
        10 * SECOND,
        30 * SECOND,
        MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR_MS,
        3 * HOUR_MS,
        6 * HOUR_MS,
        12 * HOUR_MS,
        24 * HOUR_MS,
        7 * 24 * HOUR_MS,
    ]
};

async fn history(
    State(served): State<Arc<Served>>,
    names: Names,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, PARAMETERS)?;
    let now_ms = now_ms();
    let range = range(&parameters, now_ms)?;
    let commit = served.source.commit().map_err(|absent| served.absent(&absent))?;
    let split = split(&parameters)?;
    let (projects, models) = (parameters.all("project"), parameters.all("model"));
    if !projects.is_empty() {
        refuse_names(names)?;
    }
    let question = format!("history {range:?} {split:?} {projects:?} {models:?}{}", names.mark());
    let shared = Arc::clone(&served);
    let from = if range.step_ms < QUARTER_MS { From::Snapshot } else { From::Ledger };
    let read = move || {
        if from == From::Snapshot {
            let view = shared.source.view().map_err(|absent| shared.absent(&absent))?;
            let Some(frame) = &view.frame else { return Err(Problem::not_found()) };
            return text(&History::of_snapshot(frame, range));
        }
        let ledger = open(&shared.settings.state.ledger())?;
        let aliases = shared.chosen_aliases(names);
        let wanted = Wanted { projects, models, ..Wanted::default() };
        let only = choose::only(&ledger, &wanted, aliases).map_err(|error| refused(&error))?;
        let mut history = History::of_ledger(&ledger, range, &only, split).map_err(|error| failed(&error))?;
        if names == Names::Hidden {
            history.hide_names(|kind, name| shared.aliases.of(kind, name));
        }
        text(&history)
    };
    let made = served.reports.answer(&served.counts, commit, from, question, read).await?;
    Ok(made.answer(&headers, &served.counts))
}

fn split(parameters: &Parameters) -> Result<Option<Split>, Problem> {
    parameters.word("by", &[("model", Split::Models), ("project", Split::Projects)])
}

fn range(parameters: &Parameters, now_ms: i64) -> Result<Range, Problem> {
    let moment = |text: &str| moment(text, now_ms);
    let until_ms = parameters.parsed("until", moment)?.unwrap_or(now_ms);
    let since_ms = parameters.parsed("since", moment)?.unwrap_or(until_ms.saturating_sub(HOUR_MS));
    let asked = parameters.parsed("step", length)?;
    if since_ms >= until_ms {
        return Err(Problem::query("since must be before until"));
    }
    let span_ms = until_ms.saturating_sub(since_ms);
    // The snapshot has the last hour, as one sum.
    let is_whole = ["by", "project", "model"].into_iter().all(|name| parameters.all(name).is_empty());
    let is_recent = is_whole && since_ms >= now_ms.saturating_sub(HOUR_MS + HOUR_MS / 60);
    let least = if is_recent { NICE_STEPS[0] } else { QUARTER_MS };
    let nice = || NICE_STEPS.into_iter().find(|step| *step >= least && span_ms / step <= STEPS_BY_DEFAULT);
    let step_ms = asked.or_else(nice).unwrap_or(NICE_STEPS[NICE_STEPS.len() - 1]);
    if step_ms < QUARTER_MS && !is_recent {
        return Err(Problem::query(
            "steps shorter than 15m are known for the last hour, and only for all usage together: use step=15m, or \
             since=1h without by, project and model",
        ));
    }
    if step_ms >= QUARTER_MS && step_ms % QUARTER_MS != 0 {
        return Err(Problem::query("steps from 15m on must be whole quarter hours, such as 15m, 1h or 1d"));
    }
    if span_ms / step_ms > STEPS {
        return Err(Problem::query(format!(
            "that is more than {STEPS} steps: use a longer step or a later since"
        )));
    }
    // The same question a moment later has the same steps.
    let since_ms = since_ms.div_euclid(step_ms) * step_ms;
    let until_ms = -(-until_ms).div_euclid(step_ms) * step_ms;
    Ok(Range { since_ms, until_ms, step_ms })
}

/// A moment: a time, or how long ago.
fn moment(text: &str, now_ms: i64) -> Result<i64, String> {
    if let Ok(ago) = length(text) {
        return Ok(now_ms.saturating_sub(ago));
    }
    let time: Result<jiff::Timestamp, _> = text.parse();
    time.map(jiff::Timestamp::as_millisecond)
        .map_err(|_| "use a time such as 2026-11-24T10:00:00Z, or how long ago, such as 30m, 6h or 7d".into())
}

/// A length of time in milliseconds: `30s`, `15m`, `6h`, `7d`.
fn length(text: &str) -> Result<i64, String> {
    let refused = || "use a length such as 30s, 15m, 6h or 7d".to_owned();
    let unit = text.chars().last().ok_or_else(refused)?;
    let unit_ms = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => HOUR_MS,
        'd' => 24 * HOUR_MS,
        _ => return Err(refused()),
    };
    let count: u32 = text[..text.len() - 1].parse().map_err(|_| refused())?;
    if count == 0 { Err(refused()) } else { Ok(i64::from(count).saturating_mul(unit_ms)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_123_456;

    fn asked(query: &str) -> Result<Range, Problem> {
        range(&Parameters::read(&format!("/x?{query}").parse().unwrap(), PARAMETERS)?, NOW)
    }

    #[test]
    fn steps_fit_the_range_and_begin_at_multiples() {
        let hour = asked("").unwrap();
        assert_eq!(hour.step_ms, 10_000);
        assert!(hour.since_ms % 10_000 == 0 && hour.until_ms % 10_000 == 0 && hour.until_ms >= NOW);
        assert_eq!(asked("since=2d").unwrap().step_ms, QUARTER_MS);
        assert_eq!(asked("since=365d").unwrap().step_ms, 24 * HOUR_MS);
        assert_eq!(asked("since=10m&step=1s").unwrap().step_ms, 1_000);
    }

    #[test]
    fn what_cannot_be_answered_is_refused() {
        for bad in [
            "since=2d&step=1m",
            "since=1h&until=2h",
            "step=20m",
            "step=0s",
            "since=1000d&step=15m",
            "since=x",
            "step=1é",
            "since=é",
            "since=-1h",
            "since=30m&step=1m&by=model",
            "since=30m&step=1m&project=a",
        ] {
            assert!(asked(bad).is_err(), "{bad}");
        }
        assert!(asked("since=4294967295d&step=7d").is_err());
    }
}
