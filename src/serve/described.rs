//! A route, with what `/openapi.json` says of it.
//!
//! Invariant: a route takes exactly the parameters that it describes, because it reads them by this list.

use std::sync::Arc;

use axum::routing::MethodRouter;

use super::served::Served;

/// A route.
pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    pub(super) parameters: &'static [Parameter],
    /// The type of what it answers.
    pub(super) kind: &'static str,
    /// Whether it says nothing that a token protects.
    pub(super) is_open: bool,
    pub(super) methods: fn() -> MethodRouter<Arc<Served>>,
}

/// A parameter of a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    /// An example of a value.
    pub(super) example: &'static str,
    pub(super) is_repeated: bool,
}

impl Parameter {
    pub(super) const fn one(name: &'static str, example: &'static str, meaning: &'static str) -> Self {
        Self { name, meaning, example, is_repeated: false }
    }

    pub(super) const fn many(name: &'static str, example: &'static str, meaning: &'static str) -> Self {
        Self { name, meaning, example, is_repeated: true }
    }
}
