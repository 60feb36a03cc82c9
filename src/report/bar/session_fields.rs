//! Named fields that come from Claude Code's input alone: effort, pull request, prompt cache.
//!
//! Invariant: a field looks up its member only if a template uses it, and has no value if the member is absent, null or
//! of another type. A time in the past and a share out of range are no values either. Used by `catalogue`.

use super::definition::{FieldDefinition, entry, link, share};
use super::facts::{self, Facts, plain};
use super::paint::{Colour, Style, Value};
use crate::limits::millionths;
use crate::report::figures::{grouped, span};

/// The longest that a prompt cache lives, in milliseconds: an hour, and one for clocks that differ.
const CACHE_MAX_MS: i64 = 2 * 3_600_000;
/// The most reasons or models that are listed.
const LISTED_MAX: usize = 4;

pub(super) const ENTRIES: &[FieldDefinition] = &[
    entry("session.name", "the session's name, if it has one", |f| words(f, "session_name")),
    entry("effort", "the effort: low to max", |f| words(f, "effort.level")),
    entry("thinking", "on; empty if thinking is off", |f| on(f, "thinking.enabled")),
    entry("fast", "on; empty if fast mode is off", |f| on(f, "fast_mode")),
    entry("vim", "the mode of Vim's keys", |f| words(f, "vim.mode")),
    entry("output_style", "the output style", |f| words(f, "output_style.name")),
    entry("agent", "the agent that the session runs as", |f| words(f, "agent.name")),
    entry("worktree", "the git worktree's name, if the session is in one", |f| {
        words(f, "worktree.name").or_else(|| words(f, "workspace.git_worktree"))
    }),
    entry("worktree.branch", "the worktree's branch", |f| words(f, "worktree.branch")),
    entry("repo", "the repository's owner and name", |f| {
        let part = |name| f.input.told.words(name);
        match (part("workspace.repo.owner"), part("workspace.repo.name")) {
            (Some(owner), Some(name)) => Some(plain(format!("{owner}/{name}"))),
            (_, name) => name.or_else(|| part("workspace.repo")).map(plain),
        }
    }),
    link("pr", "the branch's pull request, such as #12", |f| {
        Some(to_request(f, format!("#{}", f.input.told.count("pr.number")?)))
    }),
    link("pr.number", "its number", |f| {
        f.input.told.count("pr.number").map(|number| to_request(f, number.to_string()))
    }),
    entry("pr.state", "the state of its review", |f| words(f, "pr.review_state")),
    link("pr.url", "its address", |f| f.input.told.words("pr.url").map(|url| to_request(f, url))),
    entry("cache", "the prompt cache: warm or cold", |f| {
        Some(match f.input.told.flag("prompt_cache.warm")? {
            true => plain("warm"),
            false => Value { style: Style::of(Colour::Yellow), ..plain("cold") },
        })
    }),
    share("cache.hit", "share of the session's input that came from it", |f| {
        let ratio = f.input.told.number("prompt_cache.hit_ratio").filter(|ratio| *ratio <= 1.0)?;
        Some(facts::share(millionths(ratio * 100.0)?, None))
    }),
    entry("cache.left", "time until it expires", |f| {
        let left = left_ms(f, "prompt_cache.expires_at", CACHE_MAX_MS)?;
        Some(plain(span(left)))
    }),
    entry("cache.ttl", "how long it lives without a request", |f| {
        let told = &f.input.told;
        let seconds = || told.count("prompt_cache.ttl").map(|seconds| span(seconds.saturating_mul(1000)));
        told.words("prompt_cache.ttl").or_else(seconds).map(plain)
    }),
    entry("cache.requests", "requests that could have used it", |f| count(f, "prompt_cache.requests")),
    entry("cache.misses", "requests that did not find it", |f| count(f, "prompt_cache.misses")),
    entry("cache.miss", "why the last of them did not", |f| {
        listed(&f.input.told.list("prompt_cache.last_miss_cause.causes")).map(plain)
    }),
    entry("limits.spend.period", "the spend limit's period, such as monthly", |f| {
        words(f, "rate_limits.spend_limit.period")
    }),
    share("context.left", "the share of the context window that is left", |f| {
        let left = f.input.told.number("context_window.remaining_percentage").and_then(millionths);
        let left = left.or_else(|| Some(1_000_000_u64.saturating_sub(f.input.context_millionths?)));
        Some(facts::share(left?, None))
    }),
];

fn words(f: &Facts<'_>, path: &str) -> Option<Value> {
    f.input.told.words(path).map(plain)
}

/// A text that leads to the pull request.
fn to_request(f: &Facts<'_>, text: String) -> Value {
    Value { link: f.input.told.words("pr.url"), ..plain(text) }
}

fn count(f: &Facts<'_>, path: &str) -> Option<Value> {
    f.input.told.count(path).map(|count| plain(grouped(count)))
}

fn on(f: &Facts<'_>, path: &str) -> Option<Value> {
    f.input.told.flag(path)?.then(|| plain("on"))
}

/// The time until what is told at this path, in milliseconds; `None` if that is over, or cannot be.
fn left_ms(f: &Facts<'_>, path: &str, longest: i64) -> Option<u64> {
    let left = f.input.told.time(path)?.saturating_sub(f.now);
    (1..=longest).contains(&left).then_some(left.unsigned_abs())
}

/// What is listed, with a mark in place of what is too much.
fn listed(items: &[String]) -> Option<String> {
    let shown = items.iter().take(LISTED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    let rest = if items.len() > LISTED_MAX { ", …" } else { "" };
    (!items.is_empty()).then(|| shown + rest)
}
