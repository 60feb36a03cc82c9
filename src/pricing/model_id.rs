//! The plain id of a model, without the marks of providers and variants.
//!
//! Transcripts have the id that was sent to the provider. The rules, each applied to the result of the one before: a `[1m]` suffix (the wide context window), an ARN up to the profile or model it names, one
//! provider prefix, a Bedrock version suffix, a Vertex version after `@`, and the spelling of gateways.
//!
//! Invariant: a rule only removes marks and never guesses. An id that matches no rule stays as it is, so no model is
//! priced as another.

use std::borrow::Cow;

/// What Bedrock puts before ids whose requests stay in a region.
const REGIONAL_PREFIXES: [&str; 6] =
    ["anthropic.", "us.anthropic.", "eu.anthropic.", "apac.anthropic.", "jp.anthropic.", "au.anthropic."];
/// What providers put before ids whose requests may go anywhere.
const OTHER_PREFIXES: [&str; 3] = ["anthropic/", "vertex_ai/", "global.anthropic."];
/// What an ARN has before the id of a model. An application profile has neither: its ARN names no model.
const ARN_PARTS: [&str; 2] = [":inference-profile/", ":foundation-model/"];
/// The first major version that Anthropic writes after the family. Before it, `claude-3-7-sonnet` is the id.
const FAMILY_FIRST_SINCE: u32 = 4;

/// The id without marks.
pub(super) fn plain(id: &str) -> Cow<'_, str> {
    let id = unwrapped(id);
    let mut prefixes = REGIONAL_PREFIXES.iter().chain(&OTHER_PREFIXES);
    let id = prefixes.find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id);
    let id = without_bedrock_version(id);
    let id = match id.split_once('@') {
        Some((id, "default")) => Cow::Borrowed(id),
        Some((id, date)) if is_date(date) => Cow::Owned(format!("{id}-{date}")),
        _ => Cow::Borrowed(id),
    };
    as_anthropic_spells(id)
}

/// Whether an id names a route through Bedrock that stays in a region: all of Bedrock's but the global one.
pub(super) fn is_regional(id: &str) -> bool {
    let id = unwrapped(id);
    REGIONAL_PREFIXES.iter().any(|prefix| id.starts_with(prefix))
}

/// The id without its `-YYYYMMDD` date, if it ends with one.
pub(super) fn undated(id: &str) -> Option<&str> {
    id.rsplit_once('-').filter(|(_, date)| is_date(date)).map(|(id, _)| id)
}

/// Strips a `[1m]` suffix, then an ARN up to the id in it.
fn unwrapped(id: &str) -> &str {
    let id = id.strip_suffix("[1m]").unwrap_or(id);
    if !id.starts_with("arn:") {
        return id;
    }
    ARN_PARTS.iter().find_map(|part| id.split_once(part)).map_or(id, |(_, id)| id)
}

/// Strips `-v1:0` or `-v1`, whatever the numbers.
fn without_bedrock_version(id: &str) -> &str {
    match id.rsplit_once("-v") {
        Some((plain, version)) => {
            let (major, minor) = version.split_once(':').unwrap_or((version, "0"));
            if is_number(major) && is_number(minor) { plain } else { id }
        }
        None => id,
    }
}

/// Gateways write versions with a dot, and some write them before the family.
fn as_anthropic_spells(id: Cow<'_, str>) -> Cow<'_, str> {
    if !id.starts_with("claude-") {
        return id;
    }
    let id = if id.contains('.') { Cow::Owned(id.replace('.', "-")) } else { id };
    match family_first(&id) {
        Some(id) => Cow::Owned(id),
        None => id,
    }
}

/// `claude-4-6-opus` as `claude-opus-4-6`, with or without a minor version or a date.
fn family_first(id: &str) -> Option<String> {
    let versioned = id.strip_prefix("claude-")?;
    // Most ids begin with the family: nothing more to do for them.
    if !versioned.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (versioned, date) = match undated(versioned) {
        Some(undated) => (undated, &versioned[undated.len()..]),
        None => (versioned, ""),
    };
    let (version, family) = versioned.rsplit_once('-')?;
    let (major, minor) = version.split_once('-').unwrap_or((version, "0"));
    let is_version = |text: &str| text.len() <= 2 && is_number(text);
    let is_family = !family.is_empty() && family.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_family && is_version(major) && is_version(minor) && major.parse::<u32>().ok()? >= FAMILY_FIRST_SINCE)
        .then(|| format!("claude-{family}-{version}{date}"))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_date(text: &str) -> bool {
    text.len() == 8 && is_number(text)
}

#[cfg(test)]
mod tests;
