//! JSON as the vectors hold it: whole numbers of any size, members in the order in which they were put in.
//!
//! Invariant: the text depends on nothing but the value, so that vectors are the same bytes each time. Used by all of
//! this crate; requests, which hold small numbers only, are read by serde_json.

use std::fmt;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number that may be below zero.
    Signed(i64),
    /// A number that is not.
    Unsigned(u128),
    /// A text.
    Text(String),
    /// Values in a row.
    List(Vec<Json>),
    /// Values with names.
    Object(Vec<(&'static str, Json)>),
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Self::Unsigned(number.into())
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Signed(number)
    }
}

impl From<u32> for Json {
    fn from(number: u32) -> Self {
        Self::Unsigned(number.into())
    }
}

impl From<u128> for Json {
    fn from(number: u128) -> Self {
        Self::Unsigned(number)
    }
}

impl From<bool> for Json {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for Json {
    /// On one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(yes) => write!(f, "{yes}"),
            Self::Signed(number) => write!(f, "{number}"),
            Self::Unsigned(number) => write!(f, "{number}"),
            // serde_json escapes what JSON must escape and leaves the rest as it is.
            Self::Text(text) => f.write_str(&serde_json::Value::from(text.as_str()).to_string()),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (name, value)) in members.iter().enumerate() {
                    write!(f, "{}\"{name}\":{value}", if at > 0 { "," } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

/// The values in which `other` differs from `base`, each with its place as a JSON pointer. `None` where members or items
/// are missing or more: then it is not told as a difference.
pub fn differences(base: &Json, other: &Json) -> Option<Vec<(String, Json)>> {
    let mut found = Vec::new();
    note(base, other, "", &mut found).then_some(found)
}

fn note(base: &Json, other: &Json, place: &str, found: &mut Vec<(String, Json)>) -> bool {
    match (base, other) {
        (Json::Object(base), Json::Object(other)) => {
            base.len() == other.len()
                && base.iter().zip(other).all(|((name, base), (same, other))| {
                    name == same && note(base, other, &format!("{place}/{name}"), found)
                })
        }
        (Json::List(base), Json::List(other)) if base.len() == other.len() => {
            let mut pairs = base.iter().zip(other).enumerate();
            pairs.all(|(at, (base, other))| note(base, other, &format!("{place}/{at}"), found))
        }
        _ => {
            if base != other {
                found.push((place.to_owned(), other.clone()));
            }
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_stay_whole() {
        let numbers = Json::List(vec![u128::MAX.into(), i64::MIN.into(), u64::MAX.into()]);
        let text = "[340282366920938463463374607431768211455,-9223372036854775808,18446744073709551615]";
        assert_eq!(numbers.to_string(), text);
    }

    #[test]
    fn a_difference_is_told_by_its_place() {
        let with = |inner: Vec<u64>| Json::Object(vec![("a", Json::Object(vec![("b", inner.into())]))]);
        let found = differences(&with(vec![1, 2]), &with(vec![1, 3])).unwrap();
        assert_eq!(found, [("/a/b/1".to_owned(), Json::from(3u64))]);
        let longer = differences(&with(vec![1]), &with(vec![1, 2])).unwrap();
        assert_eq!(longer, [("/a/b".to_owned(), Json::from(vec![1u64, 2]))]);
    }
}
