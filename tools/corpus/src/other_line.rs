//! Lines that do not count: prompts, tool results, attachments, progress, titles, file snapshots.
//!
//! Invariant: none of these lines is a record with usage. Some look like one on purpose: quoted transcripts
//! with an escaped `"usage"`, a task's summary in `toolUseResult.usage`, an answer of the model
//! `<synthetic>`.

use fastrand::Rng;

use crate::pool::Pool;
use crate::random::{id, permille, uuid};
use crate::session::Session;

/// A line's position in the conversation.
pub(crate) struct Position<'a> {
    pub(crate) session: &'a Session,
    pub(crate) parent: Option<&'a str>,
    pub(crate) uuid: &'a str,
    pub(crate) time: &'a str,
}

/// A line of about `length` bytes, or more if it must be longer.
pub(crate) fn other(position: &Position<'_>, length: usize, pool: &Pool, rng: &mut Rng) -> String {
    match length {
        0..320 => note(position, length, pool, rng),
        320..720 => small(position, length, pool, rng),
        _ => large(position, length, pool, rng),
    }
}

/// A line of a few words, outside the conversation.
fn note(position: &Position<'_>, length: usize, pool: &Pool, rng: &mut Rng) -> String {
    let (session, time) = (&position.session.id, position.time);
    let (head, tail) = match rng.u8(..4) {
        0 => (
            "{\"type\":\"last-prompt\",\"lastPrompt\":\"".to_owned(),
            format!("\",\"sessionId\":\"{session}\"}}"),
        ),
        1 => (
            "{\"type\":\"custom-title\",\"customTitle\":\"".to_owned(),
            format!("\",\"sessionId\":\"{session}\"}}"),
        ),
        2 => (
            "{\"type\":\"summary\",\"summary\":\"".to_owned(),
            format!("\",\"leafUuid\":\"{}\"}}", position.uuid),
        ),
        _ => (
            format!(
                "{{\"type\":\"queue-operation\",\"operation\":\"enqueue\",\"timestamp\":\"{time}\",\
                 \"sessionId\":\"{session}\",\"content\":\""
            ),
            "\"}".to_owned(),
        ),
    };
    filled(&head, &tail, length, pool, rng)
}

/// A hook, duration or file snapshot: a line with little text.
fn small(position: &Position<'_>, length: usize, pool: &Pool, rng: &mut Rng) -> String {
    let tool = id("toolu_", rng);
    match rng.u8(..8) {
        0 => {
            let id = uuid(rng);
            let head = format!(
                "{{\"type\":\"file-history-snapshot\",\"messageId\":\"{id}\",\"snapshot\":{{\"messageId\":\"{id}\",\
                 \"trackedFileBackups\":{{}},\"timestamp\":\"{}\"}},\"isSnapshotUpdate\":false,\"note\":\"",
                position.time
            );
            filled(&head, "\"}", length, pool, rng)
        }
        1 => fitted(position, length, pool, rng, |text| {
            format!(
                "\"type\":\"system\",\"subtype\":\"turn_duration\",\"durationMs\":48123,\"content\":\"{text}\","
            )
        }),
        2..5 => fitted(position, length, pool, rng, |text| {
            format!("\"type\":\"user\",\"message\":{{\"role\":\"user\",\"content\":\"{text}\"}},")
        }),
        _ => fitted(position, length, pool, rng, |text| {
            format!(
                "\"type\":\"progress\",\"data\":{{\"type\":\"hook_progress\",\"hookEvent\":\"PostToolUse\",\
                 \"hookName\":\"PostToolUse:Read\",\"command\":\"{text}\"}},\"parentToolUseID\":\"{tool}\",\
                 \"toolUseID\":\"{tool}\","
            )
        }),
    }
}

/// A line with more text, usually a tool result.
fn large(position: &Position<'_>, length: usize, pool: &Pool, rng: &mut Rng) -> String {
    if permille(rng, 12) {
        return task_result(position, length, pool, rng);
    }
    if length < 1_200 && permille(rng, 10) {
        return synthetic(position, length, pool, rng);
    }
    let tool = id("toolu_", rng);
    let quoted = if permille(rng, 10) { QUOTED_TRANSCRIPT } else { "" };
    match rng.u8(..10) {
        0 => fitted(position, length, pool, rng, |text| {
            format!(
                "\"attachment\":{{\"type\":\"hook_success\",\"hookName\":\"PreToolUse:Bash\",\"toolUseID\":\"{tool}\",\
                 \"content\":\"{quoted}{text}\",\"exitCode\":0}},\"type\":\"attachment\","
            )
        }),
        1 => fitted(position, length, pool, rng, |text| {
            format!(
                "\"type\":\"user\",\"message\":{{\"role\":\"user\",\"content\":[{{\"type\":\"text\",\
                 \"text\":\"{quoted}{text}\"}}]}},"
            )
        }),
        2 => fitted(position, length, pool, rng, |text| {
            format!(
                "\"type\":\"progress\",\"data\":{{\"message\":{{\"type\":\"user\",\"message\":{{\"role\":\"user\",\
                 \"content\":[{{\"tool_use_id\":\"{tool}\",\"type\":\"tool_result\",\"content\":\"{quoted}{text}\"}}]}},\
                 \"uuid\":\"{}\",\"timestamp\":\"{}\"}},\"normalizedMessages\":[],\"type\":\"agent_progress\",\
                 \"agentId\":\"a1\"}},\"toolUseID\":\"{tool}\",",
                position.uuid, position.time
            )
        }),
        _ => fitted(position, length, pool, rng, |text| {
            format!(
                "\"type\":\"user\",\"message\":{{\"role\":\"user\",\"content\":[{{\"tool_use_id\":\"{tool}\",\
                 \"type\":\"tool_result\",\"content\":\"{quoted}{text}\",\"is_error\":false}}]}},\
                 \"toolUseResult\":{{\"stdout\":\"\",\"stderr\":\"\",\"interrupted\":false,\"isImage\":false}},"
            )
        }),
    }
}

/// What a tool prints when it reads a transcript, with all quotes escaped.
const QUOTED_TRANSCRIPT: &str = "{\\\"type\\\":\\\"assistant\\\",\\\"message\\\":{\\\"id\\\":\\\"msg_01Quoted\\\",\
    \\\"model\\\":\\\"claude-opus-4-8\\\",\\\"usage\\\":{\\\"input_tokens\\\":5,\\\"output_tokens\\\":900}},\
    \\\"timestamp\\\":\\\"2026-01-01T00:00:00.000Z\\\"}\\n";

/// A task's result with the total usage of its subagent. The keys are real, but it is not a record.
fn task_result(position: &Position<'_>, length: usize, pool: &Pool, rng: &mut Rng) -> String {
    let tool = id("toolu_", rng);
    let output = rng.u32(100..20_000);
    fitted(position, length, pool, rng, |text| {
        format!(
            "\"type\":\"user\",\"message\":{{\"role\":\"user\",\"content\":[{{\"tool_use_id\":\"{tool}\",\
             \"type\":\"tool_result\",\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}]}}]}},\
             \"toolUseResult\":{{\"status\":\"completed\",\"totalToolUseCount\":7,\"totalTokens\":48211,\
             \"usage\":{{\"input_tokens\":4,\"cache_creation_input_tokens\":811,\
             \"cache_read_input_tokens\":45110,\"output_tokens\":{output},\"service_tier\":\"standard\"}}}},"
        )
    })
}

/// An answer without a model: Claude Code wrote it to report an error.
fn synthetic(position: &Position<'_>, length: usize, pool: &Pool, rng: &mut Rng) -> String {
    let id = uuid(rng);
    fitted(position, length, pool, rng, |text| {
        format!(
            "\"message\":{{\"id\":\"{id}\",\"model\":\"<synthetic>\",\"type\":\"message\",\"role\":\"assistant\",\
             \"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}],\"stop_reason\":\"stop_sequence\",\
             \"usage\":{{\"input_tokens\":0,\"output_tokens\":0,\"cache_creation_input_tokens\":0,\
             \"cache_read_input_tokens\":0}}}},\"type\":\"assistant\",\"isApiErrorMessage\":true,"
        )
    })
}

/// A cost state: what the session has cost so far according to Claude Code. `micros` are millionths of a
/// dollar.
pub(crate) fn cost_state(session: &Session, started_ms: i64, now_ms: i64, micros: u64) -> String {
    let usd = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    format!(
        "{{\"type\":\"cost-state\",\"sessionId\":\"{}\",\"totalCostUSD\":{usd},\"totalAPIDuration\":{},\
         \"totalDuration\":{},\"startTime\":{started_ms},\"totalLinesAdded\":120,\"totalLinesRemoved\":40,\
         \"modelUsage\":{{\"{}\":{{\"inputTokens\":900,\"outputTokens\":2100,\"thinkingTokens\":300,\
         \"cacheReadInputTokens\":40000,\"cacheCreationInputTokens\":3000,\"webSearchRequests\":0,\"costUSD\":{usd}}}}},\
         \"hasUnknownModelCost\":false}}",
        session.id,
        (now_ms - started_ms) / 3,
        now_ms - started_ms,
        session.model
    )
}

/// A record around `body`, with enough text in it to reach `length`.
fn fitted(
    position: &Position<'_>,
    length: usize,
    pool: &Pool,
    rng: &mut Rng,
    body: impl Fn(&str) -> String,
) -> String {
    let record =
        |text: &str| position.session.record(position.parent, &body(text), position.uuid, position.time);
    let filling = length.saturating_sub(record("").len()).max(2);
    let mut text = String::with_capacity(filling);
    pool.push(&mut text, filling, rng);
    record(&text)
}

fn filled(head: &str, tail: &str, length: usize, pool: &Pool, rng: &mut Rng) -> String {
    let filling = length.saturating_sub(head.len() + tail.len()).max(2);
    let mut line = String::with_capacity(head.len() + filling + tail.len());
    line.push_str(head);
    pool.push(&mut line, filling, rng);
    line.push_str(tail);
    line
}
