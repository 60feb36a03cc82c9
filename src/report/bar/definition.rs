//! What a named field is: a row of [`super::catalogue`], [`super::session_fields`] or [`super::around_fields`].
//!
//! Invariants: a name means one field, so two definitions of one name are the same. A field's shape stands in its
//! definition and nowhere else, so [`super::form`] and its error messages follow from the tables. Used by those tables,
//! `catalogue` and `form`.

use super::facts::Facts;
use super::paint::Value;

/// What a field can be shown as, besides text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Nothing else.
    Text,
    /// A bar: its values are shares of a whole.
    Share,
    /// A link: its values lead to an address.
    Link,
}

/// A field: its name, description, shape and value.
#[derive(Debug)]
pub(super) struct FieldDefinition {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) shape: Shape,
    pub(super) value: fn(&Facts<'_>) -> Option<Value>,
}

impl PartialEq for FieldDefinition {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for FieldDefinition {}

/// A field that is text.
pub(super) const fn entry(
    name: &'static str,
    about: &'static str,
    value: fn(&Facts<'_>) -> Option<Value>,
) -> FieldDefinition {
    FieldDefinition { name, about, shape: Shape::Text, value }
}

/// A field that can be a bar: whenever it has a share, its value says so.
pub(super) const fn share(
    name: &'static str,
    about: &'static str,
    value: fn(&Facts<'_>) -> Option<Value>,
) -> FieldDefinition {
    FieldDefinition { name, about, shape: Shape::Share, value }
}

/// A field that can be a link.
pub(super) const fn link(
    name: &'static str,
    about: &'static str,
    value: fn(&Facts<'_>) -> Option<Value>,
) -> FieldDefinition {
    FieldDefinition { name, about, shape: Shape::Link, value }
}
