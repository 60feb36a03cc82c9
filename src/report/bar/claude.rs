//! Parses the JSON that Claude Code sends to a status line on standard input.
//!
//! Invariant: any member can be missing, null or of an unexpected type; then only that member is unknown. Other members
//! are skipped without being parsed. Used by `peek`, which passes the result to `facts`.

use std::path::PathBuf;

use serde::Deserialize;

use super::lenient::{Raw, count, member, object, value, words};
use super::told::Told;
use crate::limits::{Limits, in_status_line, millionths};
use crate::snapshot::{Limit, Picodollars};

/// A session as Claude Code describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The session's id.
    pub session: Option<String>,
    /// The session's transcript.
    pub transcript: Option<PathBuf>,
    /// The model's display name.
    pub model: Option<String>,
    /// The model's id.
    pub model_id: Option<String>,
    /// The session's current folder.
    pub folder: Option<String>,
    /// The folder the session was started in.
    pub project: Option<String>,
    /// Claude Code's version.
    pub version: Option<String>,
    /// The session's cost as computed by Claude Code.
    pub cost: Option<Picodollars>,
    /// Milliseconds since the session began.
    pub duration_ms: Option<u64>,
    /// Milliseconds that the session waited for responses.
    pub api_duration_ms: Option<u64>,
    /// Lines the session added to files.
    pub lines_added: Option<u64>,
    /// Lines the session removed.
    pub lines_removed: Option<u64>,
    /// Tokens in the context window.
    pub context_tokens: Option<u64>,
    /// Size of the context window in tokens.
    pub context_size: Option<u64>,
    /// Used share of the context window in millionths.
    pub context_millionths: Option<u64>,
    /// The account's 5-hour limit.
    pub five_hour: Option<Limit>,
    /// The account's 7-day limit.
    pub seven_day: Option<Limit>,
    /// All limits of the account that it tells of, these two as well.
    pub limits: Limits,
    /// The input itself, for what only some templates ask for.
    pub told: Told,
}

#[derive(Default, Deserialize)]
struct Top<'a> {
    #[serde(borrow, default)]
    session_id: Raw<'a>,
    #[serde(borrow, default)]
    transcript_path: Raw<'a>,
    #[serde(borrow, default)]
    cwd: Raw<'a>,
    #[serde(borrow, default)]
    model: Raw<'a>,
    #[serde(borrow, default)]
    workspace: Raw<'a>,
    #[serde(borrow, default)]
    version: Raw<'a>,
    #[serde(borrow, default)]
    cost: Raw<'a>,
    #[serde(borrow, default)]
    context_window: Raw<'a>,
    #[serde(borrow, default)]
    rate_limits: Raw<'a>,
}

#[derive(Default, Deserialize)]
struct Model<'a> {
    #[serde(borrow, default)]
    id: Raw<'a>,
    #[serde(borrow, default)]
    display_name: Raw<'a>,
}

#[derive(Default, Deserialize)]
struct Workspace<'a> {
    #[serde(borrow, default)]
    current_dir: Raw<'a>,
    #[serde(borrow, default)]
    project_dir: Raw<'a>,
}

#[derive(Default, Deserialize)]
struct Cost<'a> {
    #[serde(borrow, default)]
    total_cost_usd: Raw<'a>,
    #[serde(borrow, default)]
    total_duration_ms: Raw<'a>,
    #[serde(borrow, default)]
    total_api_duration_ms: Raw<'a>,
    #[serde(borrow, default)]
    total_lines_added: Raw<'a>,
    #[serde(borrow, default)]
    total_lines_removed: Raw<'a>,
}

#[derive(Default, Deserialize)]
struct Context<'a> {
    #[serde(borrow, default)]
    context_window_size: Raw<'a>,
    #[serde(borrow, default)]
    used_percentage: Raw<'a>,
    #[serde(borrow, default)]
    current_usage: Raw<'a>,
}

#[derive(Default, Deserialize)]
struct Usage<'a> {
    #[serde(borrow, default)]
    input_tokens: Raw<'a>,
    #[serde(borrow, default)]
    cache_creation_input_tokens: Raw<'a>,
    #[serde(borrow, default)]
    cache_read_input_tokens: Raw<'a>,
}

impl Input {
    /// Parses input that arrived at `now` (ms UTC); `None` if it is not a JSON object.
    pub fn read(bytes: &[u8], now: i64) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}').trim();
        let top: Top<'_> = object(text)?;
        let model: Model<'_> = member(top.model);
        let workspace: Workspace<'_> = member(top.workspace);
        let cost: Cost<'_> = member(top.cost);
        let context: Context<'_> = member(top.context_window);
        let limits = top.rate_limits.map(|raw| in_status_line(raw.get(), now)).unwrap_or_default();
        let size = count(context.context_window_size).filter(|size| *size > 0);
        let tokens = used_tokens(context.current_usage);
        Some(Self {
            session: words(top.session_id),
            transcript: words(top.transcript_path).map(PathBuf::from),
            model: words(model.display_name).or_else(|| words(model.id)),
            model_id: words(model.id),
            folder: words(workspace.current_dir).or_else(|| words(top.cwd)),
            project: words(workspace.project_dir),
            version: words(top.version),
            cost: cost.total_cost_usd.and_then(|raw| raw.get().parse().ok()),
            duration_ms: count(cost.total_duration_ms),
            api_duration_ms: count(cost.total_api_duration_ms),
            lines_added: count(cost.total_lines_added),
            lines_removed: count(cost.total_lines_removed),
            context_tokens: tokens,
            context_size: size,
            context_millionths: value(context.used_percentage)
                .and_then(millionths)
                .or_else(|| Some(tokens?.saturating_mul(1_000_000) / size?)),
            five_hour: limits.five_hour(),
            seven_day: limits.seven_day(),
            limits,
            told: Told::of(text),
        })
    }
}

/// Tokens in the context window: everything in the last prompt, cached or not.
fn used_tokens(usage: Raw<'_>) -> Option<u64> {
    let usage: Usage<'_> = object(usage?.get())?;
    let counts =
        [usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens].map(count);
    counts.iter().any(Option::is_some).then(|| counts.into_iter().flatten().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Input> {
        Input::read(text.as_bytes(), 5)
    }

    #[test]
    fn a_member_of_another_type_is_unknown_and_nothing_else() {
        let input = read(
            r#"{"session_id": 7, "model": ["x"], "cost": {"total_cost_usd": -1, "total_lines_added": 3.9},
                "rate_limits": {"five_hour": {"used_percentage": "a lot"}, "seven_day": null}, "new": {"a": [{}]}}"#,
        );
        let input = input.map(|input| Input { told: Told::default(), ..input });
        assert_eq!(input, Some(Input { lines_added: Some(3), ..Input::default() }));
    }

    #[test]
    fn input_that_is_not_an_object_is_none() {
        for text in ["", "null", "[]", "7", "\"text\"", "{", "{\"model\": }", "\0"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read("\u{feff} {} \n"), Some(Input { told: Told::of("{}"), ..Input::default() }));
        assert_eq!(Input::read(b"{\"version\": \"1\xff\"}", 5).unwrap().version.unwrap(), "1\u{fffd}");
    }

    #[test]
    fn money_keeps_its_digits() {
        let cost = |text| read(&format!("{{\"cost\": {{\"total_cost_usd\": {text}}}}}")).unwrap().cost;
        assert_eq!(cost("0.123456789012"), Some(Picodollars(123_456_789_012)));
        assert_eq!(cost("1e-3"), Some(Picodollars(1_000_000_000)));
        assert_eq!(cost("12.3456789012345678"), Some(Picodollars(12_345_678_901_235)));
        assert_eq!(cost("0"), Some(Picodollars::ZERO));
        assert_eq!(cost("1e300"), None);
    }

    #[test]
    fn a_limits_reset_time_is_in_seconds_or_milliseconds_or_rfc_3339() {
        const AT: i64 = 1_764_000_000_000;
        let resets_at = |at: &str| {
            let text = format!(
                r#"{{"rate_limits": {{"five_hour": {{"used_percentage": 41.5, "resets_at": {at}}}}}}}"#
            );
            let limit = Input::read(text.as_bytes(), AT - 60_000).unwrap().five_hour.unwrap();
            assert_eq!((limit.used_millionths, limit.seen_at), (415_000, AT - 60_000));
            limit.resets_at
        };
        for at in ["1764000000", "1764000000000", "\"2025-11-24T16:00:00Z\""] {
            assert_eq!(resets_at(at), AT, "{at}");
        }
        // Microseconds, a number of minutes, next month: no window ends then, so when it ends is unknown.
        for at in ["null", "1764000000000000", "300", "0", "1767000000", "\"2099-01-01T00:00:00Z\""] {
            assert_eq!(resets_at(at), 0, "{at}");
        }
    }

    #[test]
    fn the_context_share_is_computed_if_no_percentage_is_given() {
        let window = r#""context_window_size": 200000, "current_usage": {"input_tokens": 1000,
            "cache_creation_input_tokens": null, "cache_read_input_tokens": 49000, "output_tokens": 5}"#;
        let input = read(&format!("{{\"context_window\": {{{window}}}}}")).unwrap();
        assert_eq!((input.context_tokens, input.context_millionths), (Some(50_000), Some(250_000)));
        let input = read(&format!("{{\"context_window\": {{\"used_percentage\": 8, {window}}}}}")).unwrap();
        assert_eq!(input.context_millionths, Some(80_000));
        let input =
            read("{\"context_window\": {\"current_usage\": null, \"used_percentage\": null}}").unwrap();
        assert_eq!((input.context_tokens, input.context_millionths), (None, None));
    }
}
