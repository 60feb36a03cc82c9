//! A home, a root and a publisher that follows it; gone at the end, however a test ends.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use cco::ledger::{Ledger, Rollup};
use cco::snapshot::{
    Counters, DayRow, Frame, Health, ModelRow, ProjectRow, ReadError, Reader, ScanState, SessionRow, Totals,
};

use crate::naive::{Naive, costless};

/// What takes longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A process that does not outlive its test.
pub(crate) struct Publisher(pub(crate) Child);

impl Drop for Publisher {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Publisher {
    /// Sends a signal by its name.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Asks it to stop and gives how it ended.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal("-TERM");
        self.0.wait().unwrap()
    }

    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

pub(crate) struct World {
    home: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self { home: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(world.path("")).unwrap();
        world
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.home.path().join("root")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    pub(crate) fn snapshot(&self) -> PathBuf {
        self.state().join("usage.snapshot")
    }

    /// A path below the root's `projects/`.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root().join("projects").join(below)
    }

    /// Writes a transcript, with the folders it needs.
    pub(crate) fn write(&self, below: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn append(&self, below: &str, bytes: &[u8]) {
        OpenOptions::new().append(true).open(self.path(below)).unwrap().write_all(bytes).unwrap();
    }

    /// `cco publish` for this root, with more arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_for(&self.root(), arguments)
    }

    /// The same for another spelling of the root.
    pub(crate) fn command_for(&self, root: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco"));
        command.env_clear().env("HOME", self.home()).args(["publish", "--timezone", "UTC", "--root"]);
        command.arg(root).arg("--state").arg(self.state()).args(arguments);
        // Whoever looks into a failure may set it to learn more.
        command.env("CCO_LOG", std::env::var_os("CCO_LOG").unwrap_or_else(|| "off".into()));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    pub(crate) fn publisher(&self) -> Publisher {
        Publisher(self.command(&[]).spawn().unwrap())
    }

    /// A reader, as soon as there is something to read.
    pub(crate) fn reader(&self) -> Reader {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Reader::open(self.snapshot()) {
                Ok(reader) => return reader,
                Err(error) => assert!(Instant::now() < deadline, "nothing was published: {error}"),
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What all transcripts that are there hold.
    pub(crate) fn naive(&self) -> Naive {
        let mut naive = Naive::default();
        naive.look(&self.path(""));
        naive
    }

    /// Waits until a reader sees what a naive count over all transcripts gives.
    pub(crate) fn await_naive(&self, reader: &mut Reader) {
        await_totals(reader, self.naive().totals(), "what stands in the transcripts");
    }

    /// Checks that tables and ledger say what the totals say, as soon as nothing is under way any more.
    pub(crate) fn check(&self, reader: &mut Reader) {
        let deadline = Instant::now() + PATIENCE;
        let ledger = Ledger::open_read_only(&self.state().join("ledger.db")).unwrap();
        loop {
            let shown = Tables::shown(&reader.frame().unwrap());
            let kept = Tables::kept(&ledger);
            if shown == kept {
                return;
            }
            assert!(Instant::now() < deadline, "shown: {shown:#?}\nin the ledger: {kept:#?}");
            reader.wait(Duration::from_millis(100)).unwrap();
        }
    }
}

/// Waits until health shows what is expected.
pub(crate) fn await_health(reader: &Reader, what: &str, is_so: impl Fn(&Health) -> bool) -> Health {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let health = reader.health().unwrap().unwrap_or_default();
        if is_so(&health) {
            return health;
        }
        assert!(Instant::now() < deadline, "waiting for {what}: {health:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until totals satisfy a condition, across publishers that come and go.
pub(crate) fn await_that(reader: &mut Reader, what: &str, is_so: impl Fn(&Totals) -> bool) -> Totals {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let totals = match reader.totals() {
            Ok(totals) if is_so(&totals) => return totals,
            Ok(totals) => totals,
            Err(ReadError::Busy) => continue,
            Err(error) => panic!("waiting for {what}: {error}"),
        };
        assert!(Instant::now() < deadline, "waiting for {what}; at last {totals:?}");
        if let Err(error) = reader.wait(Duration::from_millis(200)) {
            // Between the removal of a file and the next publisher's there is none to open.
            assert!(matches!(error, ReadError::Reopen(_)), "{error}");
            std::thread::sleep(Duration::from_millis(2));
        }
        // A wait looks at the path only now and then.
        let _ = reader.refresh();
    }
}

/// Waits until everything is counted and the totals are these; the cost is left aside.
pub(crate) fn await_totals(reader: &mut Reader, expected: Counters, what: &str) {
    await_that(reader, &format!("{what}: {expected:?}"), |totals| {
        costless(totals.all_time()) == expected && totals.scan_state() == ScanState::Complete
    });
}

/// First and last request, the project of the last, and what all used.
#[derive(Debug, PartialEq)]
struct Activity {
    first_ms: i64,
    last_ms: i64,
    project: String,
    counters: Counters,
}

/// Tables by name; days by their number since 1970.
#[derive(Debug, Default, PartialEq)]
struct Tables {
    totals: Counters,
    models: BTreeMap<String, Counters>,
    projects: BTreeMap<String, Activity>,
    sessions: BTreeMap<String, Activity>,
    days: BTreeMap<i64, Counters>,
}

impl Tables {
    /// What a frame shows, whose tables must each sum to its totals.
    fn shown(frame: &Frame) -> Self {
        let name = |name| frame.name(name).to_owned();
        let project = |row: ProjectRow| {
            let (first_ms, last_ms, project) = (row.first_at, row.last_at, name(row.project));
            (project.clone(), Activity { first_ms, last_ms, project, counters: row.counters })
        };
        let session = |row: SessionRow| {
            let (first_ms, last_ms, project) = (row.first_at, row.last_at, name(row.project));
            (name(row.session), Activity { first_ms, last_ms, project, counters: row.counters })
        };
        let tables = Self {
            totals: frame.totals().all_time(),
            models: frame.rows::<ModelRow>().map(|row| (name(row.name), row.counters)).collect(),
            projects: frame.rows::<ProjectRow>().map(project).collect(),
            sessions: frame.rows::<SessionRow>().map(session).collect(),
            days: frame.rows::<DayRow>().map(|row| (epoch_day(row.date), row.counters)).collect(),
        };
        let sum = |rows: &mut dyn Iterator<Item = Counters>| rows.sum::<Counters>();
        assert_eq!(sum(&mut tables.models.values().copied()), tables.totals, "models");
        assert_eq!(sum(&mut tables.projects.values().map(|row| row.counters)), tables.totals, "projects");
        assert_eq!(sum(&mut tables.sessions.values().map(|row| row.counters)), tables.totals, "sessions");
        assert_eq!(sum(&mut tables.days.values().copied()), tables.totals, "days");
        tables
    }

    /// What a ledger's rollups come to.
    fn kept(ledger: &Ledger) -> Self {
        let mut tables = Self::default();
        let take = |rollup: Rollup| {
            let counters = rollup.figures.auto;
            tables.totals += counters;
            *tables.models.entry(rollup.model.to_string()).or_default() += counters;
            *tables.days.entry(rollup.quarter_ms.div_euclid(86_400_000)).or_default() += counters;
            for (rows, name) in
                [(&mut tables.projects, &rollup.project), (&mut tables.sessions, &rollup.session)]
            {
                let row = rows.entry(name.to_string()).or_insert_with(|| Activity {
                    first_ms: i64::MAX,
                    last_ms: i64::MIN,
                    project: String::new(),
                    counters: Counters::default(),
                });
                row.counters += counters;
                row.first_ms = row.first_ms.min(rollup.first_ms);
                if (rollup.last_ms, Reverse(&*rollup.project)) > (row.last_ms, Reverse(&*row.project)) {
                    (row.last_ms, row.project) = (rollup.last_ms, rollup.project.to_string());
                }
            }
        };
        ledger.rollups(i64::MIN..i64::MAX, take).unwrap();
        tables
    }
}

/// Days since 1970 of a date that reads as `yyyymmdd`.
fn epoch_day(date: u32) -> i64 {
    let part = |divisor: u32, modulus: u32| i8::try_from(date / divisor % modulus).unwrap();
    let date = jiff::civil::date(i16::try_from(date / 10_000).unwrap(), part(100, 100), part(1, 100));
    jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).unwrap().as_second() / 86_400
}
