//! `/openapi.json`: the routes, as OpenAPI 3.1 describes them.
//!
//! Invariant: it is made from the table that the router is made from.

use serde_json::{Map, Value, json};

use super::described::{Parameter, Route};
use super::rendition::{JSON, Rendition};

/// The description of these routes.
pub(super) fn describe<'a>(routes: impl Iterator<Item = &'a Route>) -> Rendition {
    let paths: Map<String, Value> = routes.map(|route| (route.path.to_owned(), path(route))).collect();
    let version = env!("CARGO_PKG_VERSION");
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "cco",
            "version": version,
            "description": "Claude Code usage, counted once. Costs are JSON numbers in USD with up to twelve decimals; \
                            times are RFC 3339 in UTC. Members are added, never changed. Send If-None-Match to learn \
                            in a few bytes that nothing is new.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Problem": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": { "type": "string" },
                    "title": { "type": "string" },
                    "status": { "type": "integer" },
                    "detail": { "type": "string", "description": "What is wrong, and what to do" },
                },
            } },
        },
    });
    Rendition::fixed(JSON, document.to_string())
}

fn path(route: &Route) -> Value {
    let problem = json!({
        "description": "A problem, with what to do",
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    let parameters: Vec<Value> = route.parameters.iter().map(parameter).collect();
    let mut get = json!({
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            "200": { "description": route.summary, "content": { route.kind: {} } },
            "304": { "description": "Nothing is new" },
            "default": problem,
        },
    });
    if !route.is_open {
        // The token, or nothing for a client on the same machine.
        get["security"] = json!([{ "token": [] }, {}]);
    }
    json!({ "get": get })
}

fn parameter(parameter: &Parameter) -> Value {
    let text = json!({ "type": "string" });
    let schema = if parameter.is_repeated { json!({ "type": "array", "items": text }) } else { text };
    json!({
        "name": parameter.name, "in": "query", "required": false, "description": parameter.meaning,
        "schema": schema, "example": parameter.example,
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use axum::http::header::ETAG;

    use super::*;
    use crate::serve::counts::Counts;
    use crate::serve::route::{alive, stats};

    #[test]
    fn the_tag_changes_with_the_routes_that_are_described() {
        let tag = |routes: &'static [Route]| {
            let answer = describe(routes.iter()).answer(&HeaderMap::new(), &Counts::default());
            answer.headers()[ETAG].clone()
        };
        assert_eq!(tag(stats::ROUTES), tag(stats::ROUTES));
        assert_ne!(tag(stats::ROUTES), tag(alive::ROUTES));
    }
}
