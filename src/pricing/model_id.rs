//! The plain id of a model: what is left when the marks of providers and variants are taken off.
//!
//! Transcripts hold the id as the provider was asked for it. The rules, in this order: a `[1m]` suffix (the
//! wide context window), one provider prefix, a Bedrock version suffix, a Vertex version after `@`.

use std::borrow::Cow;

const PROVIDER_PREFIXES: [&str; 9] = [
    "anthropic/",
    "vertex_ai/",
    "anthropic.",
    "us.anthropic.",
    "eu.anthropic.",
    "apac.anthropic.",
    "global.anthropic.",
    "jp.anthropic.",
    "au.anthropic.",
];

/// The id without marks; borrowed in all cases but a dated Vertex id.
pub(super) fn plain(id: &str) -> Cow<'_, str> {
    let id = id.strip_suffix("[1m]").unwrap_or(id);
    let id = PROVIDER_PREFIXES.iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id);
    let id = without_bedrock_version(id);
    match id.split_once('@') {
        Some((id, "default")) => Cow::Borrowed(id),
        Some((id, date)) if is_date(date) => Cow::Owned(format!("{id}-{date}")),
        _ => Cow::Borrowed(id),
    }
}

/// The id without its `-YYYYMMDD` date, if it ends with one.
pub(super) fn undated(id: &str) -> Option<&str> {
    id.rsplit_once('-').filter(|(_, date)| is_date(date)).map(|(id, _)| id)
}

/// Strips `-v1:0` or `-v1`, whatever the numbers.
fn without_bedrock_version(id: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match id.rsplit_once("-v") {
        Some((plain, version)) => {
            let (major, minor) = version.split_once(':').unwrap_or((version, "0"));
            if is_number(major) && is_number(minor) { plain } else { id }
        }
        None => id,
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_providers_and_variants_come_off() {
        for (id, expected) in [
            ("claude-opus-5", "claude-opus-5"),
            ("claude-opus-4-6[1m]", "claude-opus-4-6"),
            ("anthropic/claude-opus-5", "claude-opus-5"),
            ("vertex_ai/claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929"),
            ("claude-opus-4-6@default", "claude-opus-4-6"),
            ("anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku-20240307"),
            ("us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
            ("eu.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4-20250514"),
            ("apac.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-20241022"),
            ("global.anthropic.claude-opus-4-6-v1[1m]", "claude-opus-4-6"),
            ("jp.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001"),
            ("au.anthropic.claude-haiku-4-5-20251001-v12:34", "claude-haiku-4-5-20251001"),
        ] {
            assert_eq!(plain(id), expected, "{id}");
        }
    }

    #[test]
    fn what_only_looks_like_a_mark_stays() {
        for id in [
            "[1m]-claude",
            "openrouter/claude-x",
            "deepseek-v4-pro",
            "x-v",
            "x-v1:",
            "x-v:0",
            "x-v1:0:200k",
            "claude-x@2025",
            "claude-x@latest",
            "",
        ] {
            assert_eq!(plain(id), id);
        }
    }

    #[test]
    fn a_date_is_eight_digits_behind_a_dash() {
        assert_eq!(undated("claude-opus-4-5-20251101"), Some("claude-opus-4-5"));
        assert_eq!(undated("claude-opus-4-5"), None);
        assert_eq!(undated("claude-opus-4-5-2025110"), None);
        assert_eq!(undated("20251101"), None);
    }
}
