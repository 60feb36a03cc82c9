//! Processes that status lines and scripts start again and again, beside the least that any process costs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::peer::Peer;
use super::program::quick;
use super::table::Table;
use super::times::{Times, ratio, shown};

/// A process to start.
pub(crate) struct Process {
    name: String,
    command: Command,
    input: Option<String>,
}

/// What is looked at: a snapshot, and what Claude Code would say of a session.
pub(crate) struct Looked<'a> {
    pub(crate) home: &'a Path,
    pub(crate) root: &'a Path,
    pub(crate) snapshot: &'a Path,
    pub(crate) input: &'a str,
}

/// The first is the least: a program that does nothing. `CCO_BENCH_PEEK` names the build of `cco-peek` that the package
/// has, to stand beside this one.
pub(crate) fn all(looked: &Looked<'_>, peer: Option<&Peer>) -> Vec<Process> {
    let least = ["/bin/true", "/usr/bin/true"].into_iter().find(|path| Path::new(path).exists());
    let least = least.expect("a program that does nothing");
    let mut all = vec![Process { name: least.into(), command: Command::new(least), input: None }];
    let mut builds = vec![("", PathBuf::from(env!("CARGO_BIN_EXE_cco-peek")))];
    if let Some(other) = std::env::var_os("CCO_BENCH_PEEK") {
        builds.push(("packaged ", other.into()));
    }
    for (kind, program) in builds {
        for (name, arguments, input) in [
            ("--field", &["--field", "totals.cost_usd"][..], None),
            ("statusline", &["statusline"][..], Some(looked.input.to_owned())),
        ] {
            let mut command = Command::new(&program);
            command.args(arguments).arg("--snapshot").arg(looked.snapshot);
            command.env_clear().env("HOME", looked.home);
            all.push(Process { name: format!("{kind}cco-peek {name}"), command, input });
        }
    }
    if let Some(peer) = peer {
        let command = peer.cached_status_line(looked.home, looked.root);
        let name = "ccusage claude statusline, cached".into();
        all.push(Process { name, command, input: Some(looked.input.to_owned()) });
    }
    all
}

/// How long each takes, in turns.
pub(crate) fn table(processes: &mut [Process], turns: usize) -> Table {
    let mut times = vec![Times::default(); processes.len()];
    for turn in 0..=turns {
        for (process, times) in processes.iter_mut().zip(&mut times) {
            let time = process.run();
            // The first warms what is cached.
            if turn > 0 {
                times.push(time);
            }
        }
    }
    let head = format!("a process, {turns} turns");
    let mut table = Table::new([&head, "median", "p99", &format!("beside {}", processes[0].name)]);
    let least = times[0].median();
    for (process, times) in processes.iter().zip(&times) {
        let median = times.median();
        let share = format!("{:.2}", ratio(median, least));
        table.row([&process.name, &shown(median), &shown(times.at(990)), &share]);
    }
    table
}

/// Processor time of each, all of it, and the part of a core that sixteen status lines a second take.
pub(crate) fn processor_table(processes: &mut [Process], runs: u32) -> Table {
    let mut table = Table::new(["a process", "processor time", "sixteen a second"]);
    for process in processes {
        let before = processor_time();
        for _ in 0..runs {
            process.run();
        }
        let time = (processor_time() - before) / runs;
        let share = format!("{:.2} % of a core", time.as_secs_f64() * 16.0 * 100.0);
        table.row([&process.name, &shown(time), &share]);
    }
    table
}

impl Process {
    fn run(&mut self) -> Duration {
        quick(&mut self.command, self.input.as_deref())
    }
}

/// Processor time of all programs that were run and waited for, from the kernel's books: in user space and for it.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux's account of this process");
    let (_, fields) = stat.rsplit_once(") ").expect("fields behind the name");
    // Children's user and system time are fields 16 and 17 of the line, in hundredths of a second.
    let ticks = fields.split(' ').skip(13).take(2).map(|field| field.parse::<u32>().expect("a number"));
    Duration::from_millis(10) * ticks.sum::<u32>()
}
