//! Where test data that is not part of the package lies.

use std::path::{Path, PathBuf};

use crate::skipped::skipped;

/// The folder with the data, if it is there. A run that tests nothing would look like one that passes: so it is
/// reported where it is not, and a failure where it should be, because `../shared` is there, `CCO_SHARED_DATA` names
/// a folder or `CCO_REQUIRE_SHARED` is 1.
pub(crate) fn shared_data(test: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(|parent| parent.join("shared"));
    let beside = beside.filter(|folder| folder.is_dir()).map(|folder| folder.join("data"));
    let folder = std::env::var_os("CCO_SHARED_DATA").map(PathBuf::from).or(beside);
    let is_required = std::env::var_os("CCO_REQUIRE_SHARED").is_some_and(|value| value == "1");
    match folder {
        Some(folder) if folder.join("expected").is_dir() => Some(folder),
        Some(folder) => panic!("{test}: {} holds no expected/", folder.display()),
        None if is_required => panic!("{test}: there is no shared data: set CCO_SHARED_DATA to its folder"),
        None => {
            skipped(format_args!("{test}: no shared data; set CCO_SHARED_DATA to its folder"));
            None
        }
    }
}
