//! `cco config`: the settings that count, and the file they may be written in.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::options::Options;
use super::own_files::refuse_own_file;
use super::{Exit, Failure, print, print_data, print_json, print_path};
use crate::config::statusline::Thresholds;
use crate::config::{Alerts, Http, Limits, Monitor, Settings, Source, StatusLine, file, schema};
use crate::own_folder;
use crate::plain_text;
use crate::report::bar::Look;
use crate::report::figures::{counted, dollars};
use crate::snapshot::Picodollars;

/// Subcommands of `cco config`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Show effective settings and their sources
    Show {
        #[command(flatten)]
        options: Options,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the path of the config file, even if it does not exist
    Path {
        /// Config file [default: ~/.config/cco/config.toml]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Write a config file that explains every setting and changes none
    Init {
        /// Config file [default: ~/.config/cco/config.toml]
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Replace an existing file
        #[arg(long)]
        force: bool,
    },
    /// Print the JSON Schema of the config file, for editors; init writes it beside the file
    Schema,
}

/// A setting, as it is shown.
#[derive(Debug, Serialize)]
struct SettingRow {
    name: &'static str,
    value: String,
    /// `flag`, a variable's name, `file` or `default`.
    source: String,
}

/// The most columns of a value in the list.
const VALUE_COLUMNS: usize = 300;

/// Runs `cco config`.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Show { options, json } => show(&options.settings()?, *json),
        Command::Path { config } => print_path(&path(config.as_ref())?),
        Command::Init { config, force } => {
            let path = path(config.as_ref())?;
            // Settings that cannot be read must not prevent a new config file.
            if let Ok(mut settings) = Options::default().settings() {
                settings.config = None;
                refuse_own_file(&settings, &path)?;
            }
            init(&path, *force)?;
            let schema = path.with_file_name(schema::FILE_NAME);
            let beside = match write_schema(&schema)? {
                true => format!("wrote {}\n", plain_text::path(&schema)),
                false => format!("kept {}, which is not cco's\n", plain_text::path(&schema)),
            };
            print(&format!("wrote {}\n{beside}", plain_text::path(&path)))
        }
        Command::Schema => print_data(schema::SCHEMA),
    }
}

fn show(settings: &Settings, json: bool) -> Result<(), Failure> {
    Look::of(&settings.statusline).map_err(|error| {
        let file = settings.config.as_deref().unwrap_or(Path::new("")).display();
        Failure::new(Exit::Usage, format!("{file}: statusline: {error}"))
    })?;
    let shown = shown(settings);
    if json {
        return print_json(&shown);
    }
    let shown: Vec<_> = (shown.into_iter())
        .map(|setting| SettingRow {
            value: plain_text::fitted(&setting.value, VALUE_COLUMNS).into_owned(),
            ..setting
        })
        .collect();
    let values = shown.iter().map(|setting| setting.value.chars().count()).max().unwrap_or(0);
    let lines = shown.iter().map(|setting| {
        let SettingRow { name, value, source } = setting;
        format!("{name:<10}  {value:<values$}  {source}").trim_end().to_owned() + "\n"
    });
    print(&lines.collect::<String>())
}

fn shown(settings: &Settings) -> Vec<SettingRow> {
    let sources = settings.sources;
    let one = |name, value: String, source: Source| SettingRow { name, value, source: source.to_string() };
    let config = match &settings.config {
        Some(path) if settings.has_config => path.display().to_string(),
        Some(path) => format!("{} (does not exist)", path.display()),
        None => "none: neither HOME nor XDG_CONFIG_HOME is set".into(),
    };
    let list = |entries: Vec<String>, none: &str| {
        if entries.is_empty() { none.to_owned() } else { entries.join(", ") }
    };
    let roots = settings.roots.iter().map(|root| root.display().to_string()).collect();
    vec![
        SettingRow { name: "config", value: config, source: String::new() },
        one("roots", list(roots, "Claude Code's folders"), sources.roots),
        one("exclude", list(settings.exclude.entries().collect(), "nothing"), sources.exclude),
        one("state", settings.state.path().display().to_string(), sources.state),
        one("snapshot", settings.snapshot.display().to_string(), sources.snapshot),
        one("timezone", settings.zone_name.clone(), sources.timezone),
        one("week_start", format!("{:?}", settings.week_start).to_lowercase(), sources.week_start),
        one("log", settings.log.clone(), sources.log),
        one("statusline", statusline(&settings.statusline), sources.statusline),
        one("http", http(&settings.http), sources.http),
        one("prices", prices(settings), sources.prices),
        one("budgets", budgets(settings), sources.budgets),
        one("alerts", alerts(settings.alerts.as_ref()), sources.alerts),
        one("monitor", monitor(&settings.monitor), sources.monitor),
        one("aliases", aliases(settings), sources.aliases),
    ]
}

/// The theme, and what is the user's own.
fn statusline(settings: &StatusLine) -> String {
    let own = [
        ("template", settings.template.is_some()),
        ("bar", settings.bar.is_some()),
        ("separator", settings.separator.is_some()),
        ("thresholds", settings.thresholds != Thresholds::default()),
    ];
    let own: Vec<_> = own.into_iter().filter_map(|(name, is_own)| is_own.then_some(name)).collect();
    let theme = settings.theme.as_deref().unwrap_or("default");
    if own.is_empty() {
        format!("theme {theme}")
    } else {
        format!("theme {theme}, custom {}", own.join(", "))
    }
}

/// Where totals are served, and what is not as by default.
fn http(settings: &Http) -> String {
    let mut told = settings.address.clone().unwrap_or_else(|| "off".into());
    if let Some(path) = &settings.token_file {
        told += &format!("; token in {}", path.display());
    }
    for (is_set, words) in
        [(settings.allow_plain_http, "; other machines may connect"), (settings.redact, "; names hidden")]
    {
        if is_set {
            told += words;
        }
    }
    if !settings.hosts.is_empty() {
        told += &format!("; as {}", settings.hosts.join(", "));
    }
    told
}

fn prices(settings: &Settings) -> String {
    let mut told = match settings.prices.table().collected() {
        Some(date) => format!("bundled, from {date}"),
        None => "bundled".to_owned(),
    };
    if let Some((path, models)) = &settings.prices.file {
        told += &format!("; {} from {}", counted(models.len() as u64, "model"), path.display());
    }
    for (count, noun) in
        [(settings.prices.own.len(), "model"), (settings.prices.aliases.len(), "alternative name")]
    {
        if count > 0 {
            told += &format!("; {} from the config file", counted(count as u64, noun));
        }
    }
    told
}

fn budgets(settings: &Settings) -> String {
    let limits = |of: &str, limits: &Limits| {
        let each = [("a day", limits.daily), ("a week", limits.weekly), ("a month", limits.monthly)];
        let told =
            |(period, limit): (&str, Option<Picodollars>)| Some(format!("{of}{} {period}", dollars(limit?)));
        each.into_iter().filter_map(told).collect::<Vec<_>>()
    };
    let budgets = &settings.budgets;
    let projects =
        budgets.projects.iter().flat_map(|(name, own)| limits(&format!("{}: ", plain_text::name(name)), own));
    let all: Vec<_> = limits("", &budgets.overall).into_iter().chain(projects).collect();
    let told = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
    match &budgets.command_refused {
        Some(refusal) => format!("{told}; {refusal}"),
        None => told,
    }
}

/// Which alerts there are, and how they are sent.
fn alerts(alerts: Option<&Alerts>) -> String {
    let Some(alerts) = alerts else { return "none".to_owned() };
    let mut told = vec!["log".to_owned()];
    told.extend(alerts.desktop.then(|| "desktop".to_owned()));
    told.extend(alerts.command.as_ref().map(|_| "command".to_owned()));
    let mut told = format!("in {}", told.join(", "));
    if alerts.limit_percent > 0 {
        told += &format!("; limits from {}%", alerts.limit_percent);
    }
    if let Some(refusal) = &alerts.command_refused {
        told += &format!("; {refusal}");
    }
    told
}

/// Theme and rate, and which keys are the user's own.
fn monitor(settings: &Monitor) -> String {
    let mut words = format!(
        "theme {}, up to {} a second",
        settings.theme.name(),
        counted(settings.rate.into(), "redraw")
    );
    if let Some(symbols) = settings.symbols {
        words += &format!(", {} symbols", symbols.name());
    }
    if settings.mouse {
        words += ", mouse";
    }
    let changed: Vec<_> = settings.keys.changed().collect();
    if !changed.is_empty() {
        words += &format!(", custom keys: {}", changed.join(", "));
    }
    words
}

fn aliases(settings: &Settings) -> String {
    let (projects, models) = settings.aliases.counts();
    match (projects, models) {
        (0, 0) => "none".to_owned(),
        _ => format!("{}, {}", counted(projects as u64, "project"), counted(models as u64, "model")),
    }
}

/// Writes the schema, unless something else has its name.
fn write_schema(path: &Path) -> Result<bool, Failure> {
    let failed = Failure::io("cannot write the schema of the config file");
    let is_free = match own_folder::open_regular(path) {
        Ok(None) => true,
        Ok(Some(mut file)) => {
            let mut text = String::new();
            file.read_to_string(&mut text).is_ok() && schema::is_ours(&text)
        }
        Err(_) => false,
    };
    if is_free {
        std::fs::write(path, schema::SCHEMA).map_err(failed)?;
    }
    Ok(is_free)
}

/// The configuration file's path; a file that cannot be read does not matter for it.
fn path(flag: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    flag.cloned().or_else(|| file::path_from(|name| std::env::var_os(name))).ok_or_else(|| {
        Failure::new(Exit::Usage, "neither HOME nor XDG_CONFIG_HOME is set: use --config or CCO_CONFIG")
    })
}

fn init(path: &Path, force: bool) -> Result<(), Failure> {
    let failed = Failure::io("cannot write the config file");
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    // Budgets run commands that are in this file.
    let mut how = std::fs::OpenOptions::new();
    how.write(true).truncate(force).create(force).create_new(!force).mode(0o600);
    let mut file = match how.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(Failure::new(
                Exit::Failed,
                format!("{} already exists: use --force to replace it", path.display()),
            ));
        }
        other => other.map_err(failed)?,
    };
    file.write_all(file::TEMPLATE.as_bytes()).map_err(failed)
}
