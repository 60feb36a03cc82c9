//! What a publisher is to do, in full: nothing else is looked up later.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::pricing::PriceTable;
use crate::state_folder::StateFolder;
use crate::usage::Exclude;

/// What to publish from where to where.
#[derive(Clone, Debug)]
pub struct Job {
    /// Folders that hold `projects/`, or will.
    pub roots: Vec<PathBuf>,
    /// Places that are left out.
    pub exclude: Exclude,
    /// The state folder.
    pub state: StateFolder,
    /// The snapshot.
    pub snapshot: PathBuf,
    /// Zone of days, weeks and months.
    pub zone: TimeZone,
    /// Its name.
    pub zone_name: String,
    /// First day of the week.
    pub week_start: Weekday,
    /// Prices.
    pub prices: PriceTable,
    /// Threads that read transcripts.
    pub threads: NonZeroUsize,
}
