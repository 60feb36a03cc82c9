//! One object of a transcript, reduced to the members that count, still as written.
//!
//! Invariant: of duplicate keys the last stands, and replaces the earlier one wholly; every member that does
//! not count is only checked for structure. Texts stay undecoded, because whether they must decode depends on
//! what the object turns out to be: [`super::decode`] judges that.

use super::cursor::{Cursor, Fault, Scalar};
use crate::usage::Tokens;

/// A top-level object and, where it is a progress record, the record it wraps.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    /// The object itself.
    pub(super) outer: Envelope<'a>,
    /// `data.message`.
    pub(super) inner: Option<Box<Envelope<'a>>>,
}

/// What surrounds a message.
#[derive(Debug, Default)]
pub(super) struct Envelope<'a> {
    pub(super) kind: Scalar<'a>,
    pub(super) session: Scalar<'a>,
    pub(super) uuid: Scalar<'a>,
    pub(super) timestamp: Scalar<'a>,
    pub(super) sidechain: Scalar<'a>,
    pub(super) forked_from: Scalar<'a>,
    pub(super) recorded_cost: Scalar<'a>,
    pub(super) cwd: Scalar<'a>,
    pub(super) message: Option<Message<'a>>,
}

/// A `message` that is an object.
#[derive(Debug, Default)]
pub(super) struct Message<'a> {
    pub(super) id: Scalar<'a>,
    pub(super) model: Scalar<'a>,
    pub(super) usage: Option<Usage<'a>>,
}

/// A `usage` that is an object.
#[derive(Debug, Default)]
pub(super) struct Usage<'a> {
    pub(super) counts: Counts,
    pub(super) speed: Scalar<'a>,
    pub(super) tier: Scalar<'a>,
    pub(super) geo: Scalar<'a>,
    /// Objects in `iterations`, in order, but for those that plainly repeat the top level.
    pub(super) iterations: Vec<Iteration<'a>>,
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
pub(super) struct Counts {
    input: u64,
    output: u64,
    cache_write: u64,
    split: Split,
    cache_read: u64,
    web_searches: u64,
}

/// `cache_creation`: cache writes by lifetime.
#[derive(Clone, Copy, Debug, Default)]
struct Split {
    five_minutes: u64,
    one_hour: u64,
}

impl Counts {
    /// The counters: cache writes split by lifetime where the split says anything, else all as five-minute ones.
    pub(super) fn tokens(&self) -> Tokens {
        let split = match self.split {
            Split { five_minutes: 0, one_hour: 0 } => Split { five_minutes: self.cache_write, one_hour: 0 },
            split => split,
        };
        Tokens {
            input: self.input,
            output: self.output,
            cache_write_5m: split.five_minutes,
            cache_write_1h: split.one_hour,
            cache_read: self.cache_read,
            web_searches: self.web_searches,
        }
    }
}

/// Reads one whole top-level object.
pub(super) fn object<'a>(cursor: &mut Cursor<'a, '_>) -> Result<Object<'a>, Fault> {
    if cursor.peek()? != b'{' {
        return Err(Fault::Broken);
    }
    let mut object = Object::default();
    cursor.object(|cursor, key| {
        if key == b"data" {
            object.inner = data(cursor)?;
            Ok(())
        } else {
            envelope_member(&mut object.outer, cursor, key)
        }
    })?;
    Ok(object)
}

/// `data` of a progress record: the record it wraps, if any.
fn data<'a>(cursor: &mut Cursor<'a, '_>) -> Result<Option<Box<Envelope<'a>>>, Fault> {
    let mut inner = None;
    if_object(cursor, |cursor, key| {
        if key != b"message" {
            return cursor.skip();
        }
        let mut envelope = Box::<Envelope>::default();
        let is_object = if_object(cursor, |cursor, key| envelope_member(&mut envelope, cursor, key))?;
        inner = is_object.then_some(envelope);
        Ok(())
    })?;
    Ok(inner)
}

fn envelope_member<'a>(
    envelope: &mut Envelope<'a>,
    cursor: &mut Cursor<'a, '_>,
    key: &[u8],
) -> Result<(), Fault> {
    let member = match key {
        b"message" => {
            envelope.message = message(cursor)?;
            return Ok(());
        }
        b"type" => &mut envelope.kind,
        b"sessionId" => &mut envelope.session,
        b"uuid" => &mut envelope.uuid,
        b"timestamp" => &mut envelope.timestamp,
        b"isSidechain" => &mut envelope.sidechain,
        b"forkedFrom" => &mut envelope.forked_from,
        b"costUSD" => &mut envelope.recorded_cost,
        b"cwd" => &mut envelope.cwd,
        _ => return cursor.skip(),
    };
    *member = cursor.scalar()?;
    Ok(())
}

fn message<'a>(cursor: &mut Cursor<'a, '_>) -> Result<Option<Message<'a>>, Fault> {
    let mut message = Message::default();
    let is_object = if_object(cursor, |cursor, key| {
        match key {
            b"id" => message.id = cursor.scalar()?,
            b"model" => message.model = cursor.scalar()?,
            b"usage" => message.usage = usage(cursor)?,
            _ => cursor.skip()?,
        }
        Ok(())
    })?;
    Ok(is_object.then_some(message))
}

fn usage<'a>(cursor: &mut Cursor<'a, '_>) -> Result<Option<Usage<'a>>, Fault> {
    let mut usage = Usage::default();
    let is_object = if_object(cursor, |cursor, key| {
        match key {
            b"speed" => usage.speed = cursor.scalar()?,
            b"service_tier" => usage.tier = cursor.scalar()?,
            b"inference_geo" => usage.geo = cursor.scalar()?,
            b"iterations" => usage.iterations = iterations(cursor)?,
            _ => counts_member(&mut usage.counts, cursor, key)?,
        }
        Ok(())
    })?;
    Ok(is_object.then_some(usage))
}

fn iterations<'a>(cursor: &mut Cursor<'a, '_>) -> Result<Vec<Iteration<'a>>, Fault> {
    let mut iterations = Vec::new();
    if cursor.peek()? != b'[' {
        cursor.skip()?;
        return Ok(iterations);
    }
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
        // Nearly every iteration repeats the top level under this type; keeping none of them costs no allocation.
        if matches!(iteration.kind, Scalar::Text(kind) if kind.raw != b"message") {
            iterations.push(iteration);
        }
        Ok(())
    })?;
    Ok(iterations)
}

fn counts_member(counts: &mut Counts, cursor: &mut Cursor<'_, '_>, key: &[u8]) -> Result<(), Fault> {
    match key {
        b"input_tokens" => counts.input = counter(cursor)?,
        b"output_tokens" => counts.output = counter(cursor)?,
        b"cache_creation_input_tokens" => counts.cache_write = counter(cursor)?,
        b"cache_read_input_tokens" => counts.cache_read = counter(cursor)?,
        b"cache_creation" => {
            let mut split = Split::default();
            if_object(cursor, |cursor, key| {
                match key {
                    b"ephemeral_5m_input_tokens" => split.five_minutes = counter(cursor)?,
                    b"ephemeral_1h_input_tokens" => split.one_hour = counter(cursor)?,
                    _ => cursor.skip()?,
                }
                Ok(())
            })?;
            counts.split = split;
        }
        b"server_tool_use" => {
            let mut searches = 0;
            if_object(cursor, |cursor, key| {
                match key {
                    b"web_search_requests" => searches = counter(cursor)?,
                    _ => cursor.skip()?,
                }
                Ok(())
            })?;
            counts.web_searches = searches;
        }
        _ => cursor.skip()?,
    }
    Ok(())
}

/// A counter: plain digits up to [`Tokens::MAX`]; any other value reads as 0.
fn counter(cursor: &mut Cursor<'_, '_>) -> Result<u64, Fault> {
    let Scalar::Number(digits) = cursor.scalar()? else { return Ok(0) };
    let value = digits.iter().try_fold(0u64, |value, &digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    });
    Ok(value.filter(|&value| value <= Tokens::MAX).unwrap_or(0))
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
