//! `cco prices check`: how old the bundled prices are, and which used models have no price, also as an exit code.
//!
//! Invariant: the exit code says only whether used models lack a price. An old table that has them all is no fault.

use serde::Serialize;

use super::open_ledger::to_read;
use super::options::Options;
use super::table::words;
use super::unpriced::{UnpricedModel, unpriced};
use super::{Exit, Failure, print, print_json};
use crate::plain_text;
use crate::pricing::{PriceTable, end_of_day_ms};
use crate::report::figures::{counted, grouped};

const DAY_MS: i64 = 86_400_000;

/// Options of `cco prices check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 all used models have a price; 1 any other error; 4 no ledger; 22 some have none."
)]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Serialize)]
struct Document {
    schema: u32,
    bundled: Option<&'static str>,
    age_days: Option<i64>,
    unpriced: Vec<UnpricedModel>,
}

/// Runs `cco prices check`.
pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let settings = arguments.options.settings()?;
    let unpriced = unpriced(&to_read(&settings)?, &settings)?;
    let exit = if unpriced.is_empty() { Exit::Done } else { Exit::Unpriced };
    let bundled = PriceTable::bundled().collected();
    let now = jiff::Timestamp::now().as_millisecond();
    let age_days = bundled.and_then(end_of_day_ms).map(|end_ms| ((now - end_ms + DAY_MS) / DAY_MS).max(0));
    let document = Document { schema: 1, bundled, age_days, unpriced };
    if arguments.json {
        print_json(&document)?;
    } else {
        print(&words(&text(&document)))?;
    }
    Ok(exit)
}

fn text(document: &Document) -> String {
    let age = document
        .age_days
        .map_or_else(String::new, |days| format!(", {} old", counted(days.unsigned_abs(), "day")));
    let mut text = format!("bundled prices: from {}{age}\n", document.bundled.unwrap_or("an unknown date"));
    for UnpricedModel { model, requests, tokens } in &document.unpriced {
        let model = plain_text::name(model);
        let requests = counted(*requests, "request");
        text += &format!("no price for {model}: {requests}, {} tokens\n", grouped(*tokens));
    }
    text + if document.unpriced.is_empty() {
        "all used models have a price\n"
    } else {
        "to add prices: cco prices --unpriced\n"
    }
}
