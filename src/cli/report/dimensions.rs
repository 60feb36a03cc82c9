//! Options of reports on what requests were for.
//!
//! Invariant: different options must all match; a repeated option matches any of its values.

use crate::usage::Dimension;

/// What requests were for, as Claude Code recorded it (most of it since version 2.1.200).
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What requests were for, as recorded")]
pub(super) struct DimensionOptions {
    /// A row for each value of these: branch, subagent, skill, plugin, mcp-server, mcp-tool, effort, entrypoint, agent-id
    #[arg(
        long = "by",
        value_name = "DIM,…",
        value_delimiter = ',',
        value_enum,
        hide_possible_values = true,
        conflicts_with = "compat"
    )]
    by: Vec<By>,
    /// Only this git branch, or part of its name; '' matches requests without one. This and the options below can be repeated
    #[arg(long = "branch", value_name = "BRANCH", allow_hyphen_values = true)]
    branches: Vec<String>,
    /// Only subagents of this type
    #[arg(long = "subagent", value_name = "SUBAGENT")]
    subagents: Vec<String>,
    /// Only this skill
    #[arg(long = "skill", value_name = "SKILL")]
    skills: Vec<String>,
    /// Only this plugin
    #[arg(long = "plugin", value_name = "PLUGIN")]
    plugins: Vec<String>,
    /// Only this MCP server
    #[arg(long = "mcp-server", visible_alias = "mcp", value_name = "SERVER")]
    mcp_servers: Vec<String>,
    /// Only this tool of an MCP server
    #[arg(long = "mcp-tool", value_name = "TOOL")]
    mcp_tools: Vec<String>,
    /// Only this effort
    #[arg(long = "effort", value_name = "EFFORT")]
    efforts: Vec<String>,
    /// Only this way to start Claude Code
    #[arg(long = "entrypoint", value_name = "ENTRYPOINT")]
    entrypoints: Vec<String>,
    /// Only this subagent of a session, by its id
    #[arg(long = "agent-id", value_name = "AGENT")]
    agent_ids: Vec<String>,
}

/// A dimension on the command line, where documents have `_` for `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs)]
enum By {
    Branch,
    Subagent,
    Skill,
    Plugin,
    #[value(alias = "mcp", alias = "mcp_server")]
    McpServer,
    #[value(alias = "mcp_tool")]
    McpTool,
    Effort,
    Entrypoint,
    #[value(alias = "agent_id")]
    AgentId,
}

impl From<By> for Dimension {
    fn from(by: By) -> Self {
        match by {
            By::Branch => Self::Branch,
            By::Subagent => Self::Subagent,
            By::Skill => Self::Skill,
            By::Plugin => Self::Plugin,
            By::McpServer => Self::McpServer,
            By::McpTool => Self::McpTool,
            By::Effort => Self::Effort,
            By::Entrypoint => Self::Entrypoint,
            By::AgentId => Self::AgentId,
        }
    }
}

impl DimensionOptions {
    /// How rows are divided; each dimension once.
    pub(super) fn by(&self) -> Vec<Dimension> {
        let mut by: Vec<Dimension> = Vec::new();
        for of in self.by.iter().copied().map(Dimension::from) {
            if !by.contains(&of) {
                by.push(of);
            }
        }
        by
    }

    /// Which values are wanted of each dimension.
    pub(super) fn wanted(&self) -> Vec<(Dimension, Vec<String>)> {
        let wanted = |of| match of {
            Dimension::Branch => &self.branches,
            Dimension::Subagent => &self.subagents,
            Dimension::Skill => &self.skills,
            Dimension::Plugin => &self.plugins,
            Dimension::McpServer => &self.mcp_servers,
            Dimension::McpTool => &self.mcp_tools,
            Dimension::Effort => &self.efforts,
            Dimension::Entrypoint => &self.entrypoints,
            Dimension::AgentId => &self.agent_ids,
        };
        Dimension::ALL.map(|of| (of, wanted(of).clone())).into()
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command};

    use super::super::arguments::Common;
    use super::DimensionOptions;

    #[test]
    fn under_their_heading_are_these_options_and_no_other() {
        let own = DimensionOptions::augment_args(Command::new("report"));
        let own: Vec<_> = own.get_arguments().map(clap::Arg::get_id).collect();
        let all = Common::augment_args(Command::new("report"));
        let heading =
            all.get_arguments().find(|option| option.get_id() == own[0]).unwrap().get_help_heading();
        assert!(heading.is_some());
        let under = all.get_arguments().filter(|option| option.get_help_heading() == heading);
        assert_eq!(under.map(clap::Arg::get_id).collect::<Vec<_>>(), own);
    }
}
