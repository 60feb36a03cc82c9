//! The rows for Claude Code's list of subagents, which it requests through `subagentStatusLine`. Used by `peek`.
//!
//! The input has a list of `tasks` and the width; the output is one JSON object per line: a task's id and what to show
//! for it. Invariant: a task that nothing is known about gets no row, so Claude Code shows its own; any other input
//! gets no rows at all. No cost is shown, because the input does not have it.

use serde::Serialize;

use super::lenient::object;
use super::told::Told;
use crate::plain_text;
use crate::report::figures::{short_number, span};

/// The most tasks that are shown.
const TASKS_MAX: usize = 256;
/// The fewest columns that are written, however narrow the list is.
const COLUMNS_MIN: usize = 20;
/// What Claude Code itself puts before a row.
const BEFORE: usize = 4;

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    content: String,
}

/// The rows for an input that arrived at `now` (ms UTC), each with a line break.
pub fn subagents(bytes: &[u8], now: i64) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    // What is broken says nothing.
    if object::<serde::de::IgnoredAny>(text).is_none() {
        return String::new();
    }
    let told = Told::of(text);
    let columns = told.count("columns").and_then(|columns| usize::try_from(columns).ok());
    let room =
        columns.map_or(plain_text::NAME_COLUMNS, |columns| columns.saturating_sub(BEFORE).max(COLUMNS_MIN));
    let rows = told.objects("tasks").into_iter().take(TASKS_MAX).filter_map(|task| {
        let id = task.words("id")?;
        let row = Row { id: &id, content: content(&task, room, now)? };
        let line = serde_json::to_string(&row).expect("texts cannot fail");
        Some(plain_text::json(line) + "\n")
    });
    rows.collect()
}

/// What a task does, for how long, and with how many tokens; `None` if neither is known.
fn content(task: &Told, room: usize, now: i64) -> Option<String> {
    let tokens = task.count("tokenCount").filter(|tokens| *tokens > 0);
    let age = task.time("startTime").map(|at| now.saturating_sub(at)).filter(|age| *age >= 0);
    let figures = [
        task.words("status").filter(|status| status != "running"),
        age.map(|age| span(age.unsigned_abs())),
        tokens.map(|tokens| format!("{} tokens", short_number(tokens))),
    ];
    let figures: Vec<String> = figures.into_iter().flatten().collect();
    if age.is_none() && tokens.is_none() {
        return None;
    }
    let figures = plain_text::fitted(&figures.join(" · "), room).into_owned();
    let what = ["description", "name", "label", "type"].into_iter().find_map(|name| task.words(name));
    let left = room.saturating_sub(unicode_width::UnicodeWidthStr::width(&*figures) + 3);
    Some(match what {
        // A few letters of a name say nothing.
        Some(what) if left >= 8 => format!("{} · {figures}", plain_text::fitted(&what, left)),
        _ => figures,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_764_000_000_000;

    #[test]
    fn a_task_is_shown_with_its_time_and_tokens_within_the_width() {
        let input = serde_json::json!({"columns": 44, "tasks": [
            {"id": "a", "type": "local_agent", "status": "running", "description": "find the leak in the hull of the ship",
             "startTime": NOW - 130_000, "tokenCount": 45_210},
            {"id": "b", "name": "Explore", "status": "completed", "startTime": (NOW / 1000) - 60, "tokenCount": 0},
            {"id": "c", "description": "nothing is known"},
            {"id": 7, "tokenCount": 3},
            "no task",
        ]});
        let shown = subagents(input.to_string().as_bytes(), NOW);
        let rows: Vec<serde_json::Value> =
            shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), 2, "{shown}");
        assert_eq!(
            rows[0],
            serde_json::json!({"id": "a", "content": "find the le…f the ship · 2m · 45k tokens"})
        );
        assert_eq!(rows[1], serde_json::json!({"id": "b", "content": "Explore · completed · 1m"}));
    }

    #[test]
    fn names_are_harmless_and_other_input_makes_no_rows() {
        let input = serde_json::json!({"tasks": [
            {"id": "a\u{1b}", "description": "\u{1b}[2J\n\u{202e}x".repeat(10_000), "tokenCount": 1}
        ]});
        let shown = subagents(input.to_string().as_bytes(), NOW);
        assert_eq!(shown.lines().count(), 1);
        assert!(!shown.trim_end().contains(char::is_control) && shown.len() < 2000, "{shown}");
        for text in [
            "",
            "null",
            "[]",
            "{",
            "{}",
            "{\"tasks\": null}",
            "{\"tasks\": {}}",
            "{\"tasks\": [null, [], 7]}",
        ] {
            assert_eq!(subagents(text.as_bytes(), NOW), "", "{text}");
        }
    }
}
