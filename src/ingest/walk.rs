//! One object of a transcript, reduced to the members that count, still as written.
//!
//! Invariant: of duplicate keys the last stands, and replaces the earlier one wholly; every member that does
//! not count is only checked for structure. Texts stay undecoded, because whether they must decode depends on
//! what the object turns out to be: [`super::decode`] judges that.

use std::ops::{Index, IndexMut, Range};

use super::cursor::{Cursor, Fault, Scalar};
use crate::usage::{Dimensions, Tokens};

/// A top-level object and, where it is a progress record, the record it wraps.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    /// The object itself.
    pub(super) outer: Envelope<'a>,
    /// `data.message`.
    pub(super) inner: Option<Box<Envelope<'a>>>,
}

/// What surrounds a message, and what of the message itself counts.
#[derive(Debug, Default)]
pub(super) struct Envelope<'a> {
    scalars: [Scalar<'a>; Member::ALL],
    /// The `message` is an object, and its `usage` is one.
    pub(super) has_usage: bool,
    /// The counters of the usage.
    pub(super) counts: Counts,
    /// Objects in `iterations`, in order; none if all of them plainly repeat the top level.
    pub(super) iterations: Vec<Iteration<'a>>,
}

/// A member that is kept as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// `type`.
    Kind,
    Session,
    Uuid,
    Timestamp,
    Sidechain,
    ForkedFrom,
    SessionKind,
    RequestId,
    /// `costUSD`.
    RecordedCost,
    Cwd,
    /// `gitBranch`: the first of the dimensions, which stand in the order of [`crate::usage::Dimensions`].
    Branch,
    Subagent,
    Skill,
    Plugin,
    McpServer,
    McpTool,
    Effort,
    Entrypoint,
    /// `message.id`: the first of the message's own.
    Id,
    Model,
    StopReason,
    /// `message.usage.speed`: the first of the usage's own.
    Speed,
    Tier,
    Geo,
}

impl Member {
    const ALL: usize = Self::Geo as usize + 1;

    /// The dimensions, in their order.
    pub(super) const DIMENSIONS: [Self; Dimensions::COUNT] = [
        Self::Branch,
        Self::Subagent,
        Self::Skill,
        Self::Plugin,
        Self::McpServer,
        Self::McpTool,
        Self::Effort,
        Self::Entrypoint,
    ];

    /// The member of this name in an envelope itself.
    fn named(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"type" => Self::Kind,
            b"sessionId" => Self::Session,
            b"uuid" => Self::Uuid,
            b"timestamp" => Self::Timestamp,
            b"isSidechain" => Self::Sidechain,
            b"forkedFrom" => Self::ForkedFrom,
            b"sessionKind" => Self::SessionKind,
            b"requestId" => Self::RequestId,
            b"costUSD" => Self::RecordedCost,
            b"cwd" => Self::Cwd,
            b"gitBranch" => Self::Branch,
            b"attributionAgent" => Self::Subagent,
            b"attributionSkill" => Self::Skill,
            b"attributionPlugin" => Self::Plugin,
            b"attributionMcpServer" => Self::McpServer,
            b"attributionMcpTool" => Self::McpTool,
            b"effort" => Self::Effort,
            b"entrypoint" => Self::Entrypoint,
            _ => return None,
        })
    }
}

impl<'a> Index<Member> for Envelope<'a> {
    type Output = Scalar<'a>;

    fn index(&self, member: Member) -> &Scalar<'a> {
        &self.scalars[member as usize]
    }
}

impl Envelope<'_> {
    /// Forgets an earlier `message`.
    fn begin_message(&mut self) {
        self.scalars[Member::Id as usize..].fill(Scalar::Absent);
        self.begin_usage(false);
    }

    /// Forgets an earlier `usage`.
    fn begin_usage(&mut self, is_object: bool) {
        self.scalars[Member::Speed as usize..].fill(Scalar::Absent);
        self.has_usage = is_object;
        self.counts = Counts::default();
        self.iterations.clear();
    }
}

/// An object in `iterations`.
#[derive(Debug, Default)]
pub(super) struct Iteration<'a> {
    pub(super) kind: Scalar<'a>,
    pub(super) model: Scalar<'a>,
    pub(super) counts: Counts,
}

/// The counters of a usage or an iteration as written, before the rule for cache writes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts([u64; Count::ALL]);

/// A counter of a usage or an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Input,
    Output,
    CacheWrite,
    CacheRead,
    /// Of `cache_creation`, which tells cache writes apart by lifetime.
    FiveMinutes,
    /// The same.
    OneHour,
    /// Of `server_tool_use`.
    WebSearches,
    /// The same.
    WebFetches,
    /// Of `output_tokens_details`.
    Thinking,
}

impl Count {
    const ALL: usize = Self::Thinking as usize + 1;

    /// The counter of this name in a usage or an iteration itself.
    fn named(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"input_tokens" => Self::Input,
            b"output_tokens" => Self::Output,
            b"cache_creation_input_tokens" => Self::CacheWrite,
            b"cache_read_input_tokens" => Self::CacheRead,
            _ => return None,
        })
    }

    /// The same in `cache_creation`.
    fn named_in_split(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"ephemeral_5m_input_tokens" => Self::FiveMinutes,
            b"ephemeral_1h_input_tokens" => Self::OneHour,
            _ => return None,
        })
    }

    /// The same in `server_tool_use`.
    fn named_in_tools(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"web_search_requests" => Self::WebSearches,
            b"web_fetch_requests" => Self::WebFetches,
            _ => return None,
        })
    }

    /// The same in `output_tokens_details`.
    fn named_in_details(key: &[u8]) -> Option<Self> {
        (key == b"thinking_tokens").then_some(Self::Thinking)
    }
}

impl Index<Count> for Counts {
    type Output = u64;

    fn index(&self, count: Count) -> &u64 {
        &self.0[count as usize]
    }
}

impl IndexMut<Count> for Counts {
    fn index_mut(&mut self, count: Count) -> &mut u64 {
        &mut self.0[count as usize]
    }
}

impl Counts {
    /// Forgets an earlier `cache_creation`.
    fn begin_split(&mut self) {
        (self[Count::FiveMinutes], self[Count::OneHour]) = (0, 0);
    }

    /// Forgets an earlier `server_tool_use`.
    fn begin_tools(&mut self) {
        (self[Count::WebSearches], self[Count::WebFetches]) = (0, 0);
    }

    /// Forgets an earlier `output_tokens_details`.
    fn begin_details(&mut self) {
        self[Count::Thinking] = 0;
    }

    /// The counters: cache writes split by lifetime where the split says anything, else all as five-minute ones.
    pub(super) fn tokens(&self) -> Tokens {
        let (five_minutes, one_hour) = match (self[Count::FiveMinutes], self[Count::OneHour]) {
            (0, 0) => (self[Count::CacheWrite], 0),
            split => split,
        };
        Tokens {
            input: self[Count::Input],
            output: self[Count::Output],
            cache_write_5m: five_minutes,
            cache_write_1h: one_hour,
            cache_read: self[Count::CacheRead],
            web_searches: self[Count::WebSearches],
            web_fetches: self[Count::WebFetches],
            thinking: self[Count::Thinking],
        }
    }
}

/// Which of the two envelopes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// The object's own.
    Outer,
    /// That of the record it wraps.
    Inner,
}

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

impl<'a> Object<'a> {
    fn envelope(&mut self, level: Level) -> &mut Envelope<'a> {
        match level {
            Level::Outer => &mut self.outer,
            Level::Inner => self.inner.get_or_insert_default(),
        }
    }

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
            Kind::Count(which) => envelope.counts[which] = count(cursor)?,
            Kind::Iterations => envelope.iterations = iterations(cursor)?,
        }
        Ok(())
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

fn iterations<'a>(cursor: &mut Cursor<'a, '_>) -> Result<Vec<Iteration<'a>>, Fault> {
    if cursor.peek()? != b'[' {
        cursor.skip()?;
        return Ok(Vec::new());
    }
    // Nearly every iteration is a `message` that repeats the top level. Only beside others can it be a request of its
    // own, so an array of nothing else costs no allocation, and any other one is read twice.
    let start = cursor.consumed();
    let others = iterations_where(cursor, |kind| kind != b"message")?;
    if others.is_empty() {
        return Ok(others);
    }
    cursor.go_back_to(start);
    iterations_where(cursor, |_| true)
}

fn iterations_where<'a>(
    cursor: &mut Cursor<'a, '_>,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> Result<Vec<Iteration<'a>>, Fault> {
    let mut iterations = Vec::new();
    cursor.array(|cursor| {
        let mut iteration = Iteration::default();
        if_object(cursor, |cursor, key| {
            match key {
                b"type" => iteration.kind = cursor.scalar()?,
                b"model" => iteration.model = cursor.scalar()?,
                _ => counts_member(&mut iteration.counts, cursor, key)?,
            }
            Ok(())
        })?;
        if matches!(iteration.kind, Scalar::Text(kind) if is_wanted(kind.raw)) {
            iterations.push(iteration);
        }
        Ok(())
    })?;
    Ok(iterations)
}

fn counts_member(counts: &mut Counts, cursor: &mut Cursor<'_, '_>, key: &[u8]) -> Result<(), Fault> {
    match key {
        b"cache_creation" => {
            counts.begin_split();
            if_object(cursor, |cursor, key| keep_count(counts, Count::named_in_split(key), cursor))?;
        }
        b"server_tool_use" => {
            counts.begin_tools();
            if_object(cursor, |cursor, key| keep_count(counts, Count::named_in_tools(key), cursor))?;
        }
        b"output_tokens_details" => {
            counts.begin_details();
            if_object(cursor, |cursor, key| keep_count(counts, Count::named_in_details(key), cursor))?;
        }
        _ => keep_count(counts, Count::named(key), cursor)?,
    }
    Ok(())
}

fn keep_count(counts: &mut Counts, which: Option<Count>, cursor: &mut Cursor<'_, '_>) -> Result<(), Fault> {
    match which {
        Some(which) => counts[which] = count(cursor)?,
        None => cursor.skip()?,
    }
    Ok(())
}

/// A counter: plain digits up to [`Tokens::MAX`]; any other value reads as 0.
fn count(cursor: &mut Cursor<'_, '_>) -> Result<u64, Fault> {
    Ok(cursor.whole()?.filter(|&value| value <= Tokens::MAX).unwrap_or(0))
}

/// Visits the members of a value that is an object and says whether it was one; skips any other value.
fn if_object<'a, 'n>(
    cursor: &mut Cursor<'a, 'n>,
    visit: impl FnMut(&mut Cursor<'a, 'n>, &'a [u8]) -> Result<(), Fault>,
) -> Result<bool, Fault> {
    if cursor.peek()? == b'{' {
        cursor.object(visit)?;
        Ok(true)
    } else {
        cursor.skip()?;
        Ok(false)
    }
}
