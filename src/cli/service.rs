//! `cco service`: the publisher under the system's service manager.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;

use super::daemon::{failure as daemon_failure, own_program};
use super::options::{Options, variables};
use super::{Exit, Failure, print};
use crate::daemon::service::{Manager, Program, Service, ServiceError, Tool};
use crate::daemon::{Holder, holder};

/// Subcommands of `cco service`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Write the service file and start the service, now and at each login
    #[command(
        after_help = "Copies the current values of CCO_*, CLAUDE_CONFIG_DIR and XDG_* into the file.\n\
                            Set CCO_SYSTEMCTL or CCO_LAUNCHCTL to use another service manager command."
    )]
    Install {
        #[command(flatten)]
        options: Options,
        #[command(flatten)]
        which: Which,
    },
    /// Stop the service, unregister it and remove its file
    Uninstall {
        #[command(flatten)]
        which: Which,
    },
    /// Show whether the service is installed and running
    #[command(after_help = "Exit codes: 0 installed and running; 3 not running.")]
    Status {
        #[command(flatten)]
        which: Which,
    },
}

/// Whose service.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct Which {
    /// Service manager [default: the platform's]
    #[arg(long, value_name = "NAME")]
    manager: Option<ManagerName>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ManagerName {
    Systemd,
    Launchd,
}

/// Runs `cco service`.
pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Install { options, which } => install(options, *which),
        Command::Uninstall { which } => {
            let service = service(*which)?;
            let done = service.uninstall().map_err(failure)?;
            let told = if done.is_empty() {
                format!("not installed: {} does not exist\n", service.file.display())
            } else {
                lines(&done)
            };
            print(&told).map(|()| ExitCode::SUCCESS)
        }
        Command::Status { which } => {
            let service = service(*which)?;
            let standing = service.standing().map_err(failure)?;
            let file = service.file.display();
            let (told, code) = match (standing.is_installed, standing.is_active) {
                (true, true) => (format!("installed and running: {file}\n"), ExitCode::SUCCESS),
                (true, false) => {
                    let told = format!("installed, not running: {file}; to start it: cco service install\n");
                    (told, ExitCode::from(Exit::Locked as u8))
                }
                _ => ("not installed\n".into(), ExitCode::from(Exit::Locked as u8)),
            };
            print(&told).map(|()| code)
        }
    }
}

fn install(options: &Options, which: Which) -> Result<ExitCode, Failure> {
    let settings = options.settings()?;
    let service = service(which)?;
    let running = holder(&settings.state.lock()).map_err(daemon_failure)?;
    if !service.file.exists() && !matches!(running, Holder::Nobody { .. }) {
        let who =
            if let Holder::Process(pid) = running { format!(" (process {pid})") } else { String::new() };
        return Err(Failure::new(
            Exit::Locked,
            format!("a publisher is already running{who}; stop it first: cco daemon stop"),
        ));
    }
    let mut arguments = vec!["publish".into()];
    arguments.extend(options.arguments()?);
    let program = Program { path: own_program()?, arguments, variables: variables()? };
    let done = service.install(&program).map_err(failure)?;
    let hint = match service.manager {
        Manager::Systemd => {
            "it runs while you are logged in; to run it always: loginctl enable-linger; to read its log: \
             journalctl --user -u cco\n"
        }
        Manager::Launchd => "it runs while you are logged in\n",
    };
    print(&(lines(&done) + hint)).map(|()| ExitCode::SUCCESS)
}

/// The user's service, there or not.
pub(super) fn service(which: Which) -> Result<Service, Failure> {
    let manager = match which.manager {
        Some(ManagerName::Systemd) => Manager::Systemd,
        Some(ManagerName::Launchd) => Manager::Launchd,
        None => Manager::of_this_platform(),
    };
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let Some(home) = absolute("HOME") else {
        return Err(Failure::new(Exit::Usage, "cannot find the service: HOME is not set; set it"));
    };
    let config = absolute("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
    let (variable, usual) = match manager {
        Manager::Systemd => ("CCO_SYSTEMCTL", "systemctl"),
        Manager::Launchd => ("CCO_LAUNCHCTL", "launchctl"),
    };
    let tool = std::env::var_os(variable).filter(|name| !name.is_empty()).unwrap_or_else(|| usual.into());
    Ok(Service { manager, file: manager.file(&home, &config), tool: Tool::new(tool) })
}

/// A service's error with its exit code.
pub(super) fn failure(error: ServiceError) -> Failure {
    Failure::new(Exit::Failed, error)
}

fn lines(done: &[String]) -> String {
    done.iter().map(|line| format!("{line}\n")).collect()
}
