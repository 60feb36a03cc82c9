//! The shapes objects were seen to have, so that most of an object need not be walked: what is known is compared.
//!
//! Between its values an object is glue: brackets, commas and keys. Claude Code writes the same members in the
//! same order from line to line, so the glue is nearly always one that was met before. The shapes are a tree:
//! each node is a place behind a value, each edge the glue from there to the next value, with what that value
//! counts as.
//!
//! Invariant: following a shape gives exactly what [`walk::object`] gives. Equal glue behind an equal way means
//! that a walk would stand at the same place in the same objects; what an edge says was said by a walk; values
//! are read by the same code. Where no edge fits, or a value does not end, the object is walked. Two edges of a
//! node never fit the same bytes, because glue ends with the colon of a key whose value is read, or with the end of
//! the object: of two that begin alike, neither can go on where the other ends. Memory is bounded. Used by
//! [`super::lines`].

use super::object::Object;
use super::walk::{self, Place, Slot, Trace};
use crate::ingest::json::{Cursor, Fault, Nest};

/// When there are as many nodes, they are forgotten.
const MAX_NODES: usize = 4096;

/// Longest glue that is remembered, in bytes.
const MAX_GLUE: usize = 256;

/// How many edges a node has at most.
const MAX_EDGES: usize = 16;

/// The shapes one thread has met.
#[derive(Debug)]
pub(super) struct Shapes {
    /// The first is the start of an object.
    nodes: Vec<Node>,
    trace: Trace,
}

/// The edges behind a value.
type Node = Vec<Edge>;

#[derive(Debug)]
struct Edge {
    glue: Box<[u8]>,
    /// The objects that begin within the glue, and whether each is one.
    entered: Box<[(Place, bool)]>,
    then: Then,
}

/// What stands behind glue.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// A value, what it counts as, and the node behind it.
    Value(Option<Slot>, usize),
    /// Nothing: the object has ended.
    End,
}

impl Default for Shapes {
    fn default() -> Self {
        Self { nodes: vec![Node::new()], trace: Trace::default() }
    }
}

impl Shapes {
    /// Reads one whole top-level object; says how many bytes it takes.
    pub(super) fn object<'a>(
        &mut self,
        bytes: &'a [u8],
        nest: &mut Nest,
    ) -> Result<(Object<'a>, usize), Fault> {
        let mut cursor = Cursor::new(bytes, nest);
        if let Some(object) = self.follow(&mut cursor) {
            return Ok((object, cursor.consumed()));
        }
        let mut cursor = Cursor::new(bytes, nest);
        self.trace.clear();
        let object = walk::object(&mut cursor, &mut self.trace)?;
        let consumed = cursor.consumed();
        self.learn(&bytes[..consumed]);
        Ok((object, consumed))
    }

    /// Reads an object that has a known shape.
    fn follow<'a>(&mut self, cursor: &mut Cursor<'a, '_>) -> Option<Object<'a>> {
        let mut object = Object::default();
        let mut node = 0;
        loop {
            let edge = met(&mut self.nodes[node], cursor)?;
            for &(place, is_object) in &edge.entered {
                object.enter(place, is_object);
            }
            match edge.then {
                Then::Value(Some(slot), next) => {
                    object.keep(slot, cursor).ok()?;
                    node = next;
                }
                Then::Value(None, next) => {
                    cursor.skip().ok()?;
                    node = next;
                }
                Then::End => return Some(object),
            }
        }
    }

    /// Remembers the way the last walk took through these bytes.
    fn learn(&mut self, bytes: &[u8]) {
        if self.trace.is_odd {
            return;
        }
        if self.nodes.len() >= MAX_NODES {
            self.nodes.clear();
            self.nodes.push(Node::new());
        }
        let trace = std::mem::take(&mut self.trace);
        let (mut node, mut at, mut entered) = (0, 0, 0);
        for value in &trace.values {
            let known = self.edge(node, &bytes[at..value.at.start], |nodes| Edge {
                glue: bytes[at..value.at.start].into(),
                entered: trace.entered[entered..value.entered].into(),
                then: Then::Value(value.slot, nodes),
            });
            let Some(Then::Value(_, next)) = known else { break };
            (node, at, entered) = (next, value.at.end, value.entered);
        }
        if trace.values.last().is_none_or(|last| last.at.end == at) {
            self.edge(node, &bytes[at..], |_| Edge {
                glue: bytes[at..].into(),
                entered: trace.entered[entered..].into(),
                then: Then::End,
            });
        }
        self.trace = trace;
    }

    /// What stands behind this glue; where nothing is known, what is made of it. `None` where there is no room.
    fn edge(&mut self, node: usize, glue: &[u8], make: impl FnOnce(usize) -> Edge) -> Option<Then> {
        if let Some(known) = self.nodes[node].iter().find(|edge| *edge.glue == *glue) {
            return Some(known.then);
        }
        if glue.len() > MAX_GLUE || self.nodes[node].len() == MAX_EDGES {
            return None;
        }
        let edge = make(self.nodes.len());
        let then = edge.then;
        self.nodes[node].push(edge);
        if matches!(then, Then::Value(..)) {
            self.nodes.push(Node::new());
        }
        Some(then)
    }
}

/// The edge whose glue comes next, which is consumed. What is met often moves to the front.
#[inline]
fn met<'e>(edges: &'e mut Node, cursor: &mut Cursor<'_, '_>) -> Option<&'e Edge> {
    if !cursor.takes(&edges.first()?.glue) {
        let found = 1 + edges[1..].iter().position(|edge| cursor.takes(&edge.glue))?;
        edges.swap(found - 1, found);
        return edges.get(found - 1);
    }
    edges.first()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a walk and what the shapes make of an object, as text.
    fn both(shapes: &mut Shapes, bytes: &[u8]) -> (String, String) {
        let mut nest = Nest::default();
        let shaped = format!("{:?}", shapes.object(bytes, &mut nest));
        let mut cursor = Cursor::new(bytes, &mut nest);
        let walked = walk::object(&mut cursor, &mut Trace::default());
        let walked = walked.map(|object| (object, cursor.consumed()));
        (shaped, format!("{walked:?}"))
    }

    #[test]
    fn a_known_shape_is_not_walked_again() {
        let mut shapes = Shapes::default();
        let mut nest = Nest::default();
        for (text, is_known) in [
            (r#"{"type":"a","message":{"usage":{"input_tokens":1}},"x":[1,2]}"#, false),
            (r#"{"type":"bcd","message":{"usage":{"input_tokens":234}},"x":"y"}"#, true),
            (r#"{"type":"a","message":{"usage":{"output_tokens":1}},"x":[1,2]}"#, false),
            (r#"{"type":null,"message":{"usage":{"output_tokens":[]}},"x":{}} "#, true),
            (r#"{"type":"a","message":null}"#, false),
            (r#"{"type":"b","message":null}"#, true),
            (r#"{"type":"b","message":{}}"#, false),
            (r#"{"type":"b","message":"text"}"#, false),
            (r#"{"type":"c","message":"text"}"#, false),
        ] {
            let mut cursor = Cursor::new(text.as_bytes(), &mut nest);
            assert_eq!(shapes.follow(&mut cursor).is_some(), is_known, "{text}");
            let (shaped, walked) = both(&mut shapes, text.as_bytes());
            assert_eq!(shaped, walked);
        }
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let mut shapes = Shapes::default();
        for n in 0..3 * MAX_NODES {
            let text = format!(r#"{{"type":1,"{:b}":2,"{n}":3,"{}":4}}"#, n % 16, "k".repeat(n % 400));
            let (shaped, walked) = both(&mut shapes, text.as_bytes());
            assert_eq!(shaped, walked);
            assert!(shapes.nodes.len() <= MAX_NODES + Trace::MAX);
            let edges = shapes.nodes.iter().flatten();
            assert!(edges.clone().count() <= shapes.nodes.len() * MAX_EDGES);
            assert!(edges.map(|edge| edge.glue.len()).all(|length| length <= MAX_GLUE));
        }
        let many: Vec<String> = (0..2 * Trace::MAX).map(|n| format!(r#""{n}":{n}"#)).collect();
        let (shaped, walked) = both(&mut shapes, format!("{{{}}}", many.join(",")).as_bytes());
        assert_eq!(shaped, walked);
    }

    fn value() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            (0u64..1 << 60).prop_map(|number| number.to_string()),
            "-?[1-9]\\.[0-9]e[0-9]",
            r#""([a-z:,}{\[ ]|\\\\|\\")*""#,
        ];
        leaf.prop_recursive(4, 24, 6, |value| {
            prop_oneof![
                3 => proptest::collection::vec((key(), value.clone(), 0..12u8), 0..6).prop_map(object),
                1 => proptest::collection::vec(value, 0..3).prop_map(|values| format!("[{}]", values.join(","))),
            ]
        })
    }

    /// Members that count, most of them, so that they meet where they count.
    fn key() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(vec![
            "message",
            "message",
            "usage",
            "usage",
            "data",
            "cache_creation",
            "server_tool_use",
            "iterations",
            "type",
            "id",
            "model",
            "speed",
            "timestamp",
            "input_tokens",
            "ephemeral_1h_input_tokens",
            "web_search_requests",
            "other",
        ])
    }

    fn object(members: Vec<(&'static str, String, u8)>) -> String {
        let members: Vec<String> = members
            .into_iter()
            .map(|(key, value, space)| match space {
                0 => format!(" \"{key}\" : {value} "),
                1 => format!("\t\"{key}\":{value}"),
                2 => format!("\"{key}\":\r {value}"),
                _ => format!("\"{key}\":{value}"),
            })
            .collect();
        format!("{{{}}}", members.join(","))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn what_is_followed_is_what_would_be_walked(
            members in proptest::collection::vec(
                proptest::collection::vec((key(), value(), 0..12u8), 0..7), 1..5),
            damage in proptest::collection::vec((0usize..5, 0usize..300, any::<u8>()), 0..6),
        ) {
            let whole: Vec<String> = members.into_iter().map(object).collect();
            let mut shapes = Shapes::default();
            // Each is known when it is met again, whole and damaged.
            for text in whole.iter().chain(&whole) {
                let (shaped, walked) = both(&mut shapes, text.as_bytes());
                prop_assert_eq!(shaped, walked, "{}", text);
            }
            for (which, at, byte) in damage {
                let mut bytes = whole[which % whole.len()].clone().into_bytes();
                let at = at % bytes.len();
                bytes[at] = byte;
                let (shaped, walked) = both(&mut shapes, &bytes);
                prop_assert_eq!(shaped, walked, "{}", String::from_utf8_lossy(&bytes));
                let (shaped, walked) = both(&mut shapes, &bytes[..at]);
                prop_assert_eq!(shaped, walked, "{}", String::from_utf8_lossy(&bytes[..at]));
            }
            for edges in &shapes.nodes {
                let begun = |glue: &[u8]| edges.iter().filter(|edge| edge.glue.starts_with(glue)).count();
                prop_assert!(edges.iter().all(|edge| begun(&edge.glue) == 1), "{:?}", edges);
            }
        }
    }
}
