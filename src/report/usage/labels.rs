//! Short names of models, and times as text.
//!
//! Invariant: names are safe to show. Used by reports that people read.

use jiff::tz::TimeZone;

use super::rows::ModelSums;
use crate::config::Aliases;
use crate::period::date_time;
use crate::plain_text;
use crate::report::names;

/// `opus-5, haiku-4-5, +2`: aliases or short names of the most expensive models, and the number of others.
pub fn short_models(models: &[ModelSums], aliases: &Aliases) -> String {
    /// The most models to name.
    const NAMED: usize = 3;
    let name = |sums: &ModelSums| match aliases.model(&sums.model) {
        Some(_) => names::model(&sums.model, aliases).into_owned(),
        None => short_model(&plain_text::name(&sums.model)),
    };
    let mut names: Vec<String> = models.iter().take(NAMED).map(name).collect();
    names.extend((models.len() > NAMED).then(|| format!("+{}", models.len() - NAMED)));
    names.join(", ")
}

fn short_model(name: &str) -> String {
    let name = name.strip_prefix("claude-").unwrap_or(name);
    let is_date = |end: &str| end.len() == 8 && end.bytes().all(|byte| byte.is_ascii_digit());
    match name.rsplit_once('-') {
        Some((start, end)) if is_date(end) => start.to_owned(),
        _ => name.to_owned(),
    }
}

/// A time in the zone, to the minute.
pub fn moment(ms: i64, zone: &TimeZone) -> String {
    date_time(ms, zone).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A time of day in the zone, to the minute.
pub(super) fn clock(ms: i64, zone: &TimeZone) -> String {
    moment(ms, zone).split(' ').next_back().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_called_by_what_tells_them_apart() {
        assert_eq!(short_model("claude-haiku-4-5-20251001"), "haiku-4-5");
        assert_eq!(short_model("claude-opus-5"), "opus-5");
        assert_eq!(short_model("glm-5.2"), "glm-5.2");
    }
}
