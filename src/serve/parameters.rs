//! The parameters of a query: `?since=2026-11-01&model=opus`.
//!
//! Invariant: a parameter that a route does not know is an error, never ignored: a mistyped filter would show
//! everything.

use axum::http::Uri;

use super::described::Parameter;
use super::problem::Problem;
use crate::config::suggest::nearest;
use crate::plain_text;

/// More parameters than anyone means.
const MOST: usize = 64;

/// The parameters that a client sent.
#[derive(Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads those of a URI whose route has these.
    pub(super) fn read(uri: &Uri, described: &[Parameter]) -> Result<Self, Problem> {
        let known: Vec<&str> = described.iter().map(|parameter| parameter.name).collect();
        let query = uri.query().unwrap_or_default();
        let all: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().take(MOST + 1).collect();
        if all.len() > MOST {
            return Err(Problem::query(format!("use at most {MOST} parameters")));
        }
        for (name, _) in &all {
            if !known.contains(&name.as_str()) {
                let advice = match nearest(name, &known) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None if known.is_empty() => "there are no parameters here".to_owned(),
                    None => format!("use {}", known.join(", ")),
                };
                let name = plain_text::name(name);
                return Err(Problem::query(format!("unknown parameter {name:?}: {advice}")));
            }
        }
        Ok(Self(all))
    }

    /// The value of a parameter that can be there once.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Problem::query(format!("use {name} once"))),
            (value, None) => Ok(value),
        }
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// The value, read by `read`, whose error says what to write instead.
    pub(super) fn parsed<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        read(text)
            .map(Some)
            .map_err(|what| Problem::query(format!("{name} cannot be {:?}: {what}", plain_text::name(text))))
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
        self.parsed(name, |text| {
            let found = words.iter().find(|(word, _)| *word == text);
            let names = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            found.map(|(_, value)| *value).ok_or_else(|| format!("use one of {}", names()))
        })
    }

    /// Whether a switch is on: `recent`, `recent=true` or `recent=1`.
    pub(super) fn is_on(&self, name: &str) -> Result<bool, Problem> {
        let words = [("", true), ("true", true), ("1", true), ("false", false), ("0", false)];
        Ok(self.word(name, &words)?.unwrap_or(false))
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    const KNOWN: &[Parameter] = &[
        Parameter::one("since", "", ""),
        Parameter::many("project", "", ""),
        Parameter::one("recent", "", ""),
    ];

    fn read(query: &str) -> Result<Parameters, Problem> {
        Parameters::read(&format!("/x?{query}").parse().unwrap(), KNOWN)
    }

    #[test]
    fn what_a_route_does_not_know_is_refused() {
        for bad in ["sinse=1", "%00=1", "=", &"since=1&".repeat(MOST + 1)] {
            assert_eq!(read(bad).unwrap_err().into_response().status(), 400, "{bad}");
        }
    }

    #[test]
    fn values_are_decoded_and_counted() {
        let parameters = read("project=a%2Fb+c&project=%C3%A9&since=1&recent").unwrap();
        assert_eq!(parameters.all("project"), ["a/b c", "é"]);
        assert_eq!(parameters.one("since").unwrap(), Some("1"));
        assert!(parameters.is_on("recent").unwrap());
        assert!(parameters.one("project").is_err());
        assert!(read("recent=maybe").unwrap().is_on("recent").is_err());
    }
}
