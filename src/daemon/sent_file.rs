//! A list in the state folder of what was sent already, as JSON, so that nothing is sent twice after a restart.
//!
//! Invariant: a file that cannot be read counts as empty and is logged; a list is written whole or not at all. Used by
//! the watches of budgets and alerts.

use std::io::{self, BufReader};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::own_folder;

/// Reads a list. `what` names in the log what may be sent again if the file cannot be read.
pub(super) fn read<T: DeserializeOwned + Default>(path: &Path, what: &str) -> T {
    let read = match own_folder::read(path) {
        Ok(Some(file)) => serde_json::from_reader(BufReader::new(file)).map_err(|error| error.to_string()),
        Ok(None) => Ok(T::default()),
        Err(error) => Err(error.to_string()),
    };
    read.unwrap_or_else(|error| {
        tracing::warn!("cannot read {}, {what} may repeat: {error}", path.display());
        T::default()
    })
}

/// Replaces the list.
pub(super) fn write(path: &Path, list: &impl Serialize) -> io::Result<()> {
    own_folder::replace(path, &serde_json::to_vec(list)?)
}
