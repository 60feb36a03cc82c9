//! `--debug`: how the costs in transcripts differ from list prices, as words on stderr.
//!
//! Invariant: what cannot be compared is counted and named, never left out in silence.

use super::arguments::Common;
use super::basis::Basis;
use crate::cli::{Failure, note};
use crate::plain_text;
use crate::report::figures::{counted, dollars};
use crate::report::usage::{Differences, ModelDifferences, moment};
use crate::snapshot::Picodollars;

/// Notes the comparison for the requests of a report, if that was asked for.
pub(super) fn note_wanted(basis: &Basis, common: &Common) -> Result<(), Failure> {
    if common.debug.is_wanted && basis.costs.are_shown() {
        note(&differences(basis, common.debug.samples)?);
    }
    Ok(())
}

/// The comparison, with this many of the largest differences.
fn differences(basis: &Basis, samples: usize) -> Result<String, Failure> {
    let prices = basis.settings.prices.table();
    let found = Differences::read(&basis.ledger, &basis.query, prices, samples)?;
    if found.models.is_empty() {
        return Ok(
            "no transcript gives a cost for this usage, so there is nothing to compare with list prices"
                .into(),
        );
    }
    let sum = |part: fn(&ModelDifferences) -> u64| found.models.values().map(part).sum::<u64>();
    let mut lines = vec![format!(
        "{} with a cost in the transcript; {} from list prices by more than 0.1%",
        counted(sum(|model| model.requests), "request"),
        verb(sum(|model| model.differing), "differs", "differ"),
    )];
    for (model, figures) in &found.models {
        let ModelDifferences { requests, unpriced, differing, recorded, computed } = *figures;
        let mut line = format!("  {}: {}", plain_text::name(model), counted(requests, "request"));
        if unpriced < requests {
            line += &format!(", {}, {}", beside(recorded, computed), verb(differing, "differs", "differ"));
        }
        if unpriced > 0 {
            line += &format!(", {} no list price", verb(unpriced, "has", "have"));
        }
        lines.push(line);
    }
    if !found.requests.is_empty() {
        let (shown, all) = (found.requests.len(), sum(|model| model.differing));
        lines.push(format!("largest differences ({shown} of {all}):"));
    }
    for request in &found.requests {
        lines.push(format!(
            "  {}  {}: {}, session {}",
            moment(request.at_ms, &basis.settings.zone),
            plain_text::name(&request.model),
            beside(request.recorded, request.computed),
            plain_text::name(&request.session)
        ));
    }
    Ok(lines.join("\n"))
}

fn verb(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn beside(recorded: Picodollars, computed: Picodollars) -> String {
    format!("{} in the transcript, {} by list prices", dollars(recorded), dollars(computed))
}
