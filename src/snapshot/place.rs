//! Where the snapshot is. Readers and publisher both ask here, so they never disagree.
//!
//! `$CCO_SNAPSHOT` if set, else `usage.snapshot` in the state folder, which is `$CCO_STATE` if set, else `${XDG_STATE_HOME:-~/.local/state}/cco` on every platform: it survives
//! logout and reboot.

use std::ffi::OsString;
use std::path::PathBuf;

/// The file's name in a state folder.
pub const FILE_NAME: &str = "usage.snapshot";

/// The path of the user's snapshot. `variable` looks up an environment variable; [`default_path`] uses the
/// environment of this process. `None` if neither the variables nor a home folder give one.
pub fn path_from(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    if let Some(path) = set("CCO_SNAPSHOT") {
        return Some(path);
    }
    Some(set("CCO_STATE").or_else(|| state_folder_from(&variable))?.join(FILE_NAME))
}

/// The user's default state folder.
pub fn state_folder_from(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // The XDG specification asks to ignore relative paths.
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    state.map(|state| state.join("cco"))
}

/// The path of this user's snapshot by this process's environment; `None` if there is no home folder.
pub fn default_path() -> Option<PathBuf> {
    path_from(|name| std::env::var_os(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(variables: &[(&str, &str)]) -> Option<PathBuf> {
        path_from(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_variables_decide_in_order() {
        assert_eq!(path(&[]), None);
        assert_eq!(path(&[("HOME", "/h")]), Some("/h/.local/state/cco/usage.snapshot".into()));
        assert_eq!(path(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s")]), Some("/s/cco/usage.snapshot".into()));
        assert_eq!(
            path(&[("HOME", "/h"), ("XDG_STATE_HOME", "relative")]),
            Some("/h/.local/state/cco/usage.snapshot".into())
        );
        assert_eq!(path(&[("HOME", "/h"), ("CCO_STATE", "/z")]), Some("/z/usage.snapshot".into()));
        assert_eq!(path(&[("HOME", "/h"), ("CCO_SNAPSHOT", "/x/y")]), Some("/x/y".into()));
        assert_eq!(path(&[("HOME", "/h"), ("CCO_SNAPSHOT", "")]), path(&[("HOME", "/h")]));
    }
}
