//! A proof: tests under a judge, and what they say about a source tree.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Which tests, by a part of their name, and who runs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Proof {
    /// Loom visits every interleaving.
    Loom(&'static str),
    /// The processor runs them once.
    Tests(&'static str),
    /// The same, of a program of `tests/`.
    Suite(&'static str, &'static str),
}

/// What a proof says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is wrong.
    Passes,
    /// These tests failed.
    Fails(BTreeSet<String>),
    /// It did not end in time.
    Hangs,
    /// It could not be run: the source does not compile, or no test has that name.
    Broken(String),
}

/// Longer than any proof takes once it is built.
const PATIENCE: Duration = Duration::from_secs(900);

impl Proof {
    /// The judge's name.
    pub(crate) fn judge(self) -> &'static str {
        match self {
            Self::Loom(_) => "loom",
            Self::Tests(_) | Self::Suite(..) => "tests",
        }
    }

    /// Runs it on the source in `tree`. What is built stands in `target`, where earlier runs left the dependencies.
    pub(crate) fn run(self, tree: &Path, target: &Path) -> io::Result<Verdict> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(tree).args(["test", "--no-default-features"]);
        match self {
            Self::Loom(filter) => {
                // As fast to build as may be: what is run is small.
                cargo.args(["--lib", "--release", filter]).env("RUSTFLAGS", "--cfg loom");
                cargo.env("CARGO_TARGET_DIR", target.join("loom"));
                for (setting, value) in [("LTO", "off"), ("OPT_LEVEL", "1"), ("CODEGEN_UNITS", "16")] {
                    cargo.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
                }
            }
            Self::Tests(filter) => {
                cargo.args(["--lib", filter]).env("CARGO_TARGET_DIR", target);
            }
            Self::Suite(test, filter) => {
                cargo.args(["--test", test, filter]).env("CARGO_TARGET_DIR", target);
            }
        }
        let mut child = cargo.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let output = collect(&mut child);
        let Some(success) = wait(&mut child)? else { return Ok(Verdict::Hangs) };
        let text = output.join().map_err(|_| io::Error::other("the output of cargo was not read"))?;
        Ok(verdict(success, &text))
    }
}

/// Reads all that a process says, so that it never waits for a reader.
fn collect(child: &mut Child) -> std::thread::JoinHandle<String> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::spawn(move || {
        let errors = std::thread::spawn(move || text_of(stderr));
        text_of(stdout) + &errors.join().unwrap_or_default()
    })
}

fn text_of(stream: Option<impl io::Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // What was read until an error is what there is to judge by.
        let _ = stream.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether the process succeeded; `None` if it had to be ended.
fn wait(child: &mut Child) -> io::Result<Option<bool>> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if began.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn verdict(success: bool, text: &str) -> Verdict {
    let failed = |line: &str| Some(line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
    let failed: BTreeSet<_> = text.lines().filter_map(failed).collect();
    let ran = text.lines().any(|line| line.starts_with("running ") && line != "running 0 tests");
    match (success, ran) {
        (true, true) => Verdict::Passes,
        (true, false) => Verdict::Broken("no test has that name".into()),
        (false, true) if failed.is_empty() => Verdict::Fails(BTreeSet::from(["the process died".into()])),
        (false, true) => Verdict::Fails(failed),
        (false, false) => {
            let error = text.lines().find(|line| line.starts_with("error")).unwrap_or("it was not built");
            Verdict::Broken(error.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_that_did_not_run_proves_nothing() {
        let broken = |success, text| matches!(verdict(success, text), Verdict::Broken(_));
        assert!(broken(true, "running 0 tests\n"));
        assert!(broken(true, "Finished"));
        assert!(broken(false, "error[E0308]: mismatched types\n"));
        assert_eq!(verdict(true, "running 1 test\ntest a ... ok\n"), Verdict::Passes);
        let failed = verdict(false, "running 2 tests\ntest a::b ... FAILED\ntest c ... ok\n");
        assert_eq!(failed, Verdict::Fails(BTreeSet::from(["a::b".into()])));
        let died = verdict(false, "running 1 test\n");
        assert_eq!(died, Verdict::Fails(BTreeSet::from(["the process died".into()])));
    }
}
