//! `cco daily`, `weekly`, `monthly`, `yearly`, `session`, `project`, `model`, `blocks` and `reconcile`: usage over time.
//!
//! Invariant: a report includes everything the transcripts held when the command started, because the ledger is updated
//! first; if that fails or is not wanted, the report says so. A report in another zone publishes nothing in that zone.

mod arguments;
mod basis;
mod block_table;
mod blocks;
mod differences;
mod grouped;
mod own_figures;
mod reconcile;
mod session;
mod table;

use self::grouped::{by_period, plain};
use super::Failure;
use crate::report::usage::Grouping;

pub(super) use self::arguments::{BlockOptions, Command, Mode};
pub(super) use self::blocks::{lines, read as read_blocks};

/// Runs a report.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Daily(arguments) => by_period(Grouping::Days, arguments, None),
        Command::Weekly(arguments) => {
            by_period(Grouping::Weeks, &arguments.periods, arguments.start_of_week.map(Into::into))
        }
        Command::Monthly(arguments) => by_period(Grouping::Months, arguments, None),
        Command::Yearly(arguments) => by_period(Grouping::Years, arguments, None),
        Command::Session(arguments) => match &arguments.id {
            Some(id) => session::run(id, &arguments.common),
            None => plain(Grouping::Sessions, &arguments.common),
        },
        Command::Project(common) => plain(Grouping::Projects, common),
        Command::Model(common) => plain(Grouping::Models, common),
        Command::Blocks(arguments) => blocks::run(arguments),
        Command::Reconcile(arguments) => reconcile::run(arguments),
    }
}
