//! Reading totals from a snapshot beside mmap-sync and iceoryx2's blackboard, which publish the same number of words to another
//! process: what a read costs, what a stopped reader does to the writer, what a reader needs, and whether values are torn.
//!
//! Invariant: figures are printed, never judged; every publisher and every stopped reader is a process of its own, and ends
//! when this one does.

mod access;
mod blackboard;
mod guarded;
mod ours;
mod publisher;
mod reading;
mod stopping;
mod system;

#[allow(dead_code)] // what benches have in common; this one uses a part
#[path = "../../../benches/measure/machine.rs"]
mod machine;
#[allow(dead_code)]
#[path = "../../../benches/measure/table.rs"]
mod table;
#[allow(dead_code)]
#[path = "../../../benches/measure/times.rs"]
mod times;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use access::Access;
use blackboard::Blackboard;
use guarded::Guarded;
use ours::Ours;
use publisher::Pace;
use reading::Costs;
use stopping::Stopped;
use system::{Outcome, System};
use table::Table;
use times::shown;

#[derive(Debug, Parser)]
#[command(
    name = "cco-peers",
    about = "Compare reading a snapshot with mmap-sync and with iceoryx2's blackboard"
)]
struct Arguments {
    /// Rounds over all systems and writers
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: usize,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What this program does in processes of its own.
#[derive(Debug, Subcommand)]
enum Role {
    #[command(hide = true)]
    Publish { system: String, folder: PathBuf, pace: Pace },
    #[command(hide = true)]
    Read { system: String, folder: PathBuf },
    #[command(hide = true)]
    Access { system: String, folder: PathBuf },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.role {
        None => compare(arguments.rounds),
        Some(Role::Publish { system, folder, pace }) => match of(&system) {
            Kind::Ours => publisher::run::<Ours>(&folder, pace),
            Kind::Guarded => publisher::run::<Guarded>(&folder, pace),
            Kind::Blackboard => publisher::run::<Blackboard>(&folder, pace),
        },
        Some(Role::Read { system, folder }) => match of(&system) {
            Kind::Ours => stopping::read::<Ours>(&folder),
            Kind::Guarded => stopping::read::<Guarded>(&folder),
            Kind::Blackboard => stopping::read::<Blackboard>(&folder),
        },
        Some(Role::Access { system, folder }) => match of(&system) {
            Kind::Ours => access::show::<Ours>(&folder),
            Kind::Guarded => access::show::<Guarded>(&folder),
            Kind::Blackboard => access::show::<Blackboard>(&folder),
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("cco-peers: {what}");
            ExitCode::FAILURE
        }
    }
}

/// Which system a process of its own is about.
enum Kind {
    Ours,
    Guarded,
    Blackboard,
}

fn of(name: &str) -> Kind {
    match name {
        name if name == Ours::NAME => Kind::Ours,
        name if name == Guarded::NAME => Kind::Guarded,
        _ => Kind::Blackboard,
    }
}

/// All that there is to say about one system.
struct Figures {
    name: &'static str,
    costs: Costs,
    stopped: Stopped,
    access: Access,
}

fn compare(rounds: usize) -> Outcome<()> {
    println!("{}\n", machine::described());
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut costs = [Costs::default(), Costs::default(), Costs::default()];
    for _ in 0..rounds {
        reading::measure::<Ours>(folder.path(), &mut costs[0])?;
        reading::measure::<Guarded>(folder.path(), &mut costs[1])?;
        reading::measure::<Blackboard>(folder.path(), &mut costs[2])?;
    }
    let [ours, guarded, blackboard] = costs;
    let figures = [
        rest::<Ours>(folder.path(), ours)?,
        rest::<Guarded>(folder.path(), guarded)?,
        rest::<Blackboard>(folder.path(), blackboard)?,
    ];
    println!("{}", printed(&figures));
    Ok(())
}

fn rest<S: System>(folder: &Path, costs: Costs) -> Outcome<Figures> {
    let stopped = stopping::measure::<S>(folder)?;
    Ok(Figures { name: S::NAME, costs, stopped, access: access::measure::<S>(folder)? })
}

/// One row a fact, one column a system.
fn printed(figures: &[Figures; 3]) -> Table {
    let head =
        std::iter::once("114 words published to another process").chain(figures.iter().map(|of| of.name));
    let mut table = Table::headed(head.map(str::to_owned).collect());
    let mut row = |name: String, cell: &dyn Fn(&Figures) -> String| {
        table.cells(std::iter::once(name).chain(figures.iter().map(cell)).collect());
    };
    for (at, pace) in Pace::ALL.into_iter().enumerate() {
        row(format!("all words, {pace}"), &|of| shown(of.costs.all[at].median()));
    }
    for (at, pace) in Pace::ALL.into_iter().enumerate() {
        row(format!("today's 18 words, {pace}"), &|of| shown(of.costs.today[at].median()));
    }
    row("writes a second beside a reader at full speed".into(), &|of| {
        format!("{:.0}", of.costs.writes_a_second())
    });
    row("torn, of values that were checked beside it".into(), &|of| {
        format!("{} of {}", of.costs.torn, of.costs.checked)
    });
    row("writes a second while a reader is stopped inside a read".into(), &|of| {
        format!("{:.0}", of.stopped.writes_a_second)
    });
    row("longest write then".into(), &|of| shown(of.stopped.longest));
    row("what the stopped reader got when it went on".into(), &|of| of.stopped.got.clone());
    row("the reader maps".into(), &|of| of.access.maps.clone());
    row("reader that may only read the files".into(), &|of| of.access.without.clone());
    table
}
