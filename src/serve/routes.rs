//! All routes: one table, from which the router and `/openapi.json` are made.
//!
//! Invariant: what is not in the table is not found. A family of routes is a file in `route`; to add one, write it and
//! name it here.

use std::sync::Arc;

use axum::{Router, middleware};

use super::access::check_token;
use super::described::Route;
use super::guard::guard;
use super::openapi;
use super::problem::Problem;
use super::rendition::Rendition;
use super::route::{alive, blocks, budgets, description, events, history, metrics, page, stats, usage};
use super::served::Served;

/// The families of routes.
const FAMILIES: &[&[Route]] = &[
    page::ROUTES,
    stats::ROUTES,
    usage::ROUTES,
    blocks::ROUTES,
    budgets::ROUTES,
    history::ROUTES,
    events::ROUTES,
    metrics::ROUTES,
    alive::ROUTES,
    description::ROUTES,
];

fn all() -> impl Iterator<Item = &'static Route> {
    FAMILIES.iter().copied().flatten()
}

/// What `/openapi.json` answers.
pub(super) fn description() -> Rendition {
    openapi::describe(all())
}

/// The router for all routes.
pub(super) fn router(served: &Arc<Served>) -> Router {
    let of = |is_open: bool| {
        let routes = all().filter(|route| route.is_open == is_open);
        routes.fold(Router::new(), |router, route| router.route(route.path, (route.methods)()))
    };
    let state = || Arc::clone(served);
    of(false)
        .route_layer(middleware::from_fn_with_state(state(), check_token))
        .merge(of(true))
        .fallback(async || Problem::not_found())
        .layer(middleware::from_fn_with_state(state(), guard))
        .with_state(state())
}
