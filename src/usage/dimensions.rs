//! What a request was for, as its transcript reports it. Usage can be grouped by these dimensions, by model,
//! by session and by project.
//!
//! Invariant: dimensions affect no price and no count. A merged record has the dimensions of its higher
//! usage. If two usages agree in everything else, the derived order of their dimensions decides which is
//! higher.

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

/// One of the dimensions that usage is grouped and filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Git branch.
    Branch,
    /// Type of the subagent.
    Subagent,
    /// Skill.
    Skill,
    /// Plugin.
    Plugin,
    /// MCP server.
    McpServer,
    /// Tool of the MCP server.
    McpTool,
    /// Effort, such as `high`.
    Effort,
    /// How Claude Code was started, such as `cli`.
    Entrypoint,
    /// Which subagent of its session.
    AgentId,
}

impl Dimension {
    /// All of them, in the order of the merge rule.
    pub const ALL: [Self; 9] = [
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

    /// Its name in documents and in the ledger, such as `mcp_server`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Subagent => "subagent",
            Self::Skill => "skill",
            Self::Plugin => "plugin",
            Self::McpServer => "mcp_server",
            Self::McpTool => "mcp_tool",
            Self::Effort => "effort",
            Self::Entrypoint => "entrypoint",
            Self::AgentId => "agent_id",
        }
    }

    /// Whether users choose its values, so that they may tell about their work.
    pub const fn is_named_by_users(self) -> bool {
        !matches!(self, Self::Effort)
    }
}

impl Dimensions {
    /// The number of dimensions.
    pub const COUNT: usize = 9;

    /// The value of one of them; empty if the transcript does not name it.
    pub fn get(&self, dimension: Dimension) -> &str {
        self.values()[dimension as usize]
    }

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

    /// The dimensions with these values, given in the order of [`values`](Self::values).
    pub fn of(values: [&str; Self::COUNT]) -> Self {
        let [branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, agent_id] =
            values.map(Box::from);
        Self { branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, agent_id }
    }
}
