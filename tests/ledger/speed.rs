//! How long the ledger takes. Run it alone, built for speed:
//! `cargo test --release --test ledger speed -- --ignored --nocapture`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cco::ledger::Tally;
use cco::pricing::CostMode;
use cco::usage::{Home, Key, Record};

use crate::sample::{MARCH_MS, batch, prices, record, temporary};

/// More than half a year of busy days, in about 40,000 rollups.
fn much() -> Vec<Record> {
    let one = record(0, 0, "", "");
    let mut records: Vec<Record> = Vec::new();
    for n in 0..120_000u64 {
        let key = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let at_ms = MARCH_MS + n.cast_signed() * 150_000;
        // Records of a session share what repeats, as those that are read do.
        let home = match records.len().checked_sub(2).map(|before| &records[before].home) {
            Some(home) if n % 60 >= 2 => Arc::clone(home),
            _ => Arc::new(Home {
                copied: false,
                sidechain: false,
                session: format!("{:08x}-session-{}", n / 60, n % 2).into(),
                project: format!("-home-me-project-{}", n / 60 % 50).into(),
            }),
        };
        records.push(Record { key: Key(key), at_ms, home, ..one.clone() });
    }
    records
}

fn median(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

#[test]
#[ignore = "it measures"]
fn much_is_imported_and_read_and_a_request_is_taken_in() {
    let prices = prices(15);
    let mut temporary = temporary();
    let records = much();
    let begun = Instant::now();
    temporary.ledger.import(&batch(&records), &prices).unwrap();
    println!("import of {} records into a new ledger: {:?}", records.len(), begun.elapsed());
    let size = std::fs::metadata(temporary.ledger.path()).unwrap().len();
    println!("size: {} bytes a record", size / records.len() as u64);

    let begun = Instant::now();
    temporary.ledger.import(&batch(&records), &prices).unwrap();
    println!("import of the same again: {:?}", begun.elapsed());

    for _ in 0..3 {
        let begun = Instant::now();
        let mut count = 0;
        temporary
            .ledger
            .rollups(i64::MIN..i64::MAX, |rollup| count += u64::from(black_box(rollup).last_ms > 0))
            .unwrap();
        println!("reading {count} rollups: {:?}", begun.elapsed());
    }
    let begun = Instant::now();
    let mut count = 0;
    let visit = |tally: &Tally| count += u64::from(black_box(tally).last_ms > 0);
    temporary.ledger.tallies(i64::MIN..i64::MAX, CostMode::Auto, visit).unwrap();
    println!("reading {count} tallies: {:?}", begun.elapsed());

    let (mut new, mut grown, mut same) = (Vec::new(), Vec::new(), Vec::new());
    let last_ms = records.last().unwrap().at_ms;
    for n in 0..2_000u64 {
        let key = u128::from(n + 1_000_000).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let mut record = record(key, last_ms + n.cast_signed() * 1_000, "the-session", "-home-me-project-1");
        for times in [&mut new, &mut grown, &mut same] {
            let begun = Instant::now();
            temporary.ledger.apply(&batch(std::slice::from_ref(&record)), &prices).unwrap();
            times.push(begun.elapsed());
            record.tokens.output = 200;
        }
    }
    println!("a new request: {:?} (median, p99)", median(new));
    println!("a request that grew: {:?}", median(grown));
    println!("a request that is known: {:?}", median(same));

    let begun = Instant::now();
    assert!(temporary.ledger.verify(&prices).unwrap().is_sound());
    println!("verify: {:?}", begun.elapsed());
    let begun = Instant::now();
    temporary.ledger.rederive(&prices).unwrap();
    println!("pricing anew: {:?}", begun.elapsed());
    let begun = Instant::now();
    temporary.ledger.export(&mut std::io::sink()).unwrap();
    println!("export: {:?}", begun.elapsed());
    let begun = Instant::now();
    temporary.ledger.backup(&temporary.folder.path().join("backup.db")).unwrap();
    println!("backup: {:?}", begun.elapsed());
}
