//! `/api/blocks`: the JSON of `cco blocks`.
//!
//! Invariant: filters change what blocks contain, never where they begin and end. An answer is kept for ten seconds at
//! most, because the current block has a clock in it; blocks begin and end on such seconds.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;

use super::filters::{
    AGENT_ID, BRANCH, EFFORT, ENTRYPOINT, Filters, GROUP, LAST, MCP_SERVER, MCP_TOOL, MODE, MODEL, NO_COST,
    ORDER, PLUGIN, PROJECT, SINCE, SKILL, SUBAGENT, TIMEZONE, UNTIL,
};
use super::usage::text;
use crate::period::BLOCK_MS;
use crate::report::usage::{BlockReport, json, length_ms};
use crate::serve::aliases::Names;
use crate::serve::described::{Parameter, Route};
use crate::serve::parameters::Parameters;
use crate::serve::problem::Problem;
use crate::serve::rendition::JSON;
use crate::serve::reports::{From, failed, open};
use crate::serve::served::Served;
use crate::serve::source::now_ms;

const ACTIVE: Parameter = Parameter::one("active", "true", "Only the current block");
const ALL: Parameter = Parameter::one("all", "true", "Also when there was no request at all");
const RECENT: Parameter = Parameter::one("recent", "true", "Only blocks from the last three days");
const TOKEN_LIMIT: Parameter = Parameter::one(
    "token_limit",
    "max",
    "Token limit to compare with: a number, or max for the largest earlier block",
);
const LENGTH: Parameter = Parameter::one("session_length", "5", "Block length in hours");

const PARAMETERS: &[Parameter] = &[
    SINCE,
    UNTIL,
    LAST,
    PROJECT,
    GROUP,
    MODEL,
    BRANCH,
    SUBAGENT,
    SKILL,
    PLUGIN,
    MCP_SERVER,
    MCP_TOOL,
    EFFORT,
    ENTRYPOINT,
    AGENT_ID,
    ORDER,
    MODE,
    TIMEZONE,
    NO_COST,
    ACTIVE,
    ALL,
    RECENT,
    TOKEN_LIMIT,
    LENGTH,
];

pub(in crate::serve) const ROUTES: &[Route] = &[Route {
    path: "/api/blocks",
    summary: "Usage in 5-hour blocks, the period of Claude's limits",
    parameters: PARAMETERS,
    kind: JSON,
    is_open: false,
    methods: || get(blocks),
}];

/// How long an answer is kept.
const KEPT_MS: i64 = 10_000;

async fn blocks(
    State(served): State<Arc<Served>>,
    names: Names,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::read(&uri, PARAMETERS)?;
    let filters = Filters::read(&parameters, &served.settings, names)?;
    let (active, recent) = (parameters.is_on("active")?, parameters.is_on("recent")?);
    let all = parameters.is_on("all")?;
    let limit = parameters.parsed("token_limit", str::parse)?;
    let length_ms = parameters.parsed("session_length", length_ms)?.unwrap_or(BLOCK_MS);
    let now_ms = now_ms();
    let question = format!(
        "blocks {} {active} {recent} {all} {limit:?} {length_ms} {}{}",
        filters.key(),
        now_ms / KEPT_MS,
        names.mark()
    );
    let commit = served.source.commit().map_err(|absent| served.absent(&absent))?;
    let shared = Arc::clone(&served);
    let read = move || {
        let account = shared.source.five_hour_limit().map_err(|absent| shared.absent(&absent))?;
        let ledger = open(&shared.settings.state.ledger())?;
        let aliases = shared.chosen_aliases(names);
        let query = filters.query(&ledger, aliases)?;
        let report = BlockReport::read(&ledger, &query, length_ms, limit, account, now_ms);
        let mut report = report.map_err(|error| failed(&error))?;
        report.keep_days(&query);
        if recent {
            report.keep_recent();
        }
        if active {
            report.keep_active();
        }
        if let Some(count) = filters.last {
            report.keep_last(usize::try_from(count).unwrap_or(usize::MAX));
        }
        if filters.is_descending == Some(true) {
            report.entries.reverse();
        }
        let head = filters.head("blocks");
        let document = json::Blocks::of(head, &report, filters.costs, aliases);
        text(&if all { document.with_idle(&report) } else { document })
    };
    let made = served.reports.answer(&served.counts, commit, From::Ledger, question, read).await?;
    Ok(made.answer(&headers, &served.counts))
}
