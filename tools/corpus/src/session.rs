//! The author of a transcript: a session, or one of its subagents.
//!
//! Invariant: all lines of a transcript share these members. Their order depends on the version.

use fastrand::Rng;

use crate::era::{Era, Version};
use crate::random::{at_share, id, permille, uuid};

/// The author of a transcript's lines.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) cwd: String,
    pub(crate) branch: &'static str,
    pub(crate) version: Version,
    /// The model that answers.
    pub(crate) model: &'static str,
    /// Whether cache writes are for one hour instead of five minutes.
    pub(crate) hour_cache: bool,
    /// The subagent's id, in a subagent's transcript.
    pub(crate) agent: Option<String>,
}

/// A gateway's model. It has no price, and its message ids are not from Anthropic.
pub(crate) const UNPRICED_MODEL: &str = "house-coder-7b";

const MODELS: &[(u32, &str)] = &[
    (32, "claude-opus-4-8"),
    (22, "claude-sonnet-5"),
    (14, "claude-opus-5"),
    (10, "claude-sonnet-4-5-20250929"),
    (8, "claude-opus-4-6[1m]"),
    (6, "claude-haiku-4-5-20251001"),
    (3, "claude-fable-5"),
    (5, UNPRICED_MODEL),
];

/// The model of subagents and side requests.
pub(crate) const SMALL_MODEL: &str = "claude-haiku-4-5-20251001";

const BRANCHES: &[&str] = &["main", "main", "develop", "feature/faster-index", "fix/late-events", ""];

const ADJECTIVES: [&str; 10] =
    ["amber", "brisk", "calm", "copper", "hollow", "lunar", "plain", "quiet", "silver", "tidal"];
const NOUNS: [&str; 10] =
    ["anchor", "beacon", "garden", "harbor", "ledger", "mill", "orchard", "quarry", "signal", "weaver"];

/// The working directory of a project, different for each number.
pub(crate) fn project_cwd(project: usize) -> String {
    let name = format!("{}-{}", ADJECTIVES[project % 10], NOUNS[project / 10 % 10]);
    if project < 100 {
        format!("/home/dev/src/{name}")
    } else {
        format!("/home/dev/src/{name}.{}", project / 100)
    }
}

/// The folder below `projects/` for a working directory.
pub(crate) fn encoded(cwd: &str) -> String {
    cwd.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

impl Session {
    /// `model_share` (0 to 1) chooses the model.
    pub(crate) fn new(cwd: String, version: Version, model_share: f64, rng: &mut Rng) -> Self {
        Self {
            id: uuid(rng),
            cwd,
            branch: BRANCHES[rng.usize(..BRANCHES.len())],
            version,
            model: at_share(model_share, MODELS),
            hour_cache: version.era != Era::First && rng.bool(),
            agent: None,
        }
    }

    /// A subagent of this session.
    pub(crate) fn subagent(&self, rng: &mut Rng) -> Self {
        let model = if rng.bool() { SMALL_MODEL } else { self.model };
        Self { agent: Some(format!("a{:016x}", rng.u64(..))), model, ..self.clone() }
    }

    /// The same session continued under a new id.
    pub(crate) fn fork(&self, rng: &mut Rng) -> Self {
        Self { id: uuid(rng), ..self.clone() }
    }

    /// The id of an answer. A gateway has its own format and sometimes gives no id.
    pub(crate) fn message_id(&self, rng: &mut Rng) -> Option<String> {
        if self.model != UNPRICED_MODEL {
            return Some(id("msg_", rng));
        }
        (!permille(rng, 50)).then(|| format!("chatcmpl-{:016x}", rng.u64(..)))
    }

    /// Whether the members that name the session come first in a record.
    pub(crate) fn comes_first(&self) -> bool {
        self.version.era != Era::Third
    }

    /// The members that name the session, with a comma after the last.
    pub(crate) fn members(&self) -> String {
        let agent = self.agent.as_ref().map(|agent| format!("\"agentId\":\"{agent}\",")).unwrap_or_default();
        let entrypoint = if self.comes_first() { "" } else { "\"entrypoint\":\"cli\"," };
        format!(
            "\"userType\":\"external\",{entrypoint}\"cwd\":\"{}\",\"sessionId\":\"{}\",\"version\":\"{}\",\
             \"gitBranch\":\"{}\",{agent}",
            self.cwd, self.id, self.version.text, self.branch
        )
    }

    /// A whole record: its position in the conversation, its `body` (which ends with a comma), and its
    /// session.
    pub(crate) fn record(&self, parent: Option<&str>, body: &str, uuid: &str, time: &str) -> String {
        let parent = parent.map_or_else(|| "null".to_owned(), |parent| format!("\"{parent}\""));
        let sidechain = self.agent.is_some();
        let head = format!("{{\"parentUuid\":{parent},\"isSidechain\":{sidechain},");
        let tail = format!("\"uuid\":\"{uuid}\",\"timestamp\":\"{time}\"");
        let members = self.members();
        let mut record = String::with_capacity(head.len() + tail.len() + members.len() + body.len() + 2);
        record.push_str(&head);
        if self.comes_first() {
            record.push_str(&members);
            record.push_str(body);
            record.push_str(&tail);
        } else {
            record.push_str(body);
            record.push_str(&tail);
            record.push(',');
            record.push_str(members.trim_end_matches(','));
        }
        record.push('}');
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_project_has_its_own_folder() {
        let folders: std::collections::HashSet<String> =
            (0..1_000).map(|p| encoded(&project_cwd(p))).collect();
        assert_eq!(folders.len(), 1_000);
    }
}
