//! `--format prometheus`: metrics, once, for a file that node_exporter's textfile collector reads.
//!
//! Invariant: there is always output that is right, so it can replace the last file whatever the exit code is: without a
//! snapshot it says that no publisher is up, and nothing else.

use std::path::Path;

use super::arguments::Arguments;
use super::failure::{Failure, note_broken};
use super::look::{Chosen, chosen};
use super::show::print;
use crate::report::budget::Spent;
use crate::report::metrics::{
    Exposition, TextFormat, budgets, limits, publisher, publisher_is_unknown, usage,
};
use crate::report::{View, Want};
use crate::snapshot::{Code, wall_clock_ms_once};

/// Prints the metrics of the snapshot at `path`. Returns the exit code, which is 0 for figures that may be stale too:
/// they say so themselves.
pub(super) fn run(arguments: &Arguments, path: Option<&Path>) -> Result<Code, Failure> {
    if arguments.follow || arguments.template.is_some() || arguments.theme.is_some() {
        let words =
            "--format prometheus has no --follow, --template or --theme: run it again for newer figures";
        return Err(Failure::Usage(words.into()));
    }
    let mut exposition = Exposition::new(TextFormat::Prometheus);
    let found = path
        .ok_or(Failure::NoHome)
        .and_then(|path| View::once(path, Want::Tables, wall_clock_ms_once()).map_err(Failure::from));
    match found {
        Ok(view) => {
            publisher(&mut exposition, &view);
            if let Some(frame) = &view.frame {
                usage(&mut exposition, frame, arguments.metrics(), str::to_owned);
                limits(&mut exposition, frame, view.now);
            }
            let Chosen { budgets: wanted, broken, .. } = chosen(arguments.config.as_deref(), None);
            if let Some(broken) = broken {
                note_broken(&broken);
            }
            let statuses = Spent::of_totals(&view.totals).against(&wanted, view.now);
            budgets(&mut exposition, &statuses, view.now, str::to_owned);
            print(&exposition.finish())?;
            Ok(Code::Done)
        }
        Err(failure) => {
            publisher_is_unknown(&mut exposition);
            print(&exposition.finish())?;
            Err(failure)
        }
    }
}
