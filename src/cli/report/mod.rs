//! `cco daily`, `weekly`, `monthly`, `yearly`, `session`, `project`, `model`, `branch` and other dimensions, `blocks` and
//! `reconcile`: usage over time.
//!
//! Invariant: a report includes everything the transcripts held when the command started, because the ledger is updated
//! first; if that fails or is not wanted, the report says so. A report in another zone publishes nothing in that zone.

mod arguments;
mod basis;
mod block_table;
mod blocks;
mod differences;
mod dimensions;
mod grouped;
mod own_figures;
mod reconcile;
mod session;
mod statistics;
mod table;

use self::grouped::{by_dimensions, by_period, plain};
use super::Failure;
use crate::report::usage::Grouping;
use crate::usage::Dimension;

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
        Command::Branch(common) => by_dimensions(&[Dimension::Branch], common),
        Command::Subagent(common) => by_dimensions(&[Dimension::Subagent], common),
        Command::Skill(common) => by_dimensions(&[Dimension::Skill], common),
        Command::Plugin(common) => by_dimensions(&[Dimension::Plugin], common),
        Command::Mcp(common) => by_dimensions(&[Dimension::McpServer, Dimension::McpTool], common),
        Command::Effort(common) => by_dimensions(&[Dimension::Effort], common),
        Command::Entrypoint(common) => by_dimensions(&[Dimension::Entrypoint], common),
        Command::Blocks(arguments) => blocks::run(arguments),
        Command::Reconcile(arguments) => reconcile::run(arguments),
    }
}
