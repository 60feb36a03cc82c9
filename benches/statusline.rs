//! What status lines cost: `cco-peek statusline` as sixteen terminals run it, each once a second.
//!
//! ```text
//! cargo bench --bench statusline         CCO_BENCH_PEEK=FILE measures another build of cco-peek
//! ```
//!
//! Prints the processor time of a run, all of it: starting the program, reading a full input, looking at a heavy
//! user's snapshot, printing. And the part of one core that sixteen a second take. `/bin/true` stands beside it: what
//! starting any program costs here.

#[allow(dead_code)] // made for more than this
mod fixture;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs of which the processor time is taken.
const RUNS: u32 = 1000;
/// Runs a second of sixteen status lines.
const A_SECOND: f64 = 16.0;
/// What Claude Code gives, with a session of the snapshot's.
const INPUT: &str = include_str!("../tests/peek/claude/v2.json");

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let snapshot = folder.path().join("usage.snapshot");
    let mut writer = fixture::heavy_user(&snapshot);
    writer.commit(&fixture::publication(1)).expect("a commit");
    let input = INPUT.replace("sess-1", "00000100-0000-4000-8000-000000000100");
    let program = std::env::var("CCO_BENCH_PEEK").unwrap_or_else(|_| env!("CARGO_BIN_EXE_cco-peek").into());

    let mut statusline = Command::new(&program);
    statusline.arg("statusline").env_clear().env("CCO_SNAPSHOT", &snapshot).env("HOME", folder.path());
    let line = run(&mut statusline, &input);
    println!("{line}");
    assert!(!line.contains('*'), "the session is found");
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "[statusline]\ntheme = \"icons\"\n").expect("a configuration");
    let mut configured = Command::new(&program);
    configured.arg("statusline").env_clear().env("CCO_SNAPSHOT", &snapshot).env("CCO_CONFIG", &config);

    println!("{:<28} {:>12} {:>12} {:>16}", "", "processor", "elapsed", "16 a second");
    measure("statusline", &mut statusline, &input);
    measure("with a configuration", &mut configured, &input);
    if Path::new("/bin/true").exists() {
        measure("/bin/true", &mut Command::new("/bin/true"), "");
    }
}

/// Runs it many times and prints what a run takes.
fn measure(name: &str, command: &mut Command, input: &str) {
    let mut elapsed = Vec::new();
    let before = processor_time();
    for _ in 0..RUNS {
        let started = Instant::now();
        run(command, input);
        elapsed.push(started.elapsed());
    }
    let processor = (processor_time() - before) / RUNS;
    elapsed.sort_unstable();
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "{name:<28} {:>9.0} µs {:>9.0} µs {:>14.2} %",
        us(processor),
        us(elapsed[elapsed.len() / 2]),
        processor.as_secs_f64() * A_SECOND * 100.0
    );
}

/// What it prints.
fn run(command: &mut Command, input: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a program that starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that needs no input may be gone before it is given.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("its output");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}

/// Processor time of all programs that were run and waited for, from the kernel's books: in user space and for it.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux's account of this process");
    let (_, fields) = stat.rsplit_once(") ").expect("fields behind the name");
    let fields: Vec<&str> = fields.split(' ').collect();
    // Children's user and system time are fields 16 and 17 of the line, in hundredths of a second.
    let ticks: u32 = fields[13..15].iter().map(|field| field.parse::<u32>().expect("a number")).sum();
    Duration::from_millis(10) * ticks
}
