//! Lines that count: an assistant's record, and its copy in a progress line.
//!
//! Invariant: `usage` comes after the message's content, near the end, and little follows it. Claude Code
//! writes it like that whatever the order of the other members.

use fastrand::Rng;

use crate::answer::Answer;
use crate::era::Era;
use crate::pool::Pool;
use crate::random::{id, uuid};
use crate::session::Session;

/// One of the blocks that an answer streams. Each is one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Thinking,
    Text,
    ToolUse,
}

/// The contents of a line with usage, and its position in the conversation.
pub(crate) struct UsageLine<'a> {
    pub(crate) answer: &'a Answer,
    /// Output tokens reported so far.
    pub(crate) output: u64,
    pub(crate) block: Block,
    /// Whether it is the answer's last block.
    pub(crate) last: bool,
    pub(crate) parent: Option<&'a str>,
    pub(crate) uuid: &'a str,
    pub(crate) time: &'a str,
}

/// An assistant's record of about `length` bytes, or more if it must be longer.
pub(crate) fn assistant(
    session: &Session,
    usage_line: &UsageLine<'_>,
    length: usize,
    pool: &Pool,
    rng: &mut Rng,
) -> String {
    let body = |content: &str| {
        let request = format!("\"requestId\":\"{}\",\"type\":\"assistant\",", usage_line.answer.request_id);
        let cost = usage_line.answer.recorded_micros.map(|micros| {
            format!("\"costUSD\":{}.{:06},\"durationMs\":4200,", micros / 1_000_000, micros % 1_000_000)
        });
        format!("\"message\":{},{request}{}", message(session, usage_line, content), cost.unwrap_or_default())
    };
    let bare = session.record(usage_line.parent, &body(""), usage_line.uuid, usage_line.time).len();
    let content = content(usage_line.block, length.saturating_sub(bare), pool, rng);
    session.record(usage_line.parent, &body(&content), usage_line.uuid, usage_line.time)
}

/// A progress line of a main session that copies a subagent's record.
pub(crate) fn progress(
    session: &Session,
    usage_line: &UsageLine<'_>,
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
            message(session, usage_line, content),
            usage_line.answer.request_id,
            usage_line.uuid,
            usage_line.time,
        )
    };
    let bare = session.record(usage_line.parent, &body(""), &outer, usage_line.time).len();
    let content = content(usage_line.block, length.saturating_sub(bare), pool, rng);
    session.record(usage_line.parent, &body(&content), &outer, usage_line.time)
}

/// The `message` member.
fn message(session: &Session, usage_line: &UsageLine<'_>, content: &str) -> String {
    let answer = usage_line.answer;
    let id = answer.id.as_ref().map(|id| format!("\"id\":\"{id}\",")).unwrap_or_default();
    let model = format!("\"model\":\"{}\",", answer.model);
    let stop = match (usage_line.last, usage_line.block) {
        (false, _) => "null",
        (true, Block::ToolUse) => "\"tool_use\"",
        (true, _) => "\"end_turn\"",
    };
    let usage = answer.usage(session, usage_line.output);
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
