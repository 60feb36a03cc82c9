//! Looks up paths in Claude Code's input: `effort.level`, `workspace.added_dirs.0`.
//!
//! Invariant: a path is looked up only if a template needs it. It has no value if it is absent, null or leads to
//! another type. Texts are returned as they are; the caller must make them safe to show. Used by the tables of fields
//! and `subagents`.

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::lenient::{count, time, value, words};

/// The longest input that is kept to be looked into, in bytes.
const BYTES_MAX: usize = 1 << 20;
/// The most steps of a path.
pub(super) const STEPS_MAX: usize = 16;

/// An input as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    text: String,
}

impl Told {
    /// Keeps an input that is an object; a longer one than anybody sends is not looked into.
    pub(super) fn of(text: &str) -> Self {
        Self { text: if text.len() <= BYTES_MAX { text.to_owned() } else { String::new() } }
    }

    /// What stands at a path of names and positions.
    fn at(&self, path: &str) -> Option<&RawValue> {
        path.split('.').try_fold(None, |at: Option<&RawValue>, step| {
            member(at.map_or(&*self.text, RawValue::get), step).map(Some)
        })?
    }

    /// A text, number or truth value at a path, in the words of the input.
    pub(super) fn scalar(&self, path: &str) -> Option<String> {
        let raw = self.at(path)?;
        match raw.get().as_bytes().first()? {
            b'"' => words(Some(raw)),
            b'{' | b'[' | b'n' => None,
            _ => Some(raw.get().to_owned()),
        }
    }

    /// A text that is not empty.
    pub(super) fn words(&self, path: &str) -> Option<String> {
        words(self.at(path))
    }

    /// A whole number.
    pub(super) fn count(&self, path: &str) -> Option<u64> {
        count(self.at(path))
    }

    /// A number that is finite and not negative.
    pub(super) fn number(&self, path: &str) -> Option<f64> {
        value(self.at(path)).filter(|number: &f64| number.is_finite() && *number >= 0.0)
    }

    pub(super) fn flag(&self, path: &str) -> Option<bool> {
        value(self.at(path))
    }

    /// A time in milliseconds UTC.
    pub(super) fn time(&self, path: &str) -> Option<i64> {
        time(self.at(path))
    }

    /// The texts of a list, without what is of another kind.
    pub(super) fn list(&self, path: &str) -> Vec<String> {
        let items: Vec<&RawValue> =
            self.at(path).and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        items.into_iter().filter_map(|raw| words(Some(raw))).collect()
    }

    /// The objects of a list.
    pub(super) fn objects(&self, path: &str) -> Vec<Self> {
        let items: Vec<&RawValue> =
            self.at(path).and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let objects = items.into_iter().filter(|raw| raw.get().starts_with('{'));
        objects.map(|raw| Self { text: raw.get().to_owned() }).collect()
    }
}

/// The member of an object by its name, or of a list by its position, from 0.
fn member<'a>(text: &'a str, step: &str) -> Option<&'a RawValue> {
    let mut json = serde_json::Deserializer::from_str(text);
    Step(step).deserialize(&mut json).ok().flatten()
}

/// Finds one member and skips all others.
struct Step<'s>(&'s str);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(IsKey(self.0))? {
            if is_it {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let position: usize = self.0.parse().map_err(A::Error::custom)?;
        let mut found = None;
        let mut at = 0;
        while found.is_none() || at <= position {
            let item = if at == position {
                list.next_element()?.map(|item| found = Some(item))
            } else {
                list.next_element::<IgnoredAny>()?.map(drop)
            };
            if item.is_none() {
                return Ok(found);
            }
            at += 1;
        }
        // The rest is read, so that a list that breaks off has no members.
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(found)
    }
}

/// Whether a key is this one.
struct IsKey<'s>(&'s str);

impl<'de> DeserializeSeed<'de> for IsKey<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for IsKey<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> Told {
        Told::of(text)
    }

    #[test]
    fn a_path_leads_through_objects_and_lists_to_a_text_a_number_or_a_truth_value() {
        let told = told(
            r#"{"a": {"b": [1, "two", {"c": true}], "\u0064": 0.50}, "n": null, "e": "", "s": "x\u001by", "a.b": 3}"#,
        );
        for (path, expected) in [
            ("a.b.0", Some("1")),
            ("a.b.1", Some("two")),
            ("a.b.2.c", Some("true")),
            ("a.d", Some("0.50")),
            ("s", Some("x\u{1b}y")),
            ("a.b.3", None),
            ("a.b.-1", None),
            ("a.b.x", None),
            ("a.b", None),
            ("a", None),
            ("n", None),
            ("n.m", None),
            ("e", None),
            ("s.t", None),
            ("", None),
            ("a..b", None),
        ] {
            assert_eq!(told.scalar(path).as_deref(), expected, "{path}");
        }
        assert_eq!(told.list("a.b"), ["two"]);
        assert_eq!(told.objects("a.b")[0].flag("c"), Some(true));
        assert_eq!(Told::default().scalar("a"), None);
        assert_eq!(Told::of(&format!("{{\"a\": \"{}\"}}", "x".repeat(BYTES_MAX))).scalar("a"), None);
    }

    proptest! {
        #[test]
        fn a_member_is_what_a_whole_parse_finds(
            keys in prop::collection::vec("[a-c\"\\\\é]{0,3}", 1..6),
            list in prop::collection::vec(any::<i32>(), 0..6),
            cut in 0_usize..200,
        ) {
            let mut object = serde_json::Map::new();
            for key in &keys {
                object.insert(key.clone(), serde_json::json!({"list": list}));
            }
            let whole = serde_json::Value::Object(object).to_string();
            for key in keys.iter().filter(|key| !key.contains('.')) {
                for (at, number) in list.iter().enumerate() {
                    let found = told(&whole).scalar(&format!("{key}.list.{at}"));
                    prop_assert_eq!(found, Some(number.to_string()));
                }
                prop_assert_eq!(told(&whole).scalar(&format!("{key}.list.{}", list.len())), None);
            }
            // An input that breaks off has nothing, and does no harm.
            let cut: String = whole.chars().take(cut.min(whole.chars().count() - 1)).collect();
            prop_assert_eq!(told(&cut).scalar(&format!("{}.list.0", keys[0])), None);
        }
    }
}
