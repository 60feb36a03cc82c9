//! Sleeps until something was counted and prints the dearest models then: a dashboard in forty lines.
//!
//! `cargo run --no-default-features --example watch_tables -- [SNAPSHOT]`

use std::time::Duration;

use cco::snapshot::{ModelRow, Reader, Wait, default_path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).map(Into::into).or_else(default_path);
    let path = path.ok_or("say where the snapshot is: neither HOME nor XDG_STATE_HOME is set")?;
    let mut reader = Reader::open(path)?;
    let mut frame = reader.frame()?;
    loop {
        let mut models: Vec<ModelRow> = frame.rows().collect();
        models.sort_by_key(|model| std::cmp::Reverse(model.counters.cost));
        println!("commit {}", frame.totals().generation());
        for model in models.iter().take(5) {
            println!("  {:>12.4} USD  {}", model.counters.cost, frame.name(model.name));
        }
        match reader.wait(Duration::from_secs(60))? {
            Wait::Changed => reader.frame_into(&mut frame)?, // one commit's tables, into the same memory
            Wait::TimedOut => {}
            Wait::WriterGone => return Ok(()),
        }
    }
}
