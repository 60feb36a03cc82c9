//! Reading in process: totals beside writers, waiting, frames; and the least, a copy of as many words.

use std::path::Path;
use std::time::{Duration, Instant};

use cco::snapshot::Reader;

use crate::fixture::busy::{Busy, Waiting};
use crate::fixture::{SLOT_BYTES, Words, heavy_user};
use crate::measure::table::Table;
use crate::measure::times::{Times, mean, ratio, shown};

/// Turns, and reads of which one turn takes the mean.
const TURNS: usize = 50;
const READS: u32 = 20_000;
/// Waits, and frames.
const WAITS: usize = 1000;
const FRAMES: usize = 500;

/// Reads a heavy user's snapshot and prints medians.
pub(crate) fn compare(folder: &Path) {
    let path = folder.join("heavy.snapshot");
    let mut writer = heavy_user(&path);
    let words = Words::of_a_slot();
    let mut reader = Reader::open(&path).expect("a snapshot");
    let mut totals = || mean(READS, || reader.totals());
    let mut times: [Times; 4] = Default::default();
    for _ in 0..TURNS {
        times[0].push(mean(READS, || words.copy()));
        times[1].push(totals());
        for (times, every) in times[2..].iter_mut().zip([Duration::from_millis(1), Duration::ZERO]) {
            let busy = Busy::start(writer, every);
            times.push(totals());
            writer = busy.finish();
        }
    }

    let mut frame = reader.frame().expect("a frame");
    let mut read_frame = || {
        let began = Instant::now();
        reader.frame_into(&mut frame).expect("a frame");
        began.elapsed()
    };
    let frames: Times = (0..FRAMES).map(|_| read_frame()).collect();
    let mut waiting = Waiting::start(writer, &path);
    let waits: Times = (0..WAITS).map(|_| waiting.once()).collect();
    drop(waiting.finish());

    let mut table = Table::new(["reading in process", "median", "beside copying as many words"]);
    let names = [
        format!("copying the {SLOT_BYTES} bytes of a slot and no more"),
        "totals(), no writer".into(),
        "totals(), writer at 1 kHz".into(),
        "totals(), writer at full speed".into(),
    ];
    for (name, of_it) in names.iter().zip(&times) {
        let share = format!("{:.1}", ratio(of_it.median(), times[0].median()));
        table.row([name, &shown(of_it.median()), &share]);
    }
    #[allow(clippy::cast_precision_loss)] // for reading only
    let megabytes = frame.table_bytes() as f64 / 1e6;
    let what = format!(
        "a frame of {megabytes:.2} MB: 50 projects, 10 models, 4,096 sessions, 400 days, 744 hours, full ring"
    );
    table.row([&what, &shown(frames.median()), ""]);
    table.row(["wait(), from a commit until it has returned", &shown(waits.median()), ""]);
    table.row(["the same, p99", &shown(waits.at(990)), ""]);
    println!("{table}");
}
