//! `cco config`: the settings that count, and the file they may be written in.

mod words;

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::options::Options;
use super::own_files::refuse_own_file;
use super::table::width_to_fit;
use super::{Exit, Failure, print, print_data, print_json, print_path};
use crate::config::{Settings, Source, file, schema};
use crate::own_folder;
use crate::plain_text;
use crate::report::bar::Look;
use crate::report::grid::{Cell, Column, Grid};
use crate::state_folder::StateFolder;

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

/// The most columns of a value in the table.
const VALUE_COLUMNS: usize = 300;

/// Runs `cco config`.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Show { options, json } => show(&options.settings()?, *json),
        Command::Path { config } => print_path(&path(config.as_ref())?),
        Command::Init { config, force } => {
            let path = path(config.as_ref())?;
            // Settings that cannot be read must not prevent a new config file.
            let mut settings = Options::default().settings().ok();
            if let Some(settings) = &mut settings {
                settings.config = None;
                refuse_own_file(settings, &path)?;
            }
            init(&path, *force, settings.as_ref().map(|settings| &settings.state))?;
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
    let mut table = Grid::new([Column::key("Setting"), Column::text("From", 1), Column::key("Value")]);
    for SettingRow { name, value, source } in &shown {
        let value = plain_text::fitted(value, VALUE_COLUMNS);
        table.row([Cell::figure(*name), Cell::figure(source), Cell::words(value)]);
    }
    print(&table.render(width_to_fit()))
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
        one("statusline", words::statusline(&settings.statusline), sources.statusline),
        one("http", words::http(&settings.http), sources.http),
        one("report", format!("group by {}", settings.report.group.word()), sources.report),
        one("keep", words::keep(settings.keep).to_owned(), sources.keep),
        one("prices", words::prices(&settings.prices), sources.prices),
        one("budgets", words::budgets(&settings.budgets), sources.budgets),
        one("alerts", words::alerts(settings.alerts.as_ref()), sources.alerts),
        one("guard", words::guard(&settings.guard), sources.guard),
        one("monitor", words::monitor(&settings.monitor), sources.monitor),
        one("aliases", words::aliases(&settings.aliases), sources.aliases),
    ]
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
        let mut how = std::fs::OpenOptions::new();
        let mut file = how.write(true).truncate(true).create(true).mode(0o600).open(path).map_err(failed)?;
        // As all our files are, also one that an earlier version wrote.
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        file.write_all(schema::SCHEMA.as_bytes()).map_err(failed)?;
    }
    Ok(is_free)
}

/// The configuration file's path; a file that cannot be read does not matter for it.
fn path(flag: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    flag.cloned().or_else(|| file::path_from(|name| std::env::var_os(name))).ok_or_else(|| {
        Failure::new(Exit::Usage, "neither HOME nor XDG_CONFIG_HOME is set: use --config or CCO_CONFIG")
    })
}

/// Writes the config file. In `state` it is noted which folders are made for it, so that `cco uninstall` takes them away.
fn init(path: &Path, force: bool, state: Option<&StateFolder>) -> Result<(), Failure> {
    let failed = Failure::io("cannot write the config file");
    if let Some(folder) = path.parent() {
        let made = match state {
            Some(state) => state.make_folder(folder),
            None => std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder),
        };
        made.map_err(failed)?;
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
