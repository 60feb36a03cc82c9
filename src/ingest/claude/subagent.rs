//! What stands beside a subagent's transcript: `agent-<id>.meta.json`, which names the subagent's type.
//!
//! Newer transcripts name the type in each record. For older ones this file is the only place.
//!
//! Invariant: it decides what a request is listed under, never whether it counts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

/// The prefix of a subagent's transcript.
const PREFIX: &str = "agent-";

/// No type has a longer name.
const KIND_BYTES: usize = 256;

/// The ending of its transcript, and of the file beside it.
const TRANSCRIPT: &str = ".jsonl";
const BESIDE: &str = ".meta.json";

/// A subagent of a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subagent {
    /// The session.
    pub session: Arc<str>,
    /// Its id, which only its session knows.
    pub id: Box<str>,
    /// Its type, such as `Explore`.
    pub kind: Arc<str>,
}

/// The id of the subagent whose transcript this is, and the file that describes it.
pub(in crate::ingest) fn described_by(transcript: &Path) -> Option<(&str, PathBuf)> {
    let stem = transcript.file_name()?.to_str()?.strip_suffix(TRANSCRIPT)?;
    let id = stem.strip_prefix(PREFIX).filter(|id| !id.is_empty())?;
    Some((id, transcript.with_file_name(format!("{stem}{BESIDE}"))))
}

/// The type that such a file names.
pub(in crate::ingest) fn kind(description: &[u8]) -> Option<Arc<str>> {
    #[derive(Deserialize)]
    struct Description {
        #[serde(rename = "agentType")]
        kind: Box<str>,
    }
    let Description { kind } = serde_json::from_slice(description).ok()?;
    (!kind.is_empty() && kind.len() <= KIND_BYTES).then(|| kind.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subagents_transcript_has_a_file_that_describes_it() {
        let (id, path) = described_by(Path::new("/p/s/subagents/agent-a1b2.jsonl")).unwrap();
        assert_eq!((id, &*path), ("a1b2", Path::new("/p/s/subagents/agent-a1b2.meta.json")));
        for other in ["/p/s.jsonl", "/p/agent-.jsonl", "/p/agent-a1.jsonl.superseded-17", "/"] {
            assert_eq!(described_by(Path::new(other)), None, "{other}");
        }
    }

    #[test]
    fn a_description_names_the_type_or_nothing() {
        let text = br#"{"spawnDepth":1,"agentType":"Explore","model":"m"}"#;
        assert_eq!(kind(text).as_deref(), Some("Explore"));
        let endless = format!(r#"{{"agentType":"{}"}}"#, "x".repeat(KIND_BYTES + 1));
        for other in
            [&*endless, "", "{}", "[]", r#"{"agentType":""}"#, r#"{"agentType":7}"#, r#"{"agentType":"Exp"#]
        {
            assert_eq!(kind(other.as_bytes()), None, "{other}");
        }
    }
}
