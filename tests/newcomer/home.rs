//! A fresh home, and the programs installed beside it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// What there is at a path: its mode, and what it holds if it is a file.
pub(crate) type Entry = (u32, Option<Vec<u8>>);

/// Somebody who has just installed cco.
pub(crate) struct Newcomer {
    folder: tempfile::TempDir,
}

impl Newcomer {
    pub(crate) fn new() -> Self {
        let newcomer = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(newcomer.home()).unwrap();
        fs::create_dir(newcomer.programs()).unwrap();
        for (name, built) in
            [("cco", env!("CARGO_BIN_EXE_cco")), ("cco-peek", env!("CARGO_BIN_EXE_cco-peek"))]
        {
            let installed = newcomer.programs().join(name);
            // They are large: a second name is enough, if it can be had.
            if fs::hard_link(built, &installed).is_err() {
                fs::copy(built, installed).unwrap();
            }
        }
        newcomer
    }

    /// The same after the first request to Claude.
    pub(crate) fn with_transcripts() -> Self {
        let newcomer = Self::new();
        newcomer.use_claude();
        newcomer
    }

    /// The same programs with another home.
    pub(crate) fn move_house(&self) {
        drop(self.run(&["daemon", "stop"]));
        fs::remove_dir_all(self.home()).unwrap();
        fs::create_dir(self.home()).unwrap();
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The folder that the programs are installed in.
    pub(crate) fn programs(&self) -> PathBuf {
        self.folder.path().join("prefix")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.home().join(".local/state/cco")
    }

    /// Writes a file below the home.
    pub(crate) fn write(&self, name: impl AsRef<Path>, text: &str) {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A config file outside the home that names a price table from today: the doctor warns once the bundled one is old.
    pub(crate) fn config_with_new_prices(&self) -> PathBuf {
        let [prices, config] = ["prices.json", "config.toml"].map(|name| self.folder.path().join(name));
        let today = jiff::Timestamp::now().to_string();
        fs::write(&prices, format!(r#"{{"collected": "{}", "models": {{}}}}"#, &today[..10])).unwrap();
        // A spend guard without limits is worth a warning.
        let guard = "[guard]\nday = { stop = 1000 }\n";
        fs::write(&config, format!("{guard}[prices]\nfile = \"{}\"\n", prices.display())).unwrap();
        config
    }

    /// Has a request to Claude recorded, of this moment.
    pub(crate) fn use_claude(&self) {
        let folder = self.home().join(".claude/projects/-home-ada-engine");
        fs::create_dir_all(&folder).unwrap();
        let now = jiff::Timestamp::now();
        let line = format!(
            r#"{{"type":"assistant","cwd":"/home/ada/engine","sessionId":"s-1","timestamp":"{now}","message":{{"id":"msg_{}","model":"claude-opus-5","usage":{{"input_tokens":1000}}}}}}"#,
            now.as_nanosecond()
        );
        let mut file = OpenOptions::new().create(true).append(true).open(folder.join("s-1.jsonl")).unwrap();
        writeln!(file, "{line}").unwrap();
    }

    /// A program with this home, with nobody to ask and with no service manager.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut path = vec![self.programs()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        // Found in our folder: a command looks into this process's `PATH`.
        let own = self.programs().join(program);
        let mut command = if own.exists() { Command::new(own) } else { Command::new(program) };
        let none = self.programs().join("no-service-manager");
        command.env_clear().env("HOME", self.home()).env("PATH", std::env::join_paths(path).unwrap());
        command.env("CCO_SYSTEMCTL", &none).env("CCO_LAUNCHCTL", none).stdin(Stdio::null());
        command
    }

    /// Runs `cco`, or another program that is named first.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        let (program, arguments) = match words {
            ["cco-peek", arguments @ ..] => ("cco-peek", arguments),
            arguments => ("cco", arguments),
        };
        self.command(program).args(arguments).output().unwrap()
    }

    /// Runs `cco`, which must do it; gives what it prints.
    #[track_caller]
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(arguments)).unwrap()
    }

    /// Everything below the home.
    pub(crate) fn listing(&self) -> BTreeMap<PathBuf, Entry> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.home()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let mode = path.symlink_metadata().unwrap().permissions().mode();
                let bytes = path.is_file().then(|| fs::read(&path).unwrap());
                if path.is_dir() {
                    folders.push(path.clone());
                }
                found.insert(path.strip_prefix(self.home()).unwrap().to_owned(), (mode, bytes));
            }
        }
        found
    }

    /// The same without cco's own state folder and the folders that lead to it.
    pub(crate) fn listing_of_others(&self) -> BTreeMap<PathBuf, Entry> {
        let state = Path::new(".local/state/cco");
        let mut found = self.listing();
        found.retain(|path, _| !path.starts_with(state) && !state.starts_with(path));
        found
    }
}

impl Drop for Newcomer {
    /// Ends the publisher that a failed test left.
    fn drop(&mut self) {
        drop(self.run(&["daemon", "stop"]));
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
