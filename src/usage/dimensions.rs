//! What a request was for, as far as its transcript says: what usage can be grouped by beside model, session and
//! project.
//!
//! Invariant: dimensions decide no price and no count. They belong to the record that stands; if two usages agree in
//! everything else, the derived order decides which of them stands.

/// The dimensions of a record; what its transcript does not name is empty.
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
}

impl Dimensions {
    /// How many there are.
    pub const COUNT: usize = 8;

    /// Their values, in the order of the merge rule.
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
        ]
    }

    /// The dimensions with these values, in the order of [`values`](Self::values).
    pub fn of(values: [&str; Self::COUNT]) -> Self {
        let [branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint] =
            values.map(Box::from);
        Self { branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint }
    }
}
