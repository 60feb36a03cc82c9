//! The service a command refers to, under the named manager or the platform's.

use std::path::PathBuf;

use clap::ValueEnum;

use super::failure::{Exit, Failure};
use crate::daemon::service::{Manager, Service, Tool};

/// Which service.
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

/// The user's service, installed or not.
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
