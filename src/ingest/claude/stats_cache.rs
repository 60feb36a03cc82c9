//! `stats-cache.json`, where Claude Code keeps its own statistics: tokens by day and model, including days whose transcripts it
//! has since deleted.
//!
//! Claude Code has changed the file several times (`version` 1 to 5) and, independently, what a day's tokens include: input and
//! output, and since `dailyModelTokensVersion` 5 the cache as well. A day has one number for each model, so it has no cost. Days
//! are in UTC.
//!
//! Invariant: a file that does not fit is refused as a whole, with the reason. Used by `cco ledger import`.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use serde::Deserialize;

use crate::usage::Tokens;

/// The newest known version of the file.
const NEWEST: u64 = 5;

/// The first `dailyModelTokensVersion` whose tokens include the cache's.
const WITH_CACHE: u64 = 5;

/// A day of another year is a mistake.
const YEARS: RangeInclusive<i16> = 2020..=2200;

/// More than anyone has.
const DAYS_MAX: usize = 20_000;
const MODELS_MAX: usize = 1_000;
const MODEL_BYTES_MAX: usize = 500;

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatsCache {
    /// Tokens by day and model.
    pub days: BTreeMap<Date, BTreeMap<String, u64>>,
    /// Whether they include cache tokens.
    pub with_cache: bool,
    /// The last day that Claude Code had counted completely; `None` if it does not say.
    pub last_day: Option<Date>,
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotStatistics(String);

impl fmt::Display for NotStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotStatistics {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    version: u64,
    last_computed_date: Option<String>,
    daily_model_tokens: Vec<Day>,
    daily_model_tokens_version: Option<u64>,
    #[serde(default)]
    model_usage: BTreeMap<String, Usage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Day {
    date: String,
    tokens_by_model: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    #[serde(default)]
    input_tokens: u64,
    #[serde(default)]
    output_tokens: u64,
}

impl StatsCache {
    /// Reads the text of a file.
    pub fn read(text: &[u8]) -> Result<StatsCache, NotStatistics> {
        let refuse = |words: String| Err(NotStatistics(words));
        let file: File = serde_json::from_slice(text).map_err(|error| {
            NotStatistics(format!("it is not a file of Claude Code's statistics: {error}"))
        })?;
        if !(1..=NEWEST).contains(&file.version) {
            return refuse(format!("its version is {}, and only 1 to {NEWEST} are known", file.version));
        }
        let meaning = file.daily_model_tokens_version.unwrap_or(1);
        if !(1..=WITH_CACHE).contains(&meaning) {
            return refuse(format!(
                "its dailyModelTokensVersion is {meaning}, and only 1 to {WITH_CACHE} are known, so what it counts is unknown"
            ));
        }
        let with_cache = meaning >= WITH_CACHE;
        if file.daily_model_tokens.len() > DAYS_MAX {
            return refuse(format!("it has more than {DAYS_MAX} days"));
        }
        let mut days = BTreeMap::new();
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for Day { date, tokens_by_model } in &file.daily_model_tokens {
            let day = day_of(date)?;
            if tokens_by_model.len() > MODELS_MAX {
                return refuse(format!("{date} has more than {MODELS_MAX} models"));
            }
            for (model, tokens) in tokens_by_model {
                if model.is_empty() || model.len() > MODEL_BYTES_MAX {
                    return refuse(format!("the name of a model on {date} is empty or too long"));
                }
                if *tokens > Tokens::MAX {
                    return refuse(format!("{date} has more tokens of a model than is possible"));
                }
                let sum = sums.entry(model).or_default();
                *sum = sum.saturating_add(*tokens);
            }
            if days.insert(day, tokens_by_model.clone()).is_some() {
                return refuse(format!("{date} is in it twice"));
            }
        }
        let last_day = file.last_computed_date.as_deref().map(day_of).transpose()?;
        // A check, as far as one is possible, that the tokens are what the version says.
        let is_more = |(model, sum): (&str, u64)| {
            let whole = file.model_usage.get(model)?;
            let whole = whole.input_tokens.saturating_add(whole.output_tokens);
            (sum / 2 > whole).then(|| model.escape_debug().to_string())
        };
        if !with_cache && let Some(model) = sums.into_iter().find_map(is_more) {
            return refuse(format!(
                "the days of {model} add up to more than twice its total input and output, so they count something else"
            ));
        }
        Ok(StatsCache { days, with_cache, last_day })
    }
}

/// A day as Claude Code writes it: `2026-01-31`. Other forms that jiff can read are not its own.
fn day_of(text: &str) -> Result<Date, NotStatistics> {
    let day = text.parse().ok().filter(|day: &Date| YEARS.contains(&day.year()) && day.to_string() == text);
    day.ok_or_else(|| NotStatistics(format!("{:?} is not a day", text.chars().take(40).collect::<String>())))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn file(version: u64, more: &str, days: &str) -> Result<StatsCache, String> {
        let text = format!(
            r#"{{"version": {version}, "lastComputedDate": "2026-01-08", {more}
                "dailyActivity": [{{"date": "2026-01-05", "messageCount": 9, "sessionCount": 1, "toolCallCount": 2}}],
                "dailyModelTokens": [{days}],
                "modelUsage": {{"claude-opus-4-1": {{"inputTokens": 100, "outputTokens": 900, "cacheReadInputTokens": 70000,
                  "cacheCreationInputTokens": 8000, "webSearchRequests": 0, "costUSD": 0, "contextWindow": 0}}}},
                "totalSessions": 3, "totalMessages": 9, "firstSessionDate": "2026-01-05T10:00:00.000Z",
                "longestSession": {{"sessionId": "s", "duration": 5, "messageCount": 4, "timestamp": "2026-01-05T10:00:00.000Z"}},
                "hourCounts": {{"10": 1}}}}"#
        );
        StatsCache::read(text.as_bytes()).map_err(|error| error.to_string())
    }

    const DAY: &str =
        r#"{"date": "2026-01-05", "tokensByModel": {"claude-opus-4-1": 1000, "claude-haiku": 7}}"#;

    #[test]
    fn days_are_read_and_what_their_tokens_are_follows_from_the_version() {
        for version in 1..=5 {
            let read = file(version, "", DAY).unwrap();
            assert_eq!(read.days[&date(2026, 1, 5)]["claude-opus-4-1"], 1000);
            assert_eq!((read.with_cache, read.last_day), (false, Some(date(2026, 1, 8))));
        }
        assert!(file(5, r#""dailyModelTokensVersion": 5,"#, DAY).unwrap().with_cache);
        assert!(!file(5, r#""dailyModelTokensVersion": 4,"#, DAY).unwrap().with_cache);
        assert!(file(3, "", "").unwrap().days.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_reason() {
        let refused = |result: Result<StatsCache, String>, reason: &str| {
            let error = result.unwrap_err();
            assert!(error.contains(reason), "{error}");
        };
        refused(file(0, "", DAY), "version is 0");
        refused(file(6, "", DAY), "version is 6");
        refused(file(5, r#""dailyModelTokensVersion": 6,"#, DAY), "dailyModelTokensVersion is 6");
        refused(file(3, "", &format!("{DAY},{DAY}")), "2026-01-05 is in it twice");
        let day =
            |date: &str, tokens: &str| format!(r#"{{"date": "{date}", "tokensByModel": {{"m": {tokens}}}}}"#);
        for bad in [
            "2026-02-29",
            "2026-13-01",
            "2026-1-5",
            "20260105",
            "05.01.2026",
            "",
            "2026-01-05T00:00",
            "1999-01-01",
        ] {
            refused(file(3, "", &day(bad, "1")), "is not a day");
        }
        assert!(file(3, "", &day("2024-02-29", "1")).is_ok());
        for bad in ["-1", "1.5", "\"1\"", "null", "{}"] {
            refused(file(3, "", &day("2026-01-05", bad)), "not a file of Claude Code's statistics");
        }
        refused(file(3, "", &day("2026-01-05", "18446744073709551615")), "than is possible");
        refused(file(3, "", r#"{"date": "2026-01-05", "tokensByModel": {"": 1}}"#), "name of a model");
        // The cache's tokens, in a file that says it has none of them.
        let with_cache = r#"{"date": "2026-01-05", "tokensByModel": {"claude-opus-4-1": 79000}}"#;
        refused(file(4, "", with_cache), "count something else");
        assert!(file(5, r#""dailyModelTokensVersion": 5,"#, with_cache).is_ok());
        for text in ["", "[]", "null", "{}", r#"{"version": 1, "username": "ada", "yearly": {}}"#] {
            assert!(StatsCache::read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
