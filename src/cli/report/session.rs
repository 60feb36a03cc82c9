//! `cco session --id`: one session, day by day, and how Claude Code's own figures differ.
//!
//! Invariant: the start of an id selects a session only if no other id starts with it.

use super::arguments::{Common, Form, put_in_order};
use super::basis::Basis;
use super::differences;
use super::grouped::{read, show};
use super::own_figures::by_model;
use super::table::{self, Shape};
use crate::cli::table::{width_to_fit, words};
use crate::cli::{Exit, Failure, print, print_json};
use crate::plain_text;
use crate::report::figures::{counted, grouped};
use crate::report::usage::compat::{Request, Session};
use crate::report::usage::reconcile::Reconciliation;
use crate::report::usage::reconcile::json::OneSession;
use crate::report::usage::{ChoiceError, Division, Grouping, Report, choose, json, moment};
use crate::snapshot::Counters;

/// Runs `cco session --id`.
pub(super) fn run(id: &str, common: &Common) -> Result<(), Failure> {
    let mut basis = Basis::of(common, true)?;
    let chosen = choose::session(&basis.ledger, id);
    // ccusage takes only whole ids, and prints null for any other.
    let is_whole = match &chosen {
        Ok((_, name)) => **name == *id,
        Err(error) => !matches!(error, ChoiceError::Unknown(_) | ChoiceError::Ambiguous(_)),
    };
    if basis.form == Form::Compat && !is_whole {
        return print_json(&());
    }
    let (session, name) = chosen?;
    basis.query.only.session = Some(session);
    if basis.form == Form::Compat {
        if basis.query.only.has_filters() || common.since.is_some() || common.until.is_some() {
            let words = "ccusage lists all requests of a session: omit the filters, or omit --compat";
            return Err(Failure::new(Exit::Usage, words));
        }
        let totals = read(&basis, Grouping::Sessions, &Division::default())?.totals;
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
                let cost = basis.costs.are_shown().then(|| request.recorded_cost.unwrap_or_default());
                requests.push(Request::of(record.at_ms, request.model.into(), &counters, cost));
            }
        };
        basis.ledger.session_records(session, list)?;
        return print_json(&Session::of(name, &totals, requests, basis.costs));
    }
    let mut report =
        read(&basis, Grouping::Days, &Division { by_project: false, by: common.dimensions.by() })?;
    if basis.form == Form::Json && basis.costs.are_shown() {
        differences::note_wanted(&basis, common)?;
        put_in_order(&mut report, common.order, basis.form);
        let document =
            json::Document::of(basis.head("daily"), &report, &basis.query, basis.costs, &basis.aliases);
        let document = document.with_title(basis.ledger.title(session)?);
        let compared = Reconciliation::of_session(&basis.ledger, &basis.query, session)?;
        return print_json(&OneSession::of(document, compared.as_ref(), &basis.aliases));
    }
    if basis.form != Form::Text || report.rows.is_empty() {
        return show(&basis, report, common, false);
    }
    differences::note_wanted(&basis, common)?;
    let whole = read(&basis, Grouping::Sessions, &Division::default())?;
    let shape = Shape { by_project: false, by_model: true, is_compact: common.compact, costs: basis.costs };
    let days = table::report(&report, shape, &basis, None, &basis.marking(report.grouping));
    let foot = table::foot(&basis, &report.models, days.has_marks());
    let own = if basis.costs.are_shown() { own_figures(&basis, session)? } else { String::new() };
    print(&format!("{}\n{}{foot}{own}", head(&whole, &basis), days.render(width_to_fit())))
}

/// The session's id, project, first and last request, and how many messages it has.
fn head(whole: &Report, basis: &Basis) -> String {
    let rows = whole.rows.iter().map(|row| {
        let (id, project) =
            (table::label(row, whole.grouping, &basis.aliases), table::project(row, &basis.aliases));
        let zone = &basis.settings.zone;
        let (first, last) = (moment(row.first_ms, zone), moment(row.last_ms, zone));
        let title = row.title.as_deref().map(|title| format!("{}\n", plain_text::name(title)));
        let (id, project) = (plain_text::name(&id), plain_text::name(&project));
        format!("{}{id} in {project}, {first} to {last}\n", title.unwrap_or_default())
    });
    let messages = counted(whole.totals.messages, "message");
    let provisional = match whole.totals.provisional_messages {
        0 => "all with their final output counts".to_owned(),
        count => format!("{} of them provisional: their output is a lower bound", grouped(count)),
    };
    words(&format!("{}{messages}, {provisional}\n", rows.collect::<String>()))
}

/// Claude Code's own figures for the session, or that there are none.
fn own_figures(basis: &Basis, session: i64) -> Result<String, Failure> {
    let text = match Reconciliation::of_session(&basis.ledger, &basis.query, session)? {
        Some(row) => format!("\n{}", by_model(&row, &basis.settings.zone, &basis.aliases)),
        None => words("Claude Code recorded no figures of its own for this session\n"),
    };
    Ok(text)
}
