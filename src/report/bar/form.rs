//! How a field is shown: as text, a bar or a link. `{context:bar:8}`, `{pr:link}`.
//!
//! Invariant: a form that does not fit the field's shape is refused when the template is parsed. A share that is
//! unknown right now stays text, because an empty bar would say that nothing is used. Used by `catalogue`.

use super::definition::{FieldDefinition, Shape};
use super::paint::Value;
use crate::report::share_bar::share_bar;

/// A bar's width, if the template says none.
const BAR_COLUMNS: usize = 10;
/// The widest bar.
const BAR_COLUMNS_MAX: usize = 60;

/// How a field is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    /// A bar of so many columns.
    Bar(usize),
    /// The text, leading to an address.
    Link,
}

/// Why a text names no field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// There is no such field.
    Unknown,
    /// There is, but not in this form; what can be done instead.
    Form(String),
}

impl Form {
    /// The form that is written `text` after the name of a field of this shape; `all` are those to name instead.
    pub(super) fn of<'a>(
        text: &str,
        shape: Shape,
        all: impl Iterator<Item = &'a FieldDefinition>,
    ) -> Result<Self, Unfit> {
        let named = |shape| {
            let names: Vec<_> = all.filter(|field| field.shape == shape).map(|field| field.name).collect();
            names.join(", ")
        };
        match text.split_once(':').unwrap_or((text, "")) {
            ("link", "") if shape == Shape::Link => Ok(Self::Link),
            ("link", "") => {
                Err(Unfit::Form(format!("only {} and paths of input can be links", named(Shape::Link))))
            }
            ("bar", _) if shape != Shape::Share => {
                Err(Unfit::Form(format!("only {} can be bars", named(Shape::Share))))
            }
            ("bar", "") => Ok(Self::Bar(BAR_COLUMNS)),
            ("bar", columns) => {
                let columns = columns.parse().ok().filter(|columns| (1..=BAR_COLUMNS_MAX).contains(columns));
                columns.map(Self::Bar).ok_or_else(|| {
                    Unfit::Form(format!(
                        "a bar is 1 to {BAR_COLUMNS_MAX} columns wide, such as :bar:{BAR_COLUMNS}"
                    ))
                })
            }
            _ => Err(Unfit::Form("the forms are :bar, :bar:8 and :link".to_owned())),
        }
    }

    /// The value in this form.
    pub(super) fn apply(self, value: Value) -> Value {
        match (self, value.share) {
            (Self::Link, _) => value,
            (Self::Bar(columns), Some(share)) => {
                Value { text: share_bar(share, columns), link: None, ..value }
            }
            _ => Value { link: None, ..value },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_a_field_cannot_have_is_refused_with_what_can() {
        let form = |text, shape| Form::of(text, shape, std::iter::empty());
        assert_eq!(form("bar", Shape::Share), Ok(Form::Bar(10)));
        assert_eq!(form("bar:8", Shape::Share), Ok(Form::Bar(8)));
        assert_eq!(form("link", Shape::Link), Ok(Form::Link));
        for (text, shape) in [
            ("bar", Shape::Text),
            ("bar", Shape::Link),
            ("bar:0", Shape::Share),
            ("bar:61", Shape::Share),
            ("bar:x", Shape::Share),
            ("link", Shape::Text),
            ("link", Shape::Share),
            ("link:x", Shape::Link),
            ("upper", Shape::Text),
            ("", Shape::Text),
        ] {
            assert!(matches!(form(text, shape), Err(Unfit::Form(_))), "{text} {shape:?}");
        }
    }
}
