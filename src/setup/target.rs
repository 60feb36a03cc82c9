//! A user's file: resolving, reading and replacing it. Used by `plan`, `record` and `undo`.
//!
//! Invariant: a file is replaced whole or not at all, at the target of any symbolic link, with its previous mode,
//! and only if it still holds the bytes that the plan read.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::SetupError;
use crate::own_folder;

/// How many links to follow at most, the same as the system.
const LINKS_MAX: usize = 40;

/// Resolves symbolic links. The file need not exist.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, SetupError> {
    let mut path = std::path::absolute(path).map_err(SetupError::io("find", path))?;
    for _ in 0..LINKS_MAX {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("/")).join(target),
            // Not a link, or not there.
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::NotFound) => {
                return Ok(path);
            }
            Err(error) => return Err(SetupError::io("read", &path)(error)),
        }
    }
    Err(SetupError::io("follow the links of", &path)(io::Error::other("they form a loop")))
}

/// A file's content; `None` if the file does not exist. A pipe or device is refused: it has no content to restore.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, SetupError> {
    let found = own_folder::open_regular(path).and_then(|file| {
        let Some(mut file) = file else { return Ok(None) };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    });
    found.map_err(SetupError::io("read", path))
}

/// Changes a file from `before` to `after`; `None` means no file. Fails if the file no longer holds `before`.
pub(super) fn change(path: &Path, before: Option<&[u8]>, after: Option<&[u8]>) -> Result<(), SetupError> {
    if read(path)?.as_deref() != before {
        return Err(SetupError::Changed { path: path.to_owned() });
    }
    match after {
        Some(bytes) => write(path, bytes).map_err(SetupError::io("write", path)),
        None if before.is_some() => fs::remove_file(path).map_err(SetupError::io("remove", path)),
        None => Ok(()),
    }
}

/// The parent folders that do not exist yet, innermost first.
pub(super) fn missing_folders(path: &Path) -> Vec<PathBuf> {
    path.ancestors().skip(1).take_while(|folder| !folder.exists()).map(Path::to_owned).collect()
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    // The umask reduces this mode for a new file.
    let mut file =
        tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o666)).tempfile_in(folder)?;
    file.write_all(bytes)?;
    match fs::metadata(path) {
        Ok(metadata) => file.as_file().set_permissions(metadata.permissions())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
