//! `cco service`: the publisher under the system's service manager.

use std::process::ExitCode;

use super::options::{Options, variables};
use super::paths::own_program;
use super::service_choice::{Which, service};
use super::{Exit, Failure, print};
use crate::daemon::service::{Manager, Program};
use crate::daemon::{Holder, holder};
use crate::plain_text;

/// Subcommands of `cco service`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Write the service file and start the service, now and at each login
    #[command(
        after_help = "Copies the current values of CCO_*, CLAUDE_CONFIG_DIR, TZ and XDG_* into the file.\n\
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

/// Runs `cco service`.
pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Install { options, which } => install(options, *which),
        Command::Uninstall { which } => {
            let service = service(*which)?;
            let done = service.uninstall()?;
            let told = if done.is_empty() {
                format!("not installed: {} does not exist\n", plain_text::path(&service.file))
            } else {
                lines(&done)
            };
            print(&told).map(|()| ExitCode::SUCCESS)
        }
        Command::Status { which } => {
            let service = service(*which)?;
            let standing = service.standing()?;
            let file = plain_text::path(&service.file);
            let (told, code) = match (standing.is_installed, standing.is_active) {
                (true, true) => (format!("installed and running: {file}\n"), ExitCode::SUCCESS),
                (true, false) => {
                    let told = format!("installed, not running: {file}; to start it: cco service install\n");
                    (told, Exit::NotLive.into())
                }
                _ => ("not installed; to install it: cco service install\n".into(), Exit::NotLive.into()),
            };
            print(&told).map(|()| code)
        }
    }
}

/// Installs the service and starts it.
pub(super) fn install(options: &Options, which: Which) -> Result<ExitCode, Failure> {
    let settings = options.settings()?;
    let service = service(which)?;
    let running = holder(&settings.state.lock())?;
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
    let done = service.install(&program, &settings.state)?;
    let hint = match service.manager {
        Manager::Systemd => {
            "it runs while you are logged in; to run it always: loginctl enable-linger; to read its log: \
             journalctl --user -u cco\n"
        }
        Manager::Launchd => "it runs while you are logged in\n",
    };
    print(&(lines(&done) + hint)).map(|()| ExitCode::SUCCESS)
}

fn lines(done: &[String]) -> String {
    done.iter().map(|line| format!("{line}\n")).collect()
}
