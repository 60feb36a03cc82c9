//! Rows of the tables: plain values, and their words in the file.
//!
//! Invariant: [`Row::encode`] and [`Row::decode`] are inverse, write every known word and allocate nothing.
//! Text stands in the names region; a row holds a [`Name`], which a [`super::Frame`] resolves.

use super::layout::{Region, counters, row};
use super::{Counters, Picodollars};

/// Where a text stands in the names region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Name {
    /// Bytes from the start of the region.
    pub offset: u32,
    /// Length in bytes; 0 is the empty text.
    pub bytes: u32,
}

impl Name {
    fn word(self) -> u64 {
        u64::from(self.bytes) << 32 | u64::from(self.offset)
    }

    #[allow(clippy::cast_possible_truncation)] // the two halves of the word
    fn of(word: u64) -> Self {
        Self { offset: word as u32, bytes: (word >> 32) as u32 }
    }
}

/// A row of one of the tables.
pub trait Row: Copy + sealed::Sealed {
    /// The table it stands in.
    const TABLE: Region;

    /// Its words; `words` has the length of the table's row.
    fn encode(&self, words: &mut [u64]);

    /// From its words, of which there may be more than are known.
    fn decode(words: &[u64]) -> Self;

    /// The names it holds.
    fn names_mut(&mut self) -> Vec<&mut Name> {
        Vec::new()
    }
}

mod sealed {
    pub trait Sealed {}
}

/// Writes a set of counters to the first words of `words`.
pub(crate) fn encode_counters(from: &Counters, words: &mut [u64]) {
    let (low, high) = money_words(from.cost);
    let words = &mut words[..counters::WORDS];
    words.fill(0);
    words[counters::REQUESTS] = from.requests;
    words[counters::MESSAGES] = from.messages;
    words[counters::INPUT] = from.input_tokens;
    words[counters::OUTPUT] = from.output_tokens;
    words[counters::CACHE_WRITE_5M] = from.cache_write_5m_tokens;
    words[counters::CACHE_WRITE_1H] = from.cache_write_1h_tokens;
    words[counters::CACHE_READ] = from.cache_read_tokens;
    words[counters::WEB_SEARCH] = from.web_search_requests;
    words[counters::UNPRICED] = from.unpriced_tokens;
    words[counters::COST] = low;
    words[counters::COST + 1] = high;
    words[counters::THINKING] = from.thinking_tokens;
    words[counters::WEB_FETCH] = from.web_fetch_requests;
    words[counters::PROVISIONAL_MESSAGES] = from.provisional_messages;
    words[counters::PROVISIONAL_OUTPUT] = from.provisional_output_tokens;
}

/// The counters in the first words of `words`.
#[inline]
pub(crate) fn decode_counters(words: &[u64]) -> Counters {
    let words: &[u64; counters::WORDS] = words.first_chunk().expect("a set of counters is whole");
    Counters {
        requests: words[counters::REQUESTS],
        messages: words[counters::MESSAGES],
        input_tokens: words[counters::INPUT],
        output_tokens: words[counters::OUTPUT],
        cache_write_5m_tokens: words[counters::CACHE_WRITE_5M],
        cache_write_1h_tokens: words[counters::CACHE_WRITE_1H],
        cache_read_tokens: words[counters::CACHE_READ],
        web_search_requests: words[counters::WEB_SEARCH],
        unpriced_tokens: words[counters::UNPRICED],
        cost: money_of(words[counters::COST], words[counters::COST + 1]),
        thinking_tokens: words[counters::THINKING],
        web_fetch_requests: words[counters::WEB_FETCH],
        provisional_messages: words[counters::PROVISIONAL_MESSAGES],
        provisional_output_tokens: words[counters::PROVISIONAL_OUTPUT],
    }
}

/// An amount as two words, the low one first.
#[allow(clippy::cast_possible_truncation)] // the two halves of the amount
fn money_words(Picodollars(amount): Picodollars) -> (u64, u64) {
    (amount as u64, (amount >> 64) as u64)
}

fn money_of(low: u64, high: u64) -> Picodollars {
    Picodollars(u128::from(high) << 64 | u128::from(low))
}

/// An agent: a program whose transcripts are counted. Numbers are never used again for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Agent(pub u32);

impl Agent {
    /// Claude Code.
    pub const CLAUDE_CODE: Self = Self(0);

    fn of(word: u64) -> Self {
        Self(u32::try_from(word).unwrap_or(u32::MAX))
    }
}

/// What a limit of the account is on. Numbers are in the file and never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)]
pub enum LimitKind {
    /// Anything that this version does not know.
    #[default]
    Other = 0,
    /// A window of five hours.
    FiveHour = 1,
    /// A window of seven days.
    SevenDay = 2,
    /// A window of seven days, for one model.
    SevenDayModel = 3,
    /// Money spent in a period.
    Spend = 4,
}

impl LimitKind {
    fn of(word: u64) -> Self {
        match word {
            1 => Self::FiveHour,
            2 => Self::SevenDay,
            3 => Self::SevenDayModel,
            4 => Self::Spend,
            _ => Self::Other,
        }
    }
}

/// One limit of the account, as it was last reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitRow {
    /// Whose account it is of.
    pub agent: Agent,
    /// What it is on.
    pub kind: LimitKind,
    /// What it is limited to, such as a model's name; empty for everything.
    pub scope: Name,
    /// Used part in millionths; more than a million if it is exceeded.
    pub used_millionths: u64,
    /// When it starts over, ms UTC; 0 unknown.
    pub resets_at: i64,
    /// When it was reported, ms UTC.
    pub seen_at: i64,
    /// Spent of it; zero if it is not about money.
    pub spent: Picodollars,
    /// What may be spent; zero if that is unknown.
    pub allowed: Picodollars,
}

/// One agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentRow {
    /// Its number.
    pub agent: Agent,
    /// Its name.
    pub name: Name,
    /// All its requests.
    pub counters: Counters,
}

/// One model, under the id that transcripts give it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelRow {
    /// Raw model id.
    pub name: Name,
    /// Whose transcripts name it.
    pub agent: Agent,
    /// All its requests.
    pub counters: Counters,
}

/// One project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProjectRow {
    /// Its key: the folder's name below `projects/`.
    pub project: Name,
    /// Its working directory; empty if no transcript names it.
    pub path: Name,
    /// Whose transcripts it is of.
    pub agent: Agent,
    /// First request, ms UTC.
    pub first_at: i64,
    /// Last request, ms UTC.
    pub last_at: i64,
    /// All its requests.
    pub counters: Counters,
    /// Those of the day that was current at publishing.
    pub today: Counters,
}

/// One session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionRow {
    /// Session id.
    pub session: Name,
    /// The project of its latest request.
    pub project: Name,
    /// Whose transcripts it is of.
    pub agent: Agent,
    /// First request, ms UTC.
    pub first_at: i64,
    /// Last request, ms UTC.
    pub last_at: i64,
    /// All its requests.
    pub counters: Counters,
}

/// One day with requests, in the file's zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayRow {
    /// The date as a number: 20261124 is 24 November 2026.
    pub date: u32,
    /// Its requests.
    pub counters: Counters,
}

/// One UTC hour with requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourRow {
    /// Its start, ms UTC.
    pub start: i64,
    /// Its requests.
    pub counters: Counters,
}

/// The totals of all time as they were at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryRow {
    /// The moment, ms UTC.
    pub at: i64,
    /// The totals then.
    pub counters: Counters,
}

impl sealed::Sealed for ModelRow {}
impl Row for ModelRow {
    const TABLE: Region = Region::Models;

    fn encode(&self, words: &mut [u64]) {
        words[row::model::NAME] = self.name.word();
        words[row::model::AGENT] = self.agent.0.into();
        encode_counters(&self.counters, &mut words[row::model::COUNTERS..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            name: Name::of(words[row::model::NAME]),
            agent: Agent::of(words[row::model::AGENT]),
            counters: decode_counters(&words[row::model::COUNTERS..]),
        }
    }

    fn names_mut(&mut self) -> Vec<&mut Name> {
        vec![&mut self.name]
    }
}

impl sealed::Sealed for ProjectRow {}
impl Row for ProjectRow {
    const TABLE: Region = Region::Projects;

    fn encode(&self, words: &mut [u64]) {
        words[row::project::PROJECT] = self.project.word();
        words[row::project::PATH] = self.path.word();
        words[row::project::AGENT] = self.agent.0.into();
        words[row::project::FIRST_AT] = self.first_at.cast_unsigned();
        words[row::project::LAST_AT] = self.last_at.cast_unsigned();
        encode_counters(&self.counters, &mut words[row::project::COUNTERS..]);
        encode_counters(&self.today, &mut words[row::project::TODAY..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            project: Name::of(words[row::project::PROJECT]),
            path: Name::of(words[row::project::PATH]),
            agent: Agent::of(words[row::project::AGENT]),
            first_at: words[row::project::FIRST_AT].cast_signed(),
            last_at: words[row::project::LAST_AT].cast_signed(),
            counters: decode_counters(&words[row::project::COUNTERS..]),
            today: decode_counters(&words[row::project::TODAY..]),
        }
    }

    fn names_mut(&mut self) -> Vec<&mut Name> {
        vec![&mut self.project, &mut self.path]
    }
}

impl sealed::Sealed for SessionRow {}
impl Row for SessionRow {
    const TABLE: Region = Region::Sessions;

    fn encode(&self, words: &mut [u64]) {
        words[row::session::SESSION] = self.session.word();
        words[row::session::PROJECT] = self.project.word();
        words[row::session::AGENT] = self.agent.0.into();
        words[row::session::FIRST_AT] = self.first_at.cast_unsigned();
        words[row::session::LAST_AT] = self.last_at.cast_unsigned();
        encode_counters(&self.counters, &mut words[row::session::COUNTERS..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            session: Name::of(words[row::session::SESSION]),
            project: Name::of(words[row::session::PROJECT]),
            agent: Agent::of(words[row::session::AGENT]),
            first_at: words[row::session::FIRST_AT].cast_signed(),
            last_at: words[row::session::LAST_AT].cast_signed(),
            counters: decode_counters(&words[row::session::COUNTERS..]),
        }
    }

    fn names_mut(&mut self) -> Vec<&mut Name> {
        vec![&mut self.session, &mut self.project]
    }
}

/// A row that is a moment and the counters of it.
macro_rules! timed_row {
    ($row:ident, $table:ident, $when:ident, $to:expr, $from:expr) => {
        impl sealed::Sealed for $row {}
        impl Row for $row {
            const TABLE: Region = Region::$table;

            fn encode(&self, words: &mut [u64]) {
                words[row::timed::WHEN] = $to(self.$when);
                encode_counters(&self.counters, &mut words[row::timed::COUNTERS..]);
            }

            fn decode(words: &[u64]) -> Self {
                Self {
                    $when: $from(words[row::timed::WHEN]),
                    counters: decode_counters(&words[row::timed::COUNTERS..]),
                }
            }
        }
    };
}

timed_row!(DayRow, Days, date, u64::from, |word| u32::try_from(word).unwrap_or(0));
timed_row!(HourRow, Hours, start, i64::cast_unsigned, u64::cast_signed);
timed_row!(HistoryRow, History, at, i64::cast_unsigned, u64::cast_signed);

impl sealed::Sealed for AgentRow {}
impl Row for AgentRow {
    const TABLE: Region = Region::Agents;

    fn encode(&self, words: &mut [u64]) {
        words[row::agent::AGENT] = self.agent.0.into();
        words[row::agent::NAME] = self.name.word();
        encode_counters(&self.counters, &mut words[row::agent::COUNTERS..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            agent: Agent::of(words[row::agent::AGENT]),
            name: Name::of(words[row::agent::NAME]),
            counters: decode_counters(&words[row::agent::COUNTERS..]),
        }
    }

    fn names_mut(&mut self) -> Vec<&mut Name> {
        vec![&mut self.name]
    }
}

impl sealed::Sealed for LimitRow {}
impl Row for LimitRow {
    const TABLE: Region = Region::Limits;

    fn encode(&self, words: &mut [u64]) {
        words[row::limit::AGENT] = self.agent.0.into();
        words[row::limit::KIND] = self.kind as u64;
        words[row::limit::SCOPE] = self.scope.word();
        words[row::limit::USED] = self.used_millionths;
        words[row::limit::RESETS_AT] = self.resets_at.cast_unsigned();
        words[row::limit::SEEN_AT] = self.seen_at.cast_unsigned();
        (words[row::limit::SPENT], words[row::limit::SPENT + 1]) = money_words(self.spent);
        (words[row::limit::ALLOWED], words[row::limit::ALLOWED + 1]) = money_words(self.allowed);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            agent: Agent::of(words[row::limit::AGENT]),
            kind: LimitKind::of(words[row::limit::KIND]),
            scope: Name::of(words[row::limit::SCOPE]),
            used_millionths: words[row::limit::USED],
            resets_at: words[row::limit::RESETS_AT].cast_signed(),
            seen_at: words[row::limit::SEEN_AT].cast_signed(),
            spent: money_of(words[row::limit::SPENT], words[row::limit::SPENT + 1]),
            allowed: money_of(words[row::limit::ALLOWED], words[row::limit::ALLOWED + 1]),
        }
    }

    fn names_mut(&mut self) -> Vec<&mut Name> {
        vec![&mut self.scope]
    }
}
