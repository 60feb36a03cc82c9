//! The configuration file: TOML, every key optional, unknown keys refused with their position.
//!
//! Invariant: it cannot move the snapshot. Readers in other languages read no configuration, so that only the
//! variables they know (`CCO_SNAPSHOT`, `CCO_STATE`) may. Relative paths are refused: they would mean another
//! folder each time.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::DeTable;

use super::error::FileError;
use super::statusline::{self, StatusLine};
use super::suggest::nearest;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Folders that hold `projects/`, instead of the user's own.
    pub roots: Option<Vec<PathBuf>>,
    /// Places whose transcripts are not counted.
    pub exclude: Option<Vec<String>>,
    /// The folder of the ledger, the lock and the log.
    pub state: Option<PathBuf>,
    /// IANA name of the zone of days, weeks and months.
    pub timezone: Option<String>,
    /// The first day of the week, in English.
    pub week_start: Option<String>,
    /// What is logged: a level, or directives such as `info,cco::ingest=debug`.
    pub log: Option<String>,
    /// How the status line and bars look.
    pub statusline: Option<StatusLine>,
}

/// All keys, as [`File`] has them.
const KEYS: [&str; 7] = ["roots", "exclude", "state", "timezone", "week_start", "log", "statusline"];

/// A file that changes nothing and says what could be changed.
pub const TEMPLATE: &str = "\
# Settings of cco. Flags and CCO_* variables come before what is said here; `cco config show` tells what counts
# in the end, and where it is from. A running publisher takes changes over on SIGHUP.

# Folders that hold projects/, instead of ~/.claude and ~/.config/claude.
#roots = [\"~/.claude\", \"/mnt/laptop/.claude\"]

# Not counted: what is below these paths, or below a folder with such a name.
#exclude = [\"~/.claude/projects/-tmp\", \"-home-me-secret\"]

# The folder of the ledger, the lock and the log. The snapshot does not move with it: programs that show it read
# no configuration. Use the variable CCO_SNAPSHOT, or CCO_STATE for all of them, to move it.
#state = \"~/.local/state/cco\"

# Zone of days, weeks and months [default: the system's].
#timezone = \"Europe/Berlin\"

# First day of the week.
#week_start = \"monday\"

# What is logged: error, warn, info, debug, trace, or directives such as \"info,cco::ingest=debug\".
#log = \"info\"

# How `cco-peek statusline` and `cco-peek --format` look: `cco-peek statusline --help` says what can stand in
# templates. Thresholds are where a figure turns yellow and where red: percents, costs in whole dollars.
#[statusline]
#theme = \"default\"
#template = \"[{model}][{session.cost} session][{today.cost} today][{context.used} context]\"
#bar = \"[{today.cost} today][{block.cost} block[, {block.left} left]]\"
#separator = \" | \"
#thresholds = { context = [60, 80], limits = [70, 90], today_cost = [20, 50] }
";

/// Where the file is: `CCO_CONFIG`, else `${XDG_CONFIG_HOME:-~/.config}/cco/config.toml`. `variable` looks up
/// an environment variable.
pub fn path_from(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(path) = variable("CCO_CONFIG").filter(|path| !path.is_empty()) {
        return Some(path.into());
    }
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("cco/config.toml"))
}

/// Reads the file at `path`; `None` where there is none. `~/` in paths stands for `home`.
pub fn read(path: &Path, home: Option<&Path>) -> Result<Option<File>, FileError> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text, path, home).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FileError::Io { path: path.into(), source }),
    }
}

fn parse(text: &str, path: &Path, home: Option<&Path>) -> Result<File, FileError> {
    let syntax = |error: toml::de::Error| FileError::Syntax {
        path: path.into(),
        line: error.span().map(|span| line_of(text, span.start)),
        what: error.message().to_owned(),
    };
    let keys = DeTable::parse(text).map_err(syntax)?;
    for key in keys.get_ref().keys() {
        let (name, line) = (key.get_ref().as_ref(), line_of(text, key.span().start));
        if name == "snapshot" {
            return Err(FileError::Snapshot { path: path.into(), line });
        }
        if !KEYS.contains(&name) {
            let meant = nearest(name, &KEYS);
            return Err(FileError::UnknownKey { path: path.into(), line, key: name.into(), meant });
        }
    }
    if let Some((key, meant)) = statusline::unknown_key(keys.get_ref()) {
        let line = line_of(text, key.span().start);
        let key = format!("statusline.{}", key.get_ref());
        return Err(FileError::UnknownKey { path: path.into(), line, key, meant });
    }
    let mut file: File = toml::from_str(text).map_err(syntax)?;
    let places = file.roots.iter_mut().flatten().map(|root| ("roots", root));
    for (key, place) in places.chain(file.state.iter_mut().map(|state| ("state", state))) {
        *place = expand(place, home);
        if !place.is_absolute() {
            return Err(FileError::Relative { path: path.into(), key, place: place.clone() });
        }
    }
    Ok(file)
}

/// Replaces a leading `~` by the home folder, where there is one.
pub(super) fn expand(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<File, String> {
        parse(text, Path::new("/c.toml"), Some(Path::new("/h"))).map_err(|error| error.to_string())
    }

    #[test]
    fn the_template_changes_nothing_and_its_examples_are_right() {
        assert_eq!(file(TEMPLATE), Ok(File::default()));
        let examples: String = TEMPLATE
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with([' ', '#'])))
            .map(|line| format!("{line}\n"))
            .collect();
        let read = file(&examples).unwrap();
        assert_eq!(read.roots, Some(vec!["/h/.claude".into(), "/mnt/laptop/.claude".into()]));
        let named =
            |line: &str| line.split(" = ").next().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let keys: Vec<_> = examples.lines().map(named).collect();
        assert_eq!(keys, [&KEYS[..], &statusline::KEYS].concat());
    }

    #[test]
    fn a_mistyped_key_is_named_with_its_line_and_what_was_meant() {
        let error = file("log = \"info\"\ntime_zone = \"UTC\"\n").unwrap_err();
        for part in ["/c.toml:2", "time_zone", "did you mean timezone?"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn damage_is_named_with_its_line() {
        let error = file("\nroots = [\"/a\"\nlog = 1\n").unwrap_err();
        assert!(error.contains("/c.toml:3"), "{error}");
        let error = file("log = 1").unwrap_err();
        assert!(error.contains("/c.toml:1") && error.contains("expected a string"), "{error}");
    }

    #[test]
    fn the_snapshot_stays_where_readers_look() {
        let error = file("snapshot = \"/x\"").unwrap_err();
        assert!(error.contains("CCO_SNAPSHOT"), "{error}");
    }

    #[test]
    fn relative_paths_are_refused() {
        assert!(file("state = \"state\"").unwrap_err().contains("absolute"));
        assert!(file("roots = [\"./a\"]").unwrap_err().contains("absolute"));
    }
}
