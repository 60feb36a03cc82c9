//! `cco session --id`: one session, day by day.

use super::arguments::{Common, Form};
use super::table::{self, Shape};
use super::{Asked, choose, read};
use crate::cli::{Exit, Failure, print, print_json};
use crate::report::figures::plain;
use crate::report::usage::compat::{Request, Session};
use crate::report::usage::{Grouping, Report};
use crate::snapshot::Counters;

/// Runs it.
pub(super) fn run(id: &str, common: &Common) -> Result<(), Failure> {
    let mut asked = Asked::of(common, true)?;
    let chosen = choose::session(&asked.ledger, id);
    if asked.form == Form::Compat && chosen.as_ref().is_err_and(|error| error.exit() == Exit::Missing) {
        // So says ccusage.
        return print_json(&());
    }
    let (session, name) = chosen?;
    asked.query.only.session = Some(session);
    if asked.form == Form::Compat {
        let totals = read(&asked, Grouping::Sessions, false)?.totals;
        let mut requests = Vec::new();
        let list = |record: &crate::usage::Record| {
            for request in record.requests() {
                let tokens = &request.tokens;
                let counters = Counters {
                    input_tokens: tokens.input,
                    output_tokens: tokens.output,
                    cache_write_5m_tokens: tokens.cache_write_5m,
                    cache_write_1h_tokens: tokens.cache_write_1h,
                    cache_read_tokens: tokens.cache_read,
                    ..Counters::default()
                };
                let cost = asked.costs.are_shown().then(|| request.recorded_cost.unwrap_or_default());
                requests.push(Request::of(record.at_ms, request.model.into(), &counters, cost));
            }
        };
        asked.ledger.session_records(session, list)?;
        return print_json(&Session::of(name, &totals, requests, asked.costs));
    }
    let report = read(&asked, Grouping::Days, false)?;
    if asked.form != Form::Text || report.rows.is_empty() {
        return super::show(&asked, report, common, false);
    }
    let whole = read(&asked, Grouping::Sessions, false)?;
    let shape = Shape { by_project: false, by_model: true, is_compact: common.compact, costs: asked.costs };
    let days = table::report(&report, shape, &asked.settings.zone);
    print(&format!("{}\n{days}{}", head(&whole, &asked), table::foot(&asked, &report.models)))
}

/// Which session it is, of which project, from when to when.
fn head(whole: &Report, asked: &Asked) -> String {
    let rows = whole.rows.iter().map(|row| {
        let (id, project) = (table::label(row, whole.grouping), table::project(row));
        let zone = &asked.settings.zone;
        let (first, last) = (table::moment(row.first_ms, zone), table::moment(row.last_ms, zone));
        format!("{} in {}, {first} to {last}\n", plain(&id), plain(&project))
    });
    rows.collect()
}
