//! Maps the user's snapshot and prints today's figures: all that a status line needs.
//!
//! `cargo run --no-default-features --example read_totals -- [SNAPSHOT]`

use cco::snapshot::{Reader, Span, default_path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).map(Into::into).or_else(default_path);
    let path = path.ok_or("say where the snapshot is: neither HOME nor XDG_STATE_HOME is set")?;
    let mut reader = Reader::open(path)?;

    let today = reader.counters(Span::Today)?; // loads only: call it as often as you draw
    println!("today {:.2} USD, {} tokens", today.counters.cost, today.counters.total_tokens());

    let freshness = reader.freshness()?; // reads the clock and the lock: now and then is enough
    println!("publisher {:?}, last sign {:.1?} ago", freshness.writer, freshness.heartbeat_age);
    Ok(())
}
