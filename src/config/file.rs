//! The config file: TOML, every key optional, unknown keys refused with their line.
//!
//! Invariant: the file cannot move the snapshot, because readers in other languages do not read it; only the variables
//! they know (`CCO_SNAPSHOT`, `CCO_STATE`) can. Relative paths are refused, because their meaning would depend on the
//! current directory.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue, Deserializer};

use super::alerts::{self, Alerts};
use super::aliases::{self, Aliases};
use super::budgets::{self, Budgets};
use super::error::FileError;
use super::guard::{self, Guard};
use super::http::{self, Http};
use super::keep::{self, Keep};
use super::monitor::{self, Monitor};
use super::prices::{self, Prices};
use super::report::{self, Report};
use super::section::{Origin, Section, line_of, unknown_key};
use super::statusline::{self, StatusLine};
use super::suggest::nearest;
use crate::own_folder;

/// The content of a config file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Folders that contain `projects/`, instead of Claude Code's.
    pub roots: Option<Vec<PathBuf>>,
    /// Paths and folder names whose transcripts are not counted.
    pub exclude: Option<Vec<String>>,
    /// The folder for the ledger, the lock and the log.
    pub state: Option<PathBuf>,
    /// IANA name, offset or POSIX rule of the time zone for days, weeks and months.
    pub timezone: Option<String>,
    /// The first day of the week, in English.
    pub week_start: Option<String>,
    /// The log filter: a level, or directives such as `info,cco::ingest=debug`.
    pub log: Option<String>,
    /// The look of the status line and bars.
    pub statusline: Option<StatusLine>,
    /// Totals over HTTP.
    pub http: Option<Http>,
    /// How reports are grouped.
    pub report: Option<Report>,
    /// What the ledger keeps besides figures and names.
    pub keep: Option<Keep>,
    /// Prices that override bundled ones.
    #[serde(skip)]
    pub prices: Option<Prices>,
    /// Budgets.
    #[serde(skip)]
    pub budgets: Option<Budgets>,
    /// Alerts.
    #[serde(skip)]
    pub alerts: Option<Alerts>,
    /// What is warned of and stopped.
    #[serde(skip)]
    pub guard: Option<Guard>,
    /// What to call projects and models.
    #[serde(skip)]
    pub aliases: Option<Aliases>,
    /// The look, pace and keys of the monitor.
    #[serde(skip)]
    pub monitor: Option<Monitor>,
}

/// All keys of [`File`].
pub(super) const KEYS: [&str; 16] = [
    "roots",
    "exclude",
    "state",
    "timezone",
    "week_start",
    "log",
    "statusline",
    "http",
    "report",
    "keep",
    "prices",
    "budgets",
    "alerts",
    "guard",
    "aliases",
    "monitor",
];

/// A config file that changes nothing and explains every setting.
pub const TEMPLATE: &str = "\
#:schema ./config.schema.json
# Settings for cco. Flags and CCO_* variables override this file. To see effective settings and their sources:
# cco config show. A running publisher reloads this file on SIGHUP.

# Folders that contain projects/, instead of ~/.claude and ~/.config/claude.
#roots = [\"~/.claude\", \"/mnt/laptop/.claude\"]

# Do not count transcripts under these paths, or under folders with these names.
#exclude = [\"~/.claude/projects/-tmp\", \"-home-me-secret\"]

# Folder for the ledger, the lock and the log. This does not move the snapshot, because its readers do not read this
# file. To move the snapshot, set the variable CCO_SNAPSHOT; to move everything, set CCO_STATE.
#state = \"~/.local/state/cco\"

# Time zone for days, weeks and months [default: the system's].
#timezone = \"Europe/Berlin\"

# First day of the week.
#week_start = \"monday\"

# Log filter: error, warn, info, debug, trace, or directives such as \"info,cco::ingest=debug\".
#log = \"info\"

# Look of `cco-peek statusline` and `cco-peek --format`. For the template language: cco-peek statusline --help.
# Each threshold is a pair: yellow from the first value on, red from the second; percent, or cost in whole dollars.
#[statusline]
#theme = \"default\"
#template = \"[{model}][{session.cost} session][{today.cost} today][{context.used} context]\"
#bar = \"[{today.cost} today][{block.cost} block[, {block.left} left]]\"
#separator = \" | \"
#thresholds = { context = [60, 80], limits = [70, 90], today_cost = [20, 50] }
# Columns that the status line leaves free at the right, and how git is asked for {git.dirty} and the like.
#margin = 0
#git = { timeout_ms = 500, every_s = 5 }

# Commands of your own for templates, as {cmd:clock}: a line for sh, which gets Claude Code's JSON on stdin. Its first
# line is shown. A command that takes longer than timeout_ms is killed, and the line shows what it printed before.
# None is run if others can write this file.
#[statusline.commands.clock]
#run = \"date +%H:%M\"
#timeout_ms = 500
#every_s = 10

# Look of `cco monitor`. Themes: default, bright, mono. Symbols: unicode, ascii [default: by the locale]. rate: redraws
# per second, at most 20. mouse: wheel and clicks go to the monitor instead of the terminal.
#[monitor]
#theme = \"default\"
#symbols = \"unicode\"
#rate = 5
#mouse = false

# Keys of `cco monitor`: a character, ctrl-a to ctrl-z except c, i and m, enter, esc, tab, ... For all actions: press ?.
#[monitor.keys]
#quit = [\"q\", \"ctrl-q\"]
#sort = \"s\"

# Totals over HTTP, from `cco publish` and `cco serve`: on this machine, at http://127.0.0.1:3000/ for example, or
# \"unix:/run/user/1000/cco.sock\". Other users of this machine see no names of projects. Any other address needs a
# token file that only you can read, and allow_plain_http, because nothing is encrypted. hosts are names by which
# clients may call this machine, besides localhost and IP addresses: for a proxy, so they need a token file, too. redact
# hides names of projects from everyone.
# metrics_names = \"claude-code\" gives metrics the names of Claude Code's own, for dashboards made for those.
#[http]
#address = \"127.0.0.1:3000\"
#token_file = \"~/.config/cco/http-token\"
#allow_plain_http = false
#redact = false
#hosts = [\"desk.example.org\"]
#metrics_names = \"cco\"

# Reports. group: what is one project, each working folder (project), or a git repository with its worktrees (worktree).
#[report]
#group = \"worktree\"

# What the ledger keeps besides figures and names. titles: titles of sessions. They are text of your conversations; a publisher
# that starts without this setting removes them.
#[keep]
#titles = true

# Budgets in USD for all projects together. A budget is near its limit from warn_percent on. When a budget becomes
# near or over, the publisher runs command once per period: a line for sh, or a list of program and arguments. It
# sets CCO_BUDGET, CCO_BUDGET_EVENT (near, over), CCO_BUDGET_PERIOD (day, week, month), CCO_BUDGET_PERIOD_START,
# CCO_BUDGET_PROJECT, CCO_BUDGET_SPENT_USD, CCO_BUDGET_LIMIT_USD and CCO_BUDGET_PERCENT. Quote them: names can hold
# anything. The command is not run if others can write this file.
#[budgets]
#daily = \"20\"
#weekly = \"100\"
#monthly = \"300\"
#warn_percent = 80
#command = \"notify-send cco \\\"$CCO_BUDGET: $CCO_BUDGET_SPENT_USD USD\\\"\"
#command_timeout_seconds = 30

# Budgets for projects. Name a folder in projects/, a path or its last part; * and ? are wildcards.
#[budgets.projects.\"~/code/*\"]
#monthly = \"100\"

# Alerts, if this section is there: a limit of the account from limit_percent on, a limit that will be used up before it
# starts over (limit_pace), a budget that is spent, this many malformed lines of transcripts in an hour (0: never), and,
# from `cco serve`, a publisher that died (stale). Each is sent once a period, to the log, by command (as under
# [budgets]) and, with desktop, by notify-send. The command gets CCO_ALERT (limit, limit_pace, budget, malformed_lines,
# stale), CCO_ALERT_ABOUT, CCO_ALERT_MESSAGE, CCO_ALERT_ADVICE, CCO_ALERT_VALUE, CCO_ALERT_THRESHOLD,
# CCO_ALERT_PERIOD_START and CCO_ALERT_PERIOD_END.
#[alerts]
#limit_percent = 80
#limit_pace = true
#malformed_lines = 10
#stale = true
#desktop = false
#command = [\"my-notify\", \"cco\"]
#command_timeout_seconds = 30

# Spend guard: what the hooks of `cco setup guard` warn of once and stop, in USD: a session, a day of all projects, a 5-hour
# block, a day of each project. It holds from the next prompt on. strict stops everything while no publisher keeps the
# figures current, instead of letting it through.
#[guard]
#session = { warn = \"5\", stop = \"15\" }
#day = { warn = \"20\", stop = \"50\" }
#block = { stop = \"25\" }
#project = { warn = \"10\", stop = \"30\" }
#strict = false

# Names to show instead of those in transcripts. Name a project's folder in projects/, its path or the last part of it,
# and a model as in transcripts. Reports, bars and filters use them; JSON has both.
#[aliases.projects]
#\"~/code/engine\" = \"Engine\"
#[aliases.models]
#\"claude-opus-5\" = \"Opus\"

# Prices in USD per million tokens, as decimals. They override bundled prices (cco prices lists them); all other
# prices stay, including former ones. A model without bundled prices needs the first five. New prices also apply
# to old requests: costs are recomputed, and nothing else changes.
#[prices.\"claude-opus-5\"]
#input = \"4.5\"
#output = 22.5
#cache_write_5m = 5.625
#cache_write_1h = 9
#cache_read = 0.45
#fast_multiplier = 2
#us_multiplier = 1.1
#regional_multiplier = 1.1   # Bedrock, unless the id begins with global.; also on prices under such an id
#history = [{ until = \"2026-03-31\", input = 5 }]

# Prices for prompts above a length, or `long_context = false`. A `history` entry may have its own.
#[prices.\"claude-opus-5\".long_context]
#threshold_prompt_tokens = 200000
#input = 9
#output = 33.75
#cache_write_5m = 11.25
#cache_write_1h = 18
#cache_read = 0.9

# A whole price table from disk, in the form of the bundled one or LiteLLM's model_prices_and_context_window.json.
#[prices]
#file = \"~/model_prices.json\"

# Other names for models, for example at a gateway: they get the price of the model that they stand for.
#[prices.aliases]
#\"gateway/opus\" = \"claude-opus-5\"
";

/// The file's path: `CCO_CONFIG`, else `${XDG_CONFIG_HOME:-~/.config}/cco/config.toml`. `variable` looks up an
/// environment variable.
pub fn path_from(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(path) = variable("CCO_CONFIG").filter(|path| !path.is_empty()) {
        return Some(path.into());
    }
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")))?;
    Some(folder.join("cco/config.toml"))
}

/// Reads the file at `path`; `None` if it does not exist. Replaces `~/` in paths by `home`.
pub fn read(path: &Path, home: Option<&Path>) -> Result<Option<File>, FileError> {
    read_with(path, home, true)
}

/// The same for programs that compute no costs: a price table on disk is not read.
pub fn read_without_price_table(path: &Path, home: Option<&Path>) -> Result<Option<File>, FileError> {
    read_with(path, home, false)
}

fn read_with(path: &Path, home: Option<&Path>, reads_prices: bool) -> Result<Option<File>, FileError> {
    let failed = |source| FileError::Io { path: path.into(), source };
    let Some(mut file) = own_folder::open_regular(path).map_err(failed)? else { return Ok(None) };
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    let mut parsed = parse_with(&text, path, home, reads_prices)?;
    if let Some(line) = parsed.statusline.as_mut().filter(|line| !line.commands.is_empty()) {
        line.commands_refused = super::trust::refusal(path, &file.metadata().map_err(failed)?, "status line");
    }
    #[cfg(feature = "publisher")]
    if let Some(budgets) = parsed.budgets.as_mut().filter(|budgets| budgets.command.is_some()) {
        budgets.command_refused = super::trust::refusal(path, &file.metadata().map_err(failed)?, "budget");
        if budgets.command_refused.is_some() {
            budgets.command = None;
        }
    }
    #[cfg(feature = "publisher")]
    if let Some(alerts) = parsed.alerts.as_mut().filter(|alerts| alerts.command.is_some()) {
        alerts.command_refused = super::trust::refusal(path, &file.metadata().map_err(failed)?, "alert");
        if alerts.command_refused.is_some() {
            alerts.command = None;
        }
    }
    Ok(Some(parsed))
}

#[cfg(test)]
pub(super) fn parse(text: &str, path: &Path, home: Option<&Path>) -> Result<File, FileError> {
    parse_with(text, path, home, true)
}

fn parse_with(text: &str, path: &Path, home: Option<&Path>, reads_prices: bool) -> Result<File, FileError> {
    let syntax = |error: toml::de::Error| FileError::Syntax {
        path: path.into(),
        line: error.span().map(|span| line_of(text, span.start)),
        what: error.message().to_owned(),
    };
    let mut keys = DeTable::parse(text).map_err(syntax)?;
    for key in keys.get_ref().keys() {
        let (name, line) = (key.get_ref().as_ref(), line_of(text, key.span().start));
        if name == "snapshot" {
            return Err(FileError::Snapshot { path: path.into(), line });
        }
        if !KEYS.contains(&name) {
            let meant = nearest(name, &KEYS).map(str::to_owned);
            return Err(FileError::UnknownKey { path: path.into(), line, key: name.into(), meant });
        }
    }
    for (section, known) in [
        ("statusline", &statusline::KEYS[..]),
        ("http", &http::KEYS),
        ("report", &report::KEYS),
        ("keep", &keep::KEYS),
    ] {
        let Some((key, meant)) = unknown_key(keys.get_ref(), section, known) else { continue };
        let line = line_of(text, key.span().start);
        let key = format!("{section}.{}", key.get_ref());
        return Err(FileError::UnknownKey { path: path.into(), line, key, meant: meant.map(str::to_owned) });
    }
    let origin = Origin { text, path };
    let [prices, budgets, alerts, guard, aliases, monitor] =
        ["prices", "budgets", "alerts", "guard", "aliases", "monitor"]
            .map(|name| keys.get_mut().remove(name));
    let located = |mut error: toml::de::Error| {
        error.set_input(Some(text));
        syntax(error)
    };
    let mut file = File::deserialize(Deserializer::from(keys)).map_err(located)?;
    if let Some(table) = &prices {
        let expand = |path: &Path| expand(path, home);
        let expand = reads_prices.then_some(&expand as &dyn Fn(&Path) -> PathBuf);
        file.prices = Some(prices::read(section(origin, table)?, expand)?);
    }
    if let Some(table) = &budgets {
        file.budgets = Some(budgets::read(section(origin, table)?)?);
    }
    if let Some(table) = &alerts {
        file.alerts = Some(alerts::read(section(origin, table)?)?);
    }
    if let Some(table) = &guard {
        file.guard = Some(guard::read(section(origin, table)?)?);
    }
    if let Some(table) = &aliases {
        let mut read = aliases::read(section(origin, table)?)?;
        read.expand(|name| expand(Path::new(name), home).to_string_lossy().into_owned());
        file.aliases = Some(read);
    }
    if let Some(table) = &monitor {
        file.monitor = Some(monitor::read(section(origin, table)?)?);
    }
    for (name, _) in file.budgets.iter_mut().flat_map(|budgets| &mut budgets.projects) {
        *name = expand(Path::new(name), home).to_string_lossy().into_owned();
    }
    let places = file.roots.iter_mut().flatten().map(|root| ("roots", root));
    let tokens = file.http.iter_mut().filter_map(|http| http.token_file.as_mut());
    let places = places.chain(tokens.map(|file| ("http.token_file", file)));
    for (key, place) in places.chain(file.state.iter_mut().map(|state| ("state", state))) {
        *place = expand(place, home);
        if !place.is_absolute() {
            return Err(FileError::Relative { path: path.into(), key, place: place.clone() });
        }
    }
    Ok(file)
}

/// A section, which must be a table.
fn section<'a>(origin: Origin<'a>, value: &'a toml::Spanned<DeValue<'a>>) -> Result<Section<'a>, FileError> {
    match value.get_ref() {
        DeValue::Table(table) => Ok(Section { origin, table }),
        _ => Err(origin.refuse(value.span(), "expected a table".to_owned())),
    }
}

/// Replaces a leading `~` by the home folder, if that is known.
pub(crate) fn expand(path: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}

/// The examples in the template, as a file.
#[cfg(test)]
pub(super) fn examples() -> String {
    let is_example = |rest: &&str| !rest.starts_with([' ', '#', ':']);
    let lines = TEMPLATE.lines().filter_map(|line| line.strip_prefix('#').filter(is_example));
    lines.map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<File, String> {
        parse(text, Path::new("/c.toml"), Some(Path::new("/h"))).map_err(|error| error.to_string())
    }

    #[test]
    fn the_template_changes_nothing_and_its_examples_are_valid() {
        assert_eq!(file(TEMPLATE), Ok(File::default()));
        let examples = examples();
        // The price table must exist to be read.
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("model_prices.json");
        std::fs::write(&list, "{}").unwrap();
        let examples = examples.replace("~/model_prices.json", &list.to_string_lossy());
        let read = file(&examples).unwrap();
        assert_eq!(read.roots, Some(vec!["/h/.claude".into(), "/mnt/laptop/.claude".into()]));
        for key in KEYS.into_iter().chain(statusline::KEYS).chain(http::KEYS) {
            let starts = [format!("{key} = "), format!("[{key}"), format!("[statusline.{key}.")];
            let begins = |line: &str| starts.iter().any(|start| line.starts_with(start));
            assert!(examples.lines().any(begins), "{key} is shown");
        }
        assert_eq!(read.prices.unwrap().own.len(), 1);
        assert_eq!(read.budgets.unwrap().projects.len(), 1);
        assert_eq!(read.aliases.unwrap().project_at("/h/code/engine"), Some("Engine"));
    }

    #[test]
    fn a_mistyped_key_is_reported_with_its_line_and_a_suggestion() {
        let error = file("log = \"info\"\ntime_zone = \"UTC\"\n").unwrap_err();
        for part in ["/c.toml:2", "time_zone", "did you mean timezone?"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn invalid_toml_is_reported_with_its_line() {
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
