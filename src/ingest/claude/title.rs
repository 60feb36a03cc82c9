//! The title of a session, which Claude Code writes in lines of their own: what its user calls it, what Claude Code calls it, and the
//! summary of its conversation.
//!
//! A title is text of a conversation. Invariant: lines with titles are parsed only by a reader that was told to keep titles, and
//! nothing else of them is kept. Used by [`super::decode`]; the ledger stores the result.

use std::sync::Arc;

use crate::ingest::json::{Cursor, Fault, Nest, Scalar, TextDecoder};

/// A longer title is cut.
const BYTES_MAX: usize = 500;

/// What a title is, in the order in which one stands before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TitleKind {
    /// The summary of a conversation.
    Summary,
    /// What Claude Code calls it.
    Ai,
    /// What its user calls it.
    Custom,
}

/// A session's title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// Session id.
    pub session: Arc<str>,
    /// What it is.
    pub kind: TitleKind,
    /// Its text, not empty.
    pub text: Box<str>,
}

impl TitleKind {
    /// The types of their lines, as they stand there.
    pub(super) const TYPES: [(&'static [u8], Self); 3] =
        [(b"\"summary\"", Self::Summary), (b"\"ai-title\"", Self::Ai), (b"\"custom-title\"", Self::Custom)];

    /// The kind of a line of this type.
    pub(super) fn of(kind: &[u8]) -> Option<Self> {
        Self::TYPES.iter().find(|(quoted, _)| quoted[1..quoted.len() - 1] == *kind).map(|(_, kind)| *kind)
    }

    const fn member(self) -> &'static [u8] {
        match self {
            Self::Summary => b"summary",
            Self::Ai => b"aiTitle",
            Self::Custom => b"customTitle",
        }
    }
}

impl Title {
    /// The title in an object of this kind. `session` is used if it names none. `None` if it has no title that decodes.
    pub(super) fn parse(
        object: &[u8],
        kind: TitleKind,
        session: &Arc<str>,
        texts: &mut TextDecoder,
    ) -> Option<Self> {
        let (named, text) = members(object, kind).ok()?;
        let text = texts.present(text).ok()??.trim().to_owned();
        let named = texts.present(named).ok()?;
        let cut = text.floor_char_boundary(BYTES_MAX);
        (!text.is_empty()).then(|| Self {
            session: named.map_or_else(|| Arc::clone(session), |named| named.as_ref().into()),
            kind,
            text: text[..cut].into(),
        })
    }

    /// Adds it to a list, in the place of an older one of its kind.
    pub(in crate::ingest) fn push(self, titles: &mut Vec<Self>) {
        let is_alike = |other: &&mut Self| other.kind == self.kind && other.session == self.session;
        match titles.iter_mut().find(is_alike) {
            Some(older) => *older = self,
            None => titles.push(self),
        }
    }
}

fn members(object: &[u8], kind: TitleKind) -> Result<(Scalar<'_>, Scalar<'_>), Fault> {
    let mut nest = Nest::default();
    let mut cursor = Cursor::new(object, &mut nest);
    let (mut session, mut text) = (Scalar::Absent, Scalar::Absent);
    cursor.object(|cursor, key| {
        let member = match key {
            b"sessionId" => &mut session,
            key if key == kind.member() => &mut text,
            _ => return cursor.skip(),
        };
        *member = cursor.scalar()?;
        Ok(())
    })?;
    Ok((session, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(kind: TitleKind, object: &str) -> Option<(String, String)> {
        let title = Title::parse(object.as_bytes(), kind, &"file".into(), &mut TextDecoder::default())?;
        Some((title.session.to_string(), title.text.to_string()))
    }

    #[test]
    fn a_title_is_its_sessions_or_its_files() {
        let custom = r#"{"type":"custom-title","customTitle":" Fix \u0041 ","sessionId":"s-1","secret":"x"}"#;
        assert_eq!(parse(TitleKind::Custom, custom), Some(("s-1".into(), "Fix A".into())));
        let summary = r#"{"type":"summary","summary":"About it","leafUuid":"u"}"#;
        assert_eq!(parse(TitleKind::Summary, summary), Some(("file".into(), "About it".into())));
        for none in [
            "{}",
            r#"{"aiTitle":""}"#,
            r#"{"aiTitle":null}"#,
            r#"{"aiTitle":{"a":1}}"#,
            r#"{"aiTitle":"\ud800"}"#,
        ] {
            assert_eq!(parse(TitleKind::Ai, none), None, "{none}");
        }
        let long = format!(r#"{{"aiTitle":"{}"}}"#, "é".repeat(BYTES_MAX));
        assert_eq!(parse(TitleKind::Ai, &long).unwrap().1.len(), BYTES_MAX);
    }

    #[test]
    fn the_newest_of_a_kind_stands() {
        let title = |kind, text: &str| Title { session: "s".into(), kind, text: text.into() };
        let mut titles = Vec::new();
        for (kind, text) in [(TitleKind::Custom, "a"), (TitleKind::Ai, "b"), (TitleKind::Custom, "c")] {
            title(kind, text).push(&mut titles);
        }
        assert_eq!(titles, [title(TitleKind::Custom, "c"), title(TitleKind::Ai, "b")]);
    }
}
