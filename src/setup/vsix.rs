//! An extension's file: which extension it is, and of which version. Used by `vscode`.
//!
//! Invariant: the file may hold anything. It is only read, and neither it nor its manifest beyond a limit.

use std::io::{self, Cursor, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_128;
use zip::ZipArchive;

use super::SetupError;
use crate::own_folder::open_regular;
use crate::plain_text::plain;

/// Where the manifest is in the file.
const MANIFEST: &str = "extension/package.json";
/// The largest file to read, in bytes. Our extension is far below 1 MiB.
const FILE_MAX: u64 = 64 << 20;
/// The longest manifest to read, in bytes.
const MANIFEST_MAX: u64 = 1 << 20;

/// An extension's file.
#[derive(Clone, Debug)]
pub(super) struct Vsix {
    pub(super) path: PathBuf,
    /// The extension's identifier.
    pub(super) id: String,
    pub(super) version: String,
    /// A hash of the file's bytes.
    pub(super) hash: String,
}

#[derive(Deserialize)]
struct Manifest {
    publisher: String,
    name: String,
    version: String,
}

impl Vsix {
    /// Reads a file, which exists.
    pub(super) fn read(path: &Path) -> Result<Self, SetupError> {
        let path = std::path::absolute(path).map_err(SetupError::io("find", path))?;
        let bytes = content(&path).map_err(SetupError::io("read", &path))?.ok_or_else(|| {
            let what = format!("is larger than {} MiB, too large for an extension", FILE_MAX >> 20);
            SetupError::Extension { path: path.clone(), what }
        })?;
        let hash = format!("{:032x}", xxh3_128(&bytes));
        let manifest = manifest(&bytes).map_err(|what| SetupError::Extension {
            path: path.clone(),
            what: format!("is not an extension's file: {}", plain(&what)),
        })?;
        let id = format!("{}.{}", manifest.publisher, manifest.name);
        Ok(Self { path, id, version: manifest.version, hash })
    }
}

/// A file's bytes; `None` if it is too large.
fn content(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = open_regular(path)?.ok_or(io::ErrorKind::NotFound)?;
    let mut bytes = Vec::new();
    let read = file.take(FILE_MAX + 1).read_to_end(&mut bytes)?;
    Ok((read as u64 <= FILE_MAX).then_some(bytes))
}

/// The manifest, or what is wrong with it.
fn manifest(bytes: &[u8]) -> Result<Manifest, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let file = archive.by_name(MANIFEST).map_err(|error| format!("{MANIFEST}: {error}"))?;
    let mut text = Vec::new();
    file.take(MANIFEST_MAX).read_to_end(&mut text).map_err(|error| format!("{MANIFEST}: {error}"))?;
    serde_json::from_slice(&text).map_err(|error| format!("{MANIFEST}: {error}"))
}
