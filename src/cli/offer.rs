//! Offers to start a publisher after something was set up that shows its figures.
//!
//! Invariant: nothing is started that nobody agreed to. `--yes` agrees to a change of files only, so without a terminal
//! the command to start one is shown.

use super::confirm::agreed;
use super::options::Options;
use super::service_choice::{Which, service};
use super::{Failure, daemon, note, print, service as services};
use crate::daemon::{Holder, holder};

const NONE: &str = "no publisher is running, so figures are not updated";
const LATER: &str = "to start one: cco daemon start; to start one at each login: cco service install";

/// Offers it if none is running. Without `can_ask` it is only said.
pub(super) fn offer(options: &Options, can_ask: bool) -> Result<(), Failure> {
    let settings = options.settings()?;
    if !matches!(holder(&settings.state.lock())?, Holder::Nobody { .. }) {
        return Ok(());
    }
    if !can_ask {
        return print(&format!("{NONE}; {LATER}\n"));
    }
    note(NONE);
    if has_services() && agreed("Start one now and at each login, as a service?", "")? {
        match services::install(options, Which::default()) {
            Ok(_) => return Ok(()),
            Err(failure) => note(&format!("cco: {failure}")),
        }
    }
    if agreed("Start one now?", "")? {
        return daemon::start_with(options);
    }
    note(LATER);
    Ok(())
}

fn has_services() -> bool {
    service(Which::default()).is_ok_and(|service| service.can_be_installed())
}
