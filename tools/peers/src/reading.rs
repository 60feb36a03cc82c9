//! What a read costs beside each kind of writer, and whether values are torn beside one at full speed.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::publisher::{Pace, Publisher};
use crate::system::{Outcome, System};
use crate::times::{Times, mean};

/// Batches of each round, and reads of which one takes the mean: so few that most batches are not interrupted.
const BATCHES: usize = 200;
const READS: u32 = 1_000;
/// Values that are checked in each round.
const CHECKED: u64 = 400_000;

/// What reading one system costs.
#[derive(Default)]
pub(crate) struct Costs {
    /// Of everything, by the writer's pace.
    pub(crate) all: [Times; 3],
    /// Of today.
    pub(crate) today: [Times; 3],
    /// Values that were checked beside a writer at full speed.
    pub(crate) checked: u64,
    /// Those that were of two values.
    pub(crate) torn: u64,
    /// What that writer did meanwhile, and in what time.
    writes: u64,
    time: Duration,
}

impl Costs {
    /// Writes a second of a writer at full speed beside a reader at full speed.
    #[allow(clippy::cast_precision_loss)] // for reading only
    pub(crate) fn writes_a_second(&self) -> f64 {
        self.writes as f64 / self.time.as_secs_f64()
    }
}

/// One round.
pub(crate) fn measure<S: System>(folder: &Path, costs: &mut Costs) -> Outcome<()> {
    for (at, pace) in Pace::ALL.into_iter().enumerate() {
        let folder = tempfile::tempdir_in(folder).map_err(|error| error.to_string())?;
        let mut publisher = Publisher::start::<S>(folder.path(), pace)?;
        let mut reader = S::reader(folder.path())?;
        read::<S>(&mut reader)?;
        publisher.report()?;
        let began = Instant::now();
        for _ in 0..BATCHES {
            costs.all[at].push(mean(READS, || S::all(&mut reader)));
            costs.today[at].push(mean(READS, || S::today(&mut reader)));
        }
        if pace == Pace::Full {
            costs.time += began.elapsed();
            costs.writes += publisher.report()?.0;
            for _ in 0..CHECKED {
                costs.torn += u64::from(!S::holds(&read::<S>(&mut reader)?));
            }
            costs.checked += CHECKED;
        }
        drop((reader, publisher));
        S::clean(folder.path());
    }
    Ok(())
}

/// One read, whose error ends the comparison.
fn read<S: System>(reader: &mut S::Reader) -> Outcome<S::All> {
    S::all(reader).map_err(|error| error.to_string())
}
