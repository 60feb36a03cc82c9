//! A list in the state folder of what was sent already, as JSON, so that nothing is sent twice after a restart.
//!
//! Invariant: a file that cannot be read counts as empty and is logged. Used by
//! the watches of budgets and alerts.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::own_folder::read_json;

/// Reads a list. `what` names in the log what may be sent again if the file cannot be read.
pub(super) fn read<T: DeserializeOwned + Default>(path: &Path, what: &str) -> T {
    match read_json(path) {
        Ok(list) => list.unwrap_or_default(),
        Err(error) => {
            tracing::warn!("cannot read {}, {what} may repeat: {error}", path.display());
            T::default()
        }
    }
}
