//! What a request was for, as its transcript reports it. Usage can be grouped by these dimensions, by model,
//! by session and by project.
//!
//! Invariant: dimensions affect no price and no count. A merged record has the dimensions of its higher
//! usage. If two usages agree in everything else, the derived order of their dimensions decides which is
//! higher.

use std::sync::Arc;

/// The dimensions of a record. A dimension that the transcript does not name is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimensions {
    /// `gitBranch`.
    pub branch: Box<str>,
    /// `attributionAgent`: the type of the subagent.
    pub subagent: Box<str>,
    /// `attributionSkill`.
    pub skill: Box<str>,
    /// `attributionPlugin`.
    pub plugin: Box<str>,
    /// `attributionMcpServer`.
    pub mcp_server: Box<str>,
    /// `attributionMcpTool`.
    pub mcp_tool: Box<str>,
    /// `effort`, such as `high`.
    pub effort: Box<str>,
    /// `entrypoint`, such as `cli`.
    pub entrypoint: Box<str>,
    /// `agentId`: which subagent of its session, by a name that only its session knows.
    pub agent_id: Box<str>,
}

impl Dimensions {
    /// The number of dimensions.
    pub const COUNT: usize = 9;

    /// The values, in the order of the merge rule.
    pub fn values(&self) -> [&str; Self::COUNT] {
        [
            &self.branch,
            &self.subagent,
            &self.skill,
            &self.plugin,
            &self.mcp_server,
            &self.mcp_tool,
            &self.effort,
            &self.entrypoint,
            &self.agent_id,
        ]
    }

    /// The dimensions that sums keep apart: which subagent it was is only kept where its type is not named, because
    /// only there the type must still be looked up.
    pub fn summed(self: &Arc<Self>) -> Arc<Self> {
        if self.subagent.is_empty() || self.agent_id.is_empty() {
            return Arc::clone(self);
        }
        Arc::new(Self { agent_id: Box::default(), ..Self::clone(self) })
    }

    /// The dimensions with these values, given in the order of [`values`](Self::values).
    pub fn of(values: [&str; Self::COUNT]) -> Self {
        let [branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, agent_id] =
            values.map(Box::from);
        Self { branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, agent_id }
    }
}
