//! A way through one object of a transcript that keeps the members that count.
//!
//! Invariant: every member that does not count is only checked for structure; what is kept is what
//! [`super::object`] says.

use std::ops::Range;

use super::counts::{self, Count};
use super::iterations;
use super::object::{Level, Member, Object};
use crate::ingest::json::{Cursor, Fault};

/// An object that holds members which count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Envelope(Level),
    /// `data` of the object itself.
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

/// What a value counts as, and in which envelope.
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

/// What a member is to the walk.
enum Role {
    /// An object with members that count.
    Holds(Place),
    Counts(Slot),
    /// Only its structure is checked.
    Other,
}

impl Place {
    fn role(self, key: &[u8]) -> Role {
        let (level, kind) = match self {
            Self::Data if key == b"message" => return Role::Holds(Self::Envelope(Level::Inner)),
            Self::Data => return Role::Other,
            Self::Envelope(level) => match key {
                b"message" => return Role::Holds(Self::Message(level)),
                b"data" if level == Level::Outer => return Role::Holds(Self::Data),
                _ => (level, Member::named(key).map(Kind::Scalar)),
            },
            Self::Message(level) => match key {
                b"usage" => return Role::Holds(Self::Usage(level)),
                b"id" => (level, Some(Kind::Scalar(Member::Id))),
                b"model" => (level, Some(Kind::Scalar(Member::Model))),
                b"stop_reason" => (level, Some(Kind::Scalar(Member::StopReason))),
                _ => return Role::Other,
            },
            Self::Usage(level) => match key {
                b"cache_creation" => return Role::Holds(Self::Split(level)),
                b"server_tool_use" => return Role::Holds(Self::ServerTools(level)),
                b"output_tokens_details" => return Role::Holds(Self::OutputDetails(level)),
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
        kind.map_or(Role::Other, |kind| Role::Counts(Slot { level, kind }))
    }
}

/// The way a walk took through an object: what [`super::shapes`] learns from.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// The values that were read, in order.
    pub(super) values: Vec<Value>,
    /// The objects that were begun, in order, and whether each was one.
    pub(super) entered: Vec<(Place, bool)>,
    /// There is nothing to learn: something but `null` stood where an object was expected, or there is too much.
    pub(super) is_odd: bool,
}

/// A value that was read.
#[derive(Debug)]
pub(super) struct Value {
    /// Where it stands: from behind its colon to its end.
    pub(super) at: Range<usize>,
    /// What it counts as, if it does.
    pub(super) slot: Option<Slot>,
    /// How many objects had been begun.
    pub(super) entered: usize,
}

impl Trace {
    /// More values or objects are not noted.
    pub(super) const MAX: usize = 256;

    /// Forgets everything but the memory it holds.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.entered.clear();
        self.is_odd = false;
    }

    fn enter(&mut self, place: Place, first: u8) {
        self.is_odd |= self.entered.len() == Self::MAX || !matches!(first, b'{' | b'n');
        if !self.is_odd {
            self.entered.push((place, first == b'{'));
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
        return Err(Fault::Broken);
    }
    let mut object = Object::default();
    members(&mut object, Place::Envelope(Level::Outer), cursor, trace)?;
    Ok(object)
}

fn members<'a>(
    object: &mut Object<'a>,
    place: Place,
    cursor: &mut Cursor<'a, '_>,
    trace: &mut Trace,
) -> Result<(), Fault> {
    cursor.object(|cursor, key| {
        // Spaces before a value are the value's, so that no glue goes on where another ends.
        let start = cursor.consumed();
        let first = cursor.peek()?;
        let slot = match place.role(key) {
            Role::Holds(place) => {
                object.enter(place, first == b'{');
                trace.enter(place, first);
                return if first == b'{' { members(object, place, cursor, trace) } else { cursor.skip() };
            }
            Role::Counts(slot) => {
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
    /// Begins one of the objects within, in place of an earlier one; what is there may be no object at all.
    pub(super) fn enter(&mut self, place: Place, is_object: bool) {
        match place {
            Place::Envelope(Level::Outer) => {}
            Place::Envelope(Level::Inner) => self.inner = is_object.then(Box::default),
            Place::Data => self.inner = None,
            Place::Message(level) => self.envelope(level).begin_message(),
            Place::Usage(level) => self.envelope(level).begin_usage(is_object),
            Place::Split(level) => self.envelope(level).counts.begin_split(),
            Place::ServerTools(level) => self.envelope(level).counts.begin_tools(),
            Place::OutputDetails(level) => self.envelope(level).counts.begin_details(),
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
