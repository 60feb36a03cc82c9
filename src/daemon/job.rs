//! From settings to a publisher's job: which transcripts it counts, and where it publishes.
//!
//! Invariant: a transcript always has the same path, whatever the current directory. Used by the running publisher and
//! by commands that take its place for a moment.

use std::path::PathBuf;

use crate::config::Settings;
use crate::ingest::{Environment, RootSearch, default_threads, find_roots};
use crate::publish::Job;

/// Claude Code's folders, from this process's environment.
pub fn own_roots() -> RootSearch {
    find_roots(&Environment {
        claude_config_dir: std::env::var_os("CLAUDE_CONFIG_DIR"),
        xdg_config_home: std::env::var_os("XDG_CONFIG_HOME"),
        home: std::env::var_os("HOME").map(PathBuf::from),
    })
}

/// The job of a running publisher: the named roots, else every folder Claude Code may use, existing or not.
pub fn job_to_follow(settings: &Settings) -> Job {
    let roots = if settings.roots.is_empty() { own_roots().checked } else { settings.roots.clone() };
    job(roots, settings)
}

/// The job for the transcripts in `roots`.
pub fn job(roots: Vec<PathBuf>, settings: &Settings) -> Job {
    Job {
        // Without a current directory a relative root is invalid anyway; errors then name it as given.
        roots: roots.into_iter().map(|root| std::path::absolute(&root).unwrap_or(root)).collect(),
        state: settings.state.clone(),
        snapshot: settings.snapshot.clone(),
        zone: settings.zone.clone(),
        zone_name: settings.zone_name.clone(),
        week_start: settings.week_start,
        exclude: settings.exclude.clone(),
        keeps_titles: settings.keep.titles,
        prices: settings.prices.table().clone(),
        threads: default_threads(),
    }
}
