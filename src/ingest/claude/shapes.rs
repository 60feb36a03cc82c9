//! Remembers the shapes of objects, so most objects are compared with a known shape instead of walked.
//!
//! Between its values an object is glue: brackets, commas and keys. Claude Code writes the same members in
//! the same order from line to line, so the glue is nearly always known. The shapes form a tree. Each node is
//! a position after a value. Each edge is the glue from there to the next value, with the slot that the value
//! is kept in.
//!
//! Invariant: following a shape gives exactly what [`walk::object`] gives. Equal glue after an equal path
//! means that a walk would be at the same position in the same containers. An edge holds what a walk
//! recorded, and values are read by the same code. If no edge matches, or a value does not end, the object is
//! walked. Two edges of a node never match the same bytes: glue ends at the colon of a key whose value is
//! read, or at the end of the object, so no glue is the beginning of another. Memory is bounded. Used by
//! [`super::lines`].

use super::object::Object;
use super::walk::{self, Container, Slot, Trace};
use crate::ingest::json::{Cursor, Fault, Nest};

/// All nodes are forgotten once there are this many.
const MAX_NODES: usize = 4096;

/// The longest glue that is remembered, in bytes.
const MAX_GLUE: usize = 256;

/// The most edges of a node.
const MAX_EDGES: usize = 16;

/// The shapes that one thread has met.
#[derive(Debug)]
pub(super) struct Shapes {
    /// The first node is the start of an object.
    nodes: Vec<Node>,
    trace: Trace,
}

/// The edges that leave the position after a value.
type Node = Vec<Edge>;

#[derive(Debug)]
struct Edge {
    glue: Box<[u8]>,
    /// The containers that begin within the glue, and whether each is an object.
    entered: Box<[(Container, bool)]>,
    next: Next,
}

/// What follows the glue.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// A value, the slot it is kept in, and the node after it.
    Value(Option<Slot>, usize),
    /// The end of the object.
    End,
}

impl Default for Shapes {
    fn default() -> Self {
        Self { nodes: vec![Node::new()], trace: Trace::default() }
    }
}

impl Shapes {
    /// Reads one whole top-level object. Also returns its length in bytes.
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
            let edge = matching_edge(&mut self.nodes[node], cursor)?;
            for &(container, is_object) in &edge.entered {
                object.enter(container, is_object);
            }
            match edge.next {
                Next::Value(Some(slot), after) => {
                    object.keep(slot, cursor).ok()?;
                    node = after;
                }
                Next::Value(None, after) => {
                    cursor.skip().ok()?;
                    node = after;
                }
                Next::End => return Some(object),
            }
        }
    }

    /// Remembers the path of the last walk through these bytes.
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
            let known = self.edge(node, &bytes[at..value.at.start], |new_node| Edge {
                glue: bytes[at..value.at.start].into(),
                entered: trace.entered[entered..value.entered].into(),
                next: Next::Value(value.slot, new_node),
            });
            let Some(Next::Value(_, after)) = known else { break };
            (node, at, entered) = (after, value.at.end, value.entered);
        }
        if trace.values.last().is_none_or(|last| last.at.end == at) {
            self.edge(node, &bytes[at..], |_| Edge {
                glue: bytes[at..].into(),
                entered: trace.entered[entered..].into(),
                next: Next::End,
            });
        }
        self.trace = trace;
    }

    /// What follows this glue at a node. If the glue is not known, adds the edge that `make` returns for the
    /// index of a new node. `None` if there is no room.
    fn edge(&mut self, node: usize, glue: &[u8], make: impl FnOnce(usize) -> Edge) -> Option<Next> {
        if let Some(known) = self.nodes[node].iter().find(|edge| *edge.glue == *glue) {
            return Some(known.next);
        }
        if glue.len() > MAX_GLUE || self.nodes[node].len() == MAX_EDGES {
            return None;
        }
        let edge = make(self.nodes.len());
        let next = edge.next;
        self.nodes[node].push(edge);
        if matches!(next, Next::Value(..)) {
            self.nodes.push(Node::new());
        }
        Some(next)
    }
}

/// The edge whose glue comes next. Consumes the glue. An edge that matches moves one place towards the front.
#[inline]
fn matching_edge<'e>(edges: &'e mut Node, cursor: &mut Cursor<'_, '_>) -> Option<&'e Edge> {
    if !cursor.consume_if_next(&edges.first()?.glue) {
        let found = 1 + edges[1..].iter().position(|edge| cursor.consume_if_next(&edge.glue))?;
        edges.swap(found - 1, found);
        return edges.get(found - 1);
    }
    edges.first()
}

#[cfg(test)]
mod tests;
