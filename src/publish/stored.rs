//! Converts what ingest read to the ledger's types, and back.
//!
//! Invariant: no fact is changed or dropped. Used by [`super::counter`].

use std::sync::Arc;

use crate::ingest::{self, Mark, ReadOutcome, Subagent, Title, TitleKind, WorkingFolder};
use crate::ledger::{self, ProjectPath, SubagentRow, TitleRow};

/// A transcript that was read, as the ledger stores it.
pub(super) fn file(outcome: &ReadOutcome, now: i64) -> ledger::FileRow {
    let state = &outcome.state;
    ledger::FileRow {
        path: state.path.clone(),
        device: state.device,
        inode: state.inode,
        size: state.bytes,
        offset: state.mark.offset,
        fingerprint: state.mark.fingerprint,
        fingerprint_bytes: state.mark.offset,
        modified_ns: state.modified_ns,
        project: Arc::clone(&state.project),
        seen_ms: now,
        gone: false,
        reader_state: None,
    }
}

/// A transcript that the ledger knows, as the follower continues it.
pub(super) fn known(file: ledger::FileRow) -> ingest::FileState {
    ingest::FileState {
        session: ingest::session_of(&file.path),
        path: file.path,
        project: file.project,
        device: file.device,
        inode: file.inode,
        bytes: file.size,
        modified_ns: file.modified_ns,
        mark: Mark { offset: file.offset, fingerprint: file.fingerprint },
    }
}

/// A project's working folder.
pub(super) fn project_path(project: &Arc<str>, folder: &WorkingFolder) -> ProjectPath {
    ProjectPath { project: Arc::clone(project), at_ms: folder.at_ms, path: Arc::clone(&folder.path) }
}

/// The type of a subagent.
pub(super) fn subagent(subagent: &Subagent) -> SubagentRow {
    let Subagent { session, id, kind } = subagent;
    SubagentRow { session: Arc::clone(session), agent_id: id.clone(), kind: Arc::clone(kind) }
}

/// A session's title.
pub(super) fn title(title: &Title) -> TitleRow {
    let rank = match title.kind {
        TitleKind::Summary => 0,
        TitleKind::Ai => 1,
        TitleKind::Custom => 2,
    };
    TitleRow { session: Arc::clone(&title.session), rank, title: title.text.clone() }
}

/// Claude Code's own figure, of a session whose transcript belongs to `project`.
pub(super) fn cost_state(state: ingest::CostState, project: &Arc<str>) -> ledger::CostStateRow {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    ledger::CostStateRow {
        cost: state.total_cost,
        start_ms: signed(state.start_ms),
        duration_ms: signed(state.total_duration_ms),
        api_duration_ms: signed(state.api_duration_ms),
        lines_added: state.lines_added,
        lines_removed: state.lines_removed,
        has_unknown_model_cost: state.has_unknown_model_cost,
        model_usage: state.model_usage,
        session: state.session,
        project: Arc::clone(project),
    }
}
