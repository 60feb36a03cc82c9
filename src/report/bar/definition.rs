//! What a named field is: a row of [`super::catalogue`] or of [`super::session_fields`].
//!
//! Invariant: a name means one field, so two definitions of one name are the same.

use super::facts::Facts;
use super::paint::Value;

/// A field: its name, description and value.
#[derive(Debug)]
pub(super) struct FieldDefinition {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) value: fn(&Facts<'_>) -> Option<Value>,
}

impl PartialEq for FieldDefinition {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for FieldDefinition {}

pub(super) const fn entry(
    name: &'static str,
    about: &'static str,
    value: fn(&Facts<'_>) -> Option<Value>,
) -> FieldDefinition {
    FieldDefinition { name, about, value }
}
