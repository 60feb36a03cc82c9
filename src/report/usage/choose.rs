//! Finds the projects, models, dimensions and session that a user names.
//!
//! Invariant: a complete name selects only itself, and part of a name selects all names that contain it. An unknown name
//! is an error with similar names; it never shows as nothing used.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::dimensions::{DimensionFilter, DimensionTable};
use super::named::NameTables;
use super::query::Only;
use super::worktrees::Folding;
use crate::config::Aliases;
use crate::config::suggest::nearest;
use crate::ledger::{Ledger, LedgerError, NameKind};
use crate::plain_text;
use crate::usage::{Dimension, is_project_of, last_part};

/// How many names an error lists.
const TOLD: usize = 5;

/// Why a name selects nothing.
#[derive(Debug)]
pub enum ChoiceError {
    /// There is no such name.
    Unknown(String),
    /// It is the start of several names.
    Ambiguous(String),
    /// The ledger cannot be read.
    Ledger(LedgerError),
}

impl From<LedgerError> for ChoiceError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

/// What a user names, each the name or a part of it. An empty list takes all.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Projects.
    pub projects: Vec<String>,
    /// Models.
    pub models: Vec<String>,
    /// Values of dimensions; the empty one stands for what is not recorded.
    pub dimensions: Vec<(Dimension, Vec<String>)>,
    /// Whether a project's git worktrees are parts of it.
    pub folds_worktrees: bool,
}

/// The ids of what is selected.
pub fn only(ledger: &Ledger, wanted: &Wanted, aliases: &Aliases) -> Result<Only, ChoiceError> {
    let Wanted { projects, models, dimensions, folds_worktrees } = wanted;
    let dimensions = by_dimensions(ledger, dimensions)?;
    if projects.is_empty() && models.is_empty() {
        return Ok(Only { dimensions, ..Only::default() });
    }
    let names = NameTables::read(ledger, false)?;
    let all = |given: &[String], find: &dyn Fn(&str) -> Result<Vec<i64>, ChoiceError>| {
        let found: Result<Vec<_>, _> = given.iter().map(|given| find(given)).collect();
        found.map(|ids| (!given.is_empty()).then(|| ids.into_iter().flatten().collect::<HashSet<i64>>()))
    };
    let mut folded = names.clone();
    if *folds_worktrees {
        Folding::read(ledger, &mut folded)?;
    }
    // Whoever names a worktree means it alone.
    let project = |given: &str| match project(&folded, given, aliases) {
        Err(ChoiceError::Unknown(_)) if *folds_worktrees => project(&names, given, aliases),
        found => found,
    };
    Ok(Only {
        projects: all(projects, &project)?,
        models: all(models, &|given| model(&names, given, aliases))?,
        session: None,
        dimensions,
    })
}

fn by_dimensions(
    ledger: &Ledger,
    wanted: &[(Dimension, Vec<String>)],
) -> Result<Option<DimensionFilter>, ChoiceError> {
    let wanted = || wanted.iter().filter(|(_, given)| !given.is_empty());
    if wanted().next().is_none() {
        return Ok(None);
    }
    let table = DimensionTable::read(ledger)?;
    let mut found = Vec::new();
    for (of, given) in wanted() {
        let known = table.values(*of);
        let mut values = HashSet::new();
        for given in given {
            values.extend(dimension(*of, &known, given)?.into_iter().map(Arc::from));
        }
        found.push((*of, values));
    }
    Ok(Some(DimensionFilter::new(found)))
}

fn dimension<'n>(of: Dimension, known: &[&'n str], given: &'n str) -> Result<Vec<&'n str>, ChoiceError> {
    if given.is_empty() || known.contains(&given) {
        return Ok(vec![given]);
    }
    let found: Vec<&str> = known.iter().copied().filter(|name| holds(name, given)).collect();
    if found.is_empty() {
        let (what, list) = match of {
            Dimension::Branch => ("branch", "cco branch"),
            Dimension::Subagent => ("subagent", "cco subagent"),
            Dimension::Skill => ("skill", "cco skill"),
            Dimension::Plugin => ("plugin", "cco plugin"),
            Dimension::McpServer => ("MCP server", "cco mcp"),
            Dimension::McpTool => ("MCP tool", "cco mcp"),
            Dimension::Effort => ("effort", "cco effort"),
            Dimension::Entrypoint => ("entrypoint", "cco entrypoint"),
            Dimension::AgentId => ("agent id", "cco subagent --by agent-id"),
        };
        return Err(unknown(what, given, known.to_vec(), list));
    }
    Ok(found)
}

fn project(names: &NameTables, given: &str, aliases: &Aliases) -> Result<Vec<i64>, ChoiceError> {
    let path = |key: &Arc<str>| names.paths.get(key).map(|path| &**path);
    let place = std::path::absolute(given).ok();
    let alias = |key: &Arc<str>| aliases.project(key, path(key));
    let is_it = |key: &Arc<str>| {
        let is_path = |named: &str| is_project_of(key, path(key), named);
        **key == *given
            || alias(key) == Some(given)
            || is_path(given)
            || place.as_deref().and_then(Path::to_str).is_some_and(is_path)
    };
    let found = matching(&names.projects, is_it);
    if !found.is_empty() {
        return Ok(found);
    }
    let has_part = |key: &Arc<str>| {
        let names = [Some(&**key), path(key), alias(key)];
        names.into_iter().flatten().any(|name| holds(name, given))
    };
    let found = matching(&names.projects, has_part);
    if !found.is_empty() {
        return Ok(found);
    }
    let ends = names.paths.values().map(|path| last_part(path)).filter(|part| !part.is_empty());
    let known = names.projects.values().map(|key| &**key);
    let known = known.chain(ends).chain(names.projects.values().filter_map(alias));
    Err(unknown("project", given, known.collect(), "cco project"))
}

fn model(names: &NameTables, given: &str, aliases: &Aliases) -> Result<Vec<i64>, ChoiceError> {
    let alias = |name: &Arc<str>| aliases.model(name);
    let mut found = matching(&names.models, |name| **name == *given || alias(name) == Some(given));
    if found.is_empty() {
        let has_part = |name: &str| holds(name, given);
        found = matching(&names.models, |name| has_part(name) || alias(name).is_some_and(has_part));
    }
    if found.is_empty() {
        let known = names.models.values().map(|name| &**name).chain(names.models.values().filter_map(alias));
        return Err(unknown("model", given, known.collect(), "cco model"));
    }
    Ok(found)
}

/// The session with this id, or the only one whose id starts with it.
pub fn session(ledger: &Ledger, given: &str) -> Result<(i64, Arc<str>), ChoiceError> {
    let names = ledger.names(NameKind::Sessions)?;
    let is_it = |(_, name): &(i64, &Arc<str>)| ***name == *given;
    let mut all = names.iter().map(|(id, name)| (*id, name));
    if let Some((id, name)) = all.find(is_it) {
        return Ok((id, Arc::clone(name)));
    }
    let mut found: Vec<(i64, &Arc<str>)> =
        names.iter().filter(|(_, name)| name.starts_with(given)).map(|(id, name)| (*id, name)).collect();
    found.sort_by_key(|(_, name)| Arc::clone(name));
    match found.as_slice() {
        [(id, name)] => Ok((*id, Arc::clone(name))),
        [] => {
            let known = names.values().map(|name| &**name).collect();
            Err(unknown("session", given, known, "cco session"))
        }
        several => {
            let told: Vec<_> = several.iter().take(TOLD).map(|(_, name)| plain_text::name(name)).collect();
            let more = if several.len() > TOLD { ", …" } else { "" };
            let words = format!("{} sessions match {given:?}: {}{more}", several.len(), told.join(", "));
            Err(ChoiceError::Ambiguous(words))
        }
    }
}

fn matching(names: &HashMap<i64, Arc<str>>, is_meant: impl Fn(&Arc<str>) -> bool) -> Vec<i64> {
    names.iter().filter(|(_, name)| is_meant(name)).map(|(id, _)| *id).collect()
}

fn holds(name: &str, part: &str) -> bool {
    // `.` is the current folder, not part of a name.
    !["", ".", ".."].contains(&part) && name.to_lowercase().contains(&part.to_lowercase())
}

fn unknown(what: &str, given: &str, mut known: Vec<&str>, list: &str) -> ChoiceError {
    known.sort_unstable();
    known.dedup();
    let mut near = Vec::new();
    while let Some(name) = nearest(given, &known).filter(|_| near.len() < TOLD) {
        known.retain(|other| *other != name);
        near.push(plain_text::name(name));
    }
    let advice = match near.as_slice() {
        [] => format!("to list all: {list}"),
        near => format!("did you mean {}?", near.join(" or ")),
    };
    ChoiceError::Unknown(format!("no {what} matches {given:?}: {advice}"))
}
