//! One object of a transcript, reduced to the members that count, as written.
//!
//! Invariant: of duplicate keys the last is kept, and replaces the earlier one completely. Texts are not
//! decoded here: whether they must decode depends on what the object is, which [`super::decode`] decides.

use std::ops::Index;

use super::counts::Counts;
use super::iterations::RawIteration;
use crate::ingest::json::Scalar;
use crate::usage::Dimensions;

/// A top-level object and, if it is a progress record, the record that it wraps.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Object<'a> {
    /// The object itself.
    pub(in crate::ingest) outer: Envelope<'a>,
    /// `data.message`.
    pub(in crate::ingest) inner: Option<Box<Envelope<'a>>>,
}

/// The members around a message, and the members of the message that count.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Envelope<'a> {
    pub(super) scalars: [Scalar<'a>; Member::ALL],
    /// Whether `message` and its `usage` are objects.
    pub(in crate::ingest) has_usage: bool,
    /// The counters of the usage.
    pub(in crate::ingest) counts: Counts,
    /// The objects in `iterations`, in order. Empty if all of them plainly repeat the top level.
    pub(in crate::ingest) iterations: Vec<RawIteration<'a>>,
}

/// A member that is kept as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Member {
    /// `type`.
    Kind,
    Session,
    Uuid,
    Timestamp,
    Sidechain,
    ForkedFrom,
    SessionKind,
    RequestId,
    /// `costUSD`.
    RecordedCost,
    Cwd,
    /// `gitBranch`: the first of the dimensions, which have the order of [`crate::usage::Dimensions`].
    Branch,
    Subagent,
    Skill,
    Plugin,
    McpServer,
    McpTool,
    Effort,
    Entrypoint,
    AgentId,
    /// `message.id`: the first of the message's members.
    Id,
    Model,
    StopReason,
    /// `message.usage.speed`: the first of the usage's members.
    Speed,
    Tier,
    Geo,
}

impl Member {
    const ALL: usize = Self::Geo as usize + 1;

    /// The dimensions, in their order.
    pub(in crate::ingest) const DIMENSIONS: [Self; Dimensions::COUNT] = [
        Self::Branch,
        Self::Subagent,
        Self::Skill,
        Self::Plugin,
        Self::McpServer,
        Self::McpTool,
        Self::Effort,
        Self::Entrypoint,
        Self::AgentId,
    ];

    /// The member with this key directly in an envelope.
    pub(super) fn named(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"type" => Self::Kind,
            b"sessionId" => Self::Session,
            b"uuid" => Self::Uuid,
            b"timestamp" => Self::Timestamp,
            b"isSidechain" => Self::Sidechain,
            b"forkedFrom" => Self::ForkedFrom,
            b"sessionKind" => Self::SessionKind,
            b"requestId" => Self::RequestId,
            b"costUSD" => Self::RecordedCost,
            b"cwd" => Self::Cwd,
            b"gitBranch" => Self::Branch,
            b"attributionAgent" => Self::Subagent,
            b"attributionSkill" => Self::Skill,
            b"attributionPlugin" => Self::Plugin,
            b"attributionMcpServer" => Self::McpServer,
            b"attributionMcpTool" => Self::McpTool,
            b"effort" => Self::Effort,
            b"entrypoint" => Self::Entrypoint,
            b"agentId" => Self::AgentId,
            _ => return None,
        })
    }
}

impl<'a> Index<Member> for Envelope<'a> {
    type Output = Scalar<'a>;

    fn index(&self, member: Member) -> &Scalar<'a> {
        &self.scalars[member as usize]
    }
}

impl Envelope<'_> {
    /// Discards an earlier `message`.
    pub(super) fn begin_message(&mut self) {
        self.scalars[Member::Id as usize..].fill(Scalar::Absent);
        self.begin_usage(false);
    }

    /// Discards an earlier `usage`.
    pub(super) fn begin_usage(&mut self, is_object: bool) {
        self.scalars[Member::Speed as usize..].fill(Scalar::Absent);
        self.has_usage = is_object;
        self.counts = Counts::default();
        self.iterations.clear();
    }
}

/// Which of an object's two envelopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Level {
    /// The object's.
    Outer,
    /// The wrapped record's.
    Inner,
}

impl<'a> Object<'a> {
    /// The envelope at this level.
    pub(super) fn envelope(&mut self, level: Level) -> &mut Envelope<'a> {
        match level {
            Level::Outer => &mut self.outer,
            Level::Inner => self.inner.get_or_insert_default(),
        }
    }
}
