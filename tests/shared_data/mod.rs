//! Where test data that is not part of the package lies.

use std::path::{Path, PathBuf};

/// The folder with the data, if it is there. That it is not is told, and with `CCO_REQUIRE_SHARED=1` a failure:
/// otherwise a run that tests nothing would look like one that passes.
pub(crate) fn shared_data(test: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(|parent| parent.join("shared/data"));
    let folder = std::env::var_os("CCO_SHARED_DATA").map(PathBuf::from).or_else(beside);
    let found = folder.filter(|folder| folder.join("expected").is_dir());
    if found.is_none() {
        let is_required = std::env::var_os("CCO_REQUIRE_SHARED").is_some_and(|value| value == "1");
        assert!(!is_required, "{test}: there is no shared data: set CCO_SHARED_DATA to its folder");
        eprintln!("SKIPPED {test}: no shared data; set CCO_SHARED_DATA to its folder");
    }
    found
}
