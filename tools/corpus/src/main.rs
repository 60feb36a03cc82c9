//! `cco-corpus`: generates transcripts for benchmarks, and appends to them as running sessions do.
//!
//! This file only parses arguments, calls the library, prints and returns the exit code. Invariant: it writes
//! only to the folder it is given, and appends only to a folder that it filled. Exit codes: 0 done, 1
//! failure, 2 usage error.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use corpus::{Append, Made, Rate, Size, Spec, append, generate};
use jiff::civil::Date;

/// Generate Claude Code transcripts in the formats and proportions of real ones.
///
/// The same arguments give the same bytes. The correct totals are printed and written to
/// FOLDER/corpus-SEED.json.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  cco-corpus /tmp/corpus                            1.2 GB in 2,500 files, the reference size
  cco-corpus /tmp/small --bytes 20MB --files 100    a small one
  cco-corpus append /tmp/corpus --rate 50/s --lines 3000 --log /tmp/appends.tsv")]
struct Arguments {
    #[command(flatten)]
    make: Make,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Append to a corpus as running sessions do, to measure latency
    Append(Appending),
}

#[derive(Debug, Args)]
struct Make {
    /// Folder to fill; transcripts go to FOLDER/projects
    #[arg(value_name = "FOLDER", required = true)]
    folder: Option<PathBuf>,
    /// Total size of all transcripts, accurate to a few percent
    #[arg(long, default_value = "1.2GB", value_name = "SIZE")]
    bytes: Size,
    /// Number of transcripts
    #[arg(long, default_value_t = 2500, value_name = "N")]
    files: usize,
    /// Number of projects
    #[arg(long, default_value_t = 50, value_name = "N")]
    projects: usize,
    /// Seed for all random choices
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// First day, UTC
    #[arg(long, default_value_t = Spec::default().from, value_name = "DATE")]
    from: Date,
    /// Last day, UTC
    #[arg(long, default_value_t = Spec::default().to, value_name = "DATE")]
    to: Date,
    /// Allow a folder that is not empty; existing files are not changed
    #[arg(long)]
    force: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Appending {
    /// A folder that cco-corpus filled
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Lines per second (50/s) or per minute (30/m) [default: as fast as possible]
    #[arg(long)]
    rate: Option<Rate>,
    /// Lines to append
    #[arg(long, default_value_t = 1000, value_name = "N")]
    lines: u64,
    /// Seed for the choice of transcripts and content
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Write each line in two halves, half an interval apart
    #[arg(long)]
    split: bool,
    /// Write a table of all appends to a new FILE
    #[arg(
        long,
        value_name = "FILE",
        long_help = "\
Write a table of all appends to a new FILE. Tab-separated columns: begun_us and done_us (microseconds since the \
Unix epoch, before and after the write that completed the line), kind (usage or other), bytes, messages and tokens \
(the correct totals of everything appended so far), path"
    )]
    log: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match (&arguments.command, &arguments.make.folder) {
        (Some(Command::Append(appending)), _) => appending.run(),
        (None, Some(folder)) => arguments.make.run(folder),
        (None, None) => Err("no folder given: run cco-corpus FOLDER".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cco-corpus: {}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

impl Make {
    fn run(&self, folder: &std::path::Path) -> Result<(), Box<dyn Error>> {
        let spec = Spec {
            bytes: self.bytes.0,
            files: self.files,
            projects: self.projects,
            seed: self.seed,
            from: self.from,
            to: self.to,
        };
        let started = Instant::now();
        let made = if self.force { spec.generate_beside(folder)? } else { generate(&spec, folder)? };
        print(&made, self.json, &format!("generated in {:.1?}", started.elapsed()))?;
        Ok(())
    }
}

impl Appending {
    fn run(&self) -> Result<(), Box<dyn Error>> {
        let mut log = match &self.log {
            Some(path) => {
                let file = File::create_new(path).map_err(|error| {
                    format!("cannot create {}: use a file that does not exist: {error}", path.display())
                })?;
                let mut log = BufWriter::new(file);
                writeln!(log, "begun_us\tdone_us\tkind\tbytes\tmessages\ttokens\tpath")?;
                Some(log)
            }
            None => None,
        };
        let spec = Append { lines: self.lines, rate: self.rate, seed: self.seed, split: self.split };
        let started = Instant::now();
        let made = append(&spec, &self.folder, |line| {
            let Some(log) = &mut log else { return Ok(()) };
            let kind = if line.usage { "usage" } else { "other" };
            writeln!(
                log,
                "{}\t{}\t{kind}\t{}\t{}\t{}\t{}",
                line.begun_us,
                line.done_us,
                line.bytes,
                line.messages,
                line.tokens.total(),
                line.path.display()
            )
        })?;
        if let Some(mut log) = log {
            log.flush()?;
        }
        let took = started.elapsed();
        let rate = self.lines as f64 / took.as_secs_f64();
        print(
            &made,
            self.json,
            &format!("appended in {took:.1?}, {rate:.0} lines/s; files counts new files only"),
        )?;
        Ok(())
    }
}

fn print(made: &Made, json: bool, note: &str) -> io::Result<()> {
    let text = if json { made.to_json() } else { format!("{made}\n{note}") };
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
