//! Everything a publisher needs to know; it reads no other settings later.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::pricing::PriceTable;
use crate::state_folder::StateFolder;
use crate::usage::Exclude;

/// The roots, paths and settings of a publisher.
#[derive(Clone, Debug)]
pub struct Job {
    /// Folders that contain `projects/`, now or later.
    pub roots: Vec<PathBuf>,
    /// What to leave out.
    pub exclude: Exclude,
    /// The state folder.
    pub state: StateFolder,
    /// The snapshot.
    pub snapshot: PathBuf,
    /// The time zone of days, weeks and months.
    pub zone: TimeZone,
    /// Its name.
    pub zone_name: String,
    /// First day of the week.
    pub week_start: Weekday,
    /// Whether titles of sessions are kept.
    pub keeps_titles: bool,
    /// Prices.
    pub prices: PriceTable,
    /// The number of threads that read transcripts.
    pub threads: NonZeroUsize,
}
