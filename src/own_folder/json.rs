//! A file that holds a value as JSON.
//!
//! Invariant: a value is read whole or not at all, and replaced so that readers see the old one or the new one.

use std::io::{self, BufReader};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{read, replace};

/// Reads the value; `None` if there is no file.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let Some(file) = read(path)? else { return Ok(None) };
    Ok(Some(serde_json::from_reader(BufReader::new(file))?))
}

/// Replaces the value, in a folder that exists; durable.
pub fn replace_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    replace(path, &serde_json::to_vec(value)?)
}
