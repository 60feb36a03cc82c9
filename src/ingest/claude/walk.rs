//! Walks one object of a transcript and keeps the members that count.
//!
//! Invariant: a member that does not count is only checked for structure. [`super::object`] says which
//! members are kept. Used by [`super::shapes`].

use std::ops::Range;

use super::counts::{self, Count};
use super::iterations;
use super::object::{Level, Member, Object};
use crate::ingest::json::{Cursor, Fault};

/// An object with members that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Envelope(Level),
    /// `data` of the top-level object.
    Data,
    Message(Level),
    Usage(Level),
    /// `cache_creation`.
    Split(Level),
    /// `server_tool_use`.
    ServerTools(Level),
    /// `output_tokens_details`.
    OutputDetails(Level),
}

/// What a value is kept as, and in which envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    level: Level,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Scalar(Member),
    Count(Count),
    Iterations,
}

/// How the walk treats a member.
enum Role {
    /// Walk it: it may have members that count.
    Container(Container),
    /// Keep it.
    Slot(Slot),
    /// Only check its structure.
    Other,
}

impl Container {
    fn role(self, key: &[u8]) -> Role {
        let (level, kind) = match self {
            Self::Data if key == b"message" => return Role::Container(Self::Envelope(Level::Inner)),
            Self::Data => return Role::Other,
            Self::Envelope(level) => match key {
                b"message" => return Role::Container(Self::Message(level)),
                b"data" if level == Level::Outer => return Role::Container(Self::Data),
                _ => (level, Member::named(key).map(Kind::Scalar)),
            },
            Self::Message(level) => match key {
                b"usage" => return Role::Container(Self::Usage(level)),
                b"id" => (level, Some(Kind::Scalar(Member::Id))),
                b"model" => (level, Some(Kind::Scalar(Member::Model))),
                b"stop_reason" => (level, Some(Kind::Scalar(Member::StopReason))),
                _ => return Role::Other,
            },
            Self::Usage(level) => match key {
                b"cache_creation" => return Role::Container(Self::Split(level)),
                b"server_tool_use" => return Role::Container(Self::ServerTools(level)),
                b"output_tokens_details" => return Role::Container(Self::OutputDetails(level)),
                b"speed" => (level, Some(Kind::Scalar(Member::Speed))),
                b"service_tier" => (level, Some(Kind::Scalar(Member::Tier))),
                b"inference_geo" => (level, Some(Kind::Scalar(Member::Geo))),
                b"iterations" => (level, Some(Kind::Iterations)),
                _ => (level, Count::named(key).map(Kind::Count)),
            },
            Self::Split(level) => (level, Count::named_in_split(key).map(Kind::Count)),
            Self::ServerTools(level) => (level, Count::named_in_tools(key).map(Kind::Count)),
            Self::OutputDetails(level) => (level, Count::named_in_details(key).map(Kind::Count)),
        };
        kind.map_or(Role::Other, |kind| Role::Slot(Slot { level, kind }))
    }
}

/// The path of a walk through an object, from which [`super::shapes`] learns.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// The values read, in order.
    pub(super) values: Vec<Value>,
    /// The containers entered, in order, and whether each is an object.
    pub(super) entered: Vec<(Container, bool)>,
    /// Do not learn from this walk: a container was neither an object nor `null`, or there is too much to
    /// note.
    pub(super) is_odd: bool,
}

/// A value that was read.
#[derive(Debug)]
pub(super) struct Value {
    /// Its bytes, from after its colon to its end.
    pub(super) at: Range<usize>,
    /// What it is kept as, if it counts.
    pub(super) slot: Option<Slot>,
    /// How many containers had been entered before it.
    pub(super) entered: usize,
}

impl Trace {
    /// The most values, and the most containers, that are noted.
    pub(super) const MAX: usize = 256;

    /// Empties the trace and keeps its memory.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.entered.clear();
        self.is_odd = false;
    }

    fn enter(&mut self, container: Container, first: u8) {
        self.is_odd |= self.entered.len() == Self::MAX || !matches!(first, b'{' | b'n');
        if !self.is_odd {
            self.entered.push((container, first == b'{'));
        }
    }

    fn value(&mut self, at: Range<usize>, slot: Option<Slot>) {
        self.is_odd |= self.values.len() == Self::MAX;
        if !self.is_odd {
            self.values.push(Value { at, slot, entered: self.entered.len() });
        }
    }
}

/// Reads one whole top-level object.
pub(super) fn object<'a>(cursor: &mut Cursor<'a, '_>, trace: &mut Trace) -> Result<Object<'a>, Fault> {
    if cursor.peek()? != b'{' {
        return Err(Fault::Malformed);
    }
    let mut object = Object::default();
    members(&mut object, Container::Envelope(Level::Outer), cursor, trace)?;
    Ok(object)
}

fn members<'a>(
    object: &mut Object<'a>,
    container: Container,
    cursor: &mut Cursor<'a, '_>,
    trace: &mut Trace,
) -> Result<(), Fault> {
    cursor.object(|cursor, key| {
        // Spaces before a value belong to the value, so no glue is the beginning of another.
        let start = cursor.consumed();
        let first = cursor.peek()?;
        let slot = match container.role(key) {
            Role::Container(inner) => {
                object.enter(inner, first == b'{');
                trace.enter(inner, first);
                return if first == b'{' { members(object, inner, cursor, trace) } else { cursor.skip() };
            }
            Role::Slot(slot) => {
                object.keep(slot, cursor)?;
                Some(slot)
            }
            Role::Other => {
                cursor.skip()?;
                None
            }
        };
        trace.value(start..cursor.consumed(), slot);
        Ok(())
    })
}

impl<'a> Object<'a> {
    /// Begins a container, discarding an earlier one with the same key. Its value need not be an object.
    pub(super) fn enter(&mut self, container: Container, is_object: bool) {
        match container {
            Container::Envelope(Level::Outer) => {}
            Container::Envelope(Level::Inner) => self.inner = is_object.then(Box::default),
            Container::Data => self.inner = None,
            Container::Message(level) => self.envelope(level).begin_message(),
            Container::Usage(level) => self.envelope(level).begin_usage(is_object),
            Container::Split(level) => self.envelope(level).counts.begin_split(),
            Container::ServerTools(level) => self.envelope(level).counts.begin_tools(),
            Container::OutputDetails(level) => self.envelope(level).counts.begin_details(),
        }
    }

    /// Reads a value that counts.
    pub(super) fn keep(&mut self, slot: Slot, cursor: &mut Cursor<'a, '_>) -> Result<(), Fault> {
        let envelope = self.envelope(slot.level);
        match slot.kind {
            Kind::Scalar(member) => envelope.scalars[member as usize] = cursor.scalar()?,
            Kind::Count(which) => envelope.counts[which] = counts::count(cursor)?,
            Kind::Iterations => envelope.iterations = iterations::read(cursor)?,
        }
        Ok(())
    }
}
