//! Forms of a field: as text, as a bar, as a link. `{context:bar:8}`, `{pr:link}`.
//!
//! Invariant: a form is refused where it makes no sense. A field that could be a bar but has no share now shows its text,
//! because a bar would say that nothing is used.

use super::paint::Value;

/// The fields that can be bars.
const SHARES: [&str; 8] = [
    "context",
    "context.used",
    "context.left",
    "limits.five_hour",
    "limits.seven_day",
    "cache.hit",
    "spend",
    "budget",
];
/// The fields that lead somewhere, besides every path of the input, which leads to the address that it is.
const LINKS: [&str; 3] = ["pr", "pr.number", "pr.url"];
/// A bar's width, if the template says none.
const BAR_COLUMNS: usize = 10;
/// The widest bar.
const BAR_COLUMNS_MAX: usize = 60;
/// A hundred percent, as a share is counted.
const WHOLE: u64 = 10_000;

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
    /// The form that follows a field's name.
    pub(super) fn of(text: &str, name: &str, is_told: bool) -> Result<Self, Unfit> {
        match text.split_once(':').unwrap_or((text, "")) {
            ("link", "") if is_told || LINKS.contains(&name) => Ok(Self::Link),
            ("link", "") => {
                Err(Unfit::Form(format!("only {} and paths of input can be links", LINKS.join(", "))))
            }
            ("bar", _) if !SHARES.contains(&name) => {
                Err(Unfit::Form(format!("only {} can be bars", SHARES.join(", "))))
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
            (Self::Bar(columns), Some(share)) => Value { text: bar(share, columns), link: None, ..value },
            _ => Value { link: None, ..value },
        }
    }
}

/// A bar that is full only if all is used.
fn bar(share: u64, columns: usize) -> String {
    let whole = u64::try_from(columns).unwrap_or(u64::MAX);
    let nearest = (share.min(WHOLE) * whole + WHOLE / 2) / WHOLE;
    let filled = if share < WHOLE { nearest.min(whole - 1) } else { whole };
    let filled = usize::try_from(filled).unwrap_or(columns);
    "█".repeat(filled) + &"░".repeat(columns - filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_wide_as_asked_and_full_only_at_the_end() {
        assert_eq!(bar(4_100, 10), "████░░░░░░");
        assert_eq!(bar(9_990, 10), "█████████░");
        assert_eq!((bar(10_000, 4), bar(u64::MAX, 2), bar(0, 3)), ("████".into(), "██".into(), "░░░".into()));
        assert_eq!((bar(9_999, 1), bar(10_000, 1)), ("░".into(), "█".into()));
    }

    #[test]
    fn a_form_that_a_field_cannot_have_is_refused_with_what_can() {
        assert_eq!(Form::of("bar", "context", false), Ok(Form::Bar(10)));
        assert_eq!(Form::of("bar:8", "limits.five_hour", false), Ok(Form::Bar(8)));
        assert_eq!(Form::of("link", "pr", false), Ok(Form::Link));
        assert_eq!(Form::of("link", "input.pr.url", true), Ok(Form::Link));
        for (form, name) in [
            ("bar", "today.cost"),
            ("bar:0", "context"),
            ("bar:61", "context"),
            ("bar:x", "context"),
            ("link", "model"),
            ("link:x", "pr"),
            ("upper", "model"),
            ("", "model"),
        ] {
            assert!(matches!(Form::of(form, name, false), Err(Unfit::Form(_))), "{form} {name}");
        }
    }
}
