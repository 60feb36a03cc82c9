//! Lines that count: an assistant's record, and the copy of one in a progress line.
//!
//! Invariant: `usage` stands near the end of the message, behind its content, and what follows it is short; that is
//! how Claude Code writes, whatever the order of the other members.

use fastrand::Rng;

use crate::answer::Answer;
use crate::era::Era;
use crate::pool::Pool;
use crate::random::{id, uuid};
use crate::session::Session;

/// One of the blocks that an answer streams; each makes a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Thinking,
    Text,
    ToolUse,
}

/// What a line says and where it stands.
pub(crate) struct Said<'a> {
    pub(crate) answer: &'a Answer,
    /// Output tokens reported so far.
    pub(crate) output: u64,
    pub(crate) block: Block,
    /// It is the answer's last block.
    pub(crate) last: bool,
    pub(crate) parent: Option<&'a str>,
    pub(crate) uuid: &'a str,
    pub(crate) time: &'a str,
}

/// An assistant's record of about `length` bytes, or as long as it has to be.
pub(crate) fn assistant(
    session: &Session,
    said: &Said<'_>,
    length: usize,
    pool: &Pool,
    rng: &mut Rng,
) -> String {
    let body = |content: &str| {
        let request = format!("\"requestId\":\"{}\",\"type\":\"assistant\",", said.answer.request_id);
        let cost = said.answer.recorded_micros.map(|micros| {
            format!("\"costUSD\":{}.{:06},\"durationMs\":4200,", micros / 1_000_000, micros % 1_000_000)
        });
        format!("\"message\":{},{request}{}", message(session, said, content), cost.unwrap_or_default())
    };
    let bare = session.record(said.parent, &body(""), said.uuid, said.time).len();
    let content = content(said.block, length.saturating_sub(bare), pool, rng);
    session.record(said.parent, &body(&content), said.uuid, said.time)
}

/// A progress line of a main session that copies a subagent's record.
pub(crate) fn progress(
    session: &Session,
    said: &Said<'_>,
    length: usize,
    pool: &Pool,
    rng: &mut Rng,
) -> String {
    let agent = rng.u64(..);
    let (outer, tool) = (uuid(rng), id("toolu_", rng));
    let body = |content: &str| {
        format!(
            "\"type\":\"progress\",\"data\":{{\"message\":{{\"type\":\"assistant\",\"message\":{},\
             \"requestId\":\"{}\",\"uuid\":\"{}\",\"timestamp\":\"{}\"}},\"normalizedMessages\":[],\
             \"type\":\"agent_progress\",\"prompt\":\"Look into it and report\",\"agentId\":\"a{agent:016x}\"}},\
             \"toolUseID\":\"agent_{tool}\",\"parentToolUseID\":\"{tool}\",",
            message(session, said, content),
            said.answer.request_id,
            said.uuid,
            said.time,
        )
    };
    let bare = session.record(said.parent, &body(""), &outer, said.time).len();
    let content = content(said.block, length.saturating_sub(bare), pool, rng);
    session.record(said.parent, &body(&content), &outer, said.time)
}

/// The `message` member.
fn message(session: &Session, said: &Said<'_>, content: &str) -> String {
    let answer = said.answer;
    let id = answer.id.as_ref().map(|id| format!("\"id\":\"{id}\",")).unwrap_or_default();
    let model = format!("\"model\":\"{}\",", answer.model);
    let stop = match (said.last, said.block) {
        (false, _) => "null",
        (true, Block::ToolUse) => "\"tool_use\"",
        (true, _) => "\"end_turn\"",
    };
    let usage = answer.usage(session, said.output);
    let kind = "\"type\":\"message\",\"role\":\"assistant\",";
    let rest =
        format!("\"content\":[{content}],\"stop_reason\":{stop},\"stop_sequence\":null,\"usage\":{usage}");
    match session.version.era {
        Era::Third => format!("{{{model}{id}{kind}{rest}}}"),
        _ => format!("{{{id}{kind}{model}{rest}}}"),
    }
}

/// A content block of about `length` bytes.
fn content(block: Block, length: usize, pool: &Pool, rng: &mut Rng) -> String {
    let (head, tail) = match block {
        Block::Thinking => {
            let mut signature = String::with_capacity(length / 3 + 64);
            signature.push_str("\",\"signature\":\"");
            signature.extend((0..length / 300).map(|_| "EqRkCkYIChgCKkAv9m"));
            signature.push_str("Eo8B\"}");
            ("{\"type\":\"thinking\",\"thinking\":\"".to_owned(), signature)
        }
        Block::Text => ("{\"type\":\"text\",\"text\":\"".to_owned(), "\"}".to_owned()),
        Block::ToolUse => (
            format!(
                "{{\"type\":\"tool_use\",\"id\":\"{}\",\"name\":\"Bash\",\"input\":{{\"command\":\"",
                id("toolu_", rng)
            ),
            "\"}}".to_owned(),
        ),
    };
    let filling = length.saturating_sub(head.len() + tail.len()).max(2);
    let mut content = String::with_capacity(head.len() + filling + tail.len());
    content.push_str(&head);
    pool.push(&mut content, filling, rng);
    content.push_str(&tail);
    content
}
