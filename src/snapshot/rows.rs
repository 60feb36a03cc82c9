//! Rows of the tables: plain values, and their words in the file.
//!
//! Invariant: [`Row::encode`] and [`Row::decode`] are inverse, write every known word and allocate nothing.
//! Text is in the names region; a row holds a [`Name`], which a [`super::Frame`] resolves.

use super::layout::{
    Region, agent_row, day_row, history_row, hour_row, limit_row, model_row, project_row, session_row,
};
use super::{Counters, Picodollars};

/// Where a text is in the names region.
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
    pub(crate) fn of(word: u64) -> Self {
        Self { offset: word as u32, bytes: (word >> 32) as u32 }
    }
}

/// What an index finds a row by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key<T> {
    pub(crate) agent: Agent,
    pub(crate) text: T,
}

/// A row of one of the tables.
pub trait Row: Copy + sealed::Sealed {
    /// Its table.
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
    /// The kind with this number: the one place that knows them besides the declaration.
    pub(crate) fn of(word: u64) -> Self {
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

/// A row that is found by its key.
pub(crate) trait Keyed: Row {
    /// The index of its table. Tables of few rows have none and are looked through.
    const INDEX: Option<Region>;

    fn key(&self) -> Key<Name>;
}

impl Keyed for ModelRow {
    const INDEX: Option<Region> = None;

    fn key(&self) -> Key<Name> {
        Key { agent: self.agent, text: self.name }
    }
}

impl Keyed for ProjectRow {
    const INDEX: Option<Region> = Some(Region::ProjectIndex);

    fn key(&self) -> Key<Name> {
        Key { agent: self.agent, text: self.project }
    }
}

impl Keyed for SessionRow {
    const INDEX: Option<Region> = Some(Region::SessionIndex);

    fn key(&self) -> Key<Name> {
        Key { agent: self.agent, text: self.session }
    }
}

impl sealed::Sealed for ModelRow {}
impl Row for ModelRow {
    const TABLE: Region = Region::Models;

    fn encode(&self, words: &mut [u64]) {
        words[model_row::NAME] = self.name.word();
        words[model_row::AGENT] = self.agent.0.into();
        self.counters.encode(&mut words[model_row::COUNTERS..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            name: Name::of(words[model_row::NAME]),
            agent: Agent::of(words[model_row::AGENT]),
            counters: Counters::decode(&words[model_row::COUNTERS..]),
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
        words[project_row::PROJECT] = self.project.word();
        words[project_row::PATH] = self.path.word();
        words[project_row::AGENT] = self.agent.0.into();
        words[project_row::FIRST_AT] = self.first_at.cast_unsigned();
        words[project_row::LAST_AT] = self.last_at.cast_unsigned();
        self.counters.encode(&mut words[project_row::COUNTERS..]);
        self.today.encode(&mut words[project_row::TODAY..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            project: Name::of(words[project_row::PROJECT]),
            path: Name::of(words[project_row::PATH]),
            agent: Agent::of(words[project_row::AGENT]),
            first_at: words[project_row::FIRST_AT].cast_signed(),
            last_at: words[project_row::LAST_AT].cast_signed(),
            counters: Counters::decode(&words[project_row::COUNTERS..]),
            today: Counters::decode(&words[project_row::TODAY..]),
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
        words[session_row::SESSION] = self.session.word();
        words[session_row::PROJECT] = self.project.word();
        words[session_row::AGENT] = self.agent.0.into();
        words[session_row::FIRST_AT] = self.first_at.cast_unsigned();
        words[session_row::LAST_AT] = self.last_at.cast_unsigned();
        self.counters.encode(&mut words[session_row::COUNTERS..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            session: Name::of(words[session_row::SESSION]),
            project: Name::of(words[session_row::PROJECT]),
            agent: Agent::of(words[session_row::AGENT]),
            first_at: words[session_row::FIRST_AT].cast_signed(),
            last_at: words[session_row::LAST_AT].cast_signed(),
            counters: Counters::decode(&words[session_row::COUNTERS..]),
        }
    }

    fn names_mut(&mut self) -> Vec<&mut Name> {
        vec![&mut self.session, &mut self.project]
    }
}

/// A row that is a moment and the counters of it.
macro_rules! timed_row {
    ($row:ident, $table:ident, $part:ident::$at:ident, $when:ident, $to:expr, $from:expr) => {
        impl sealed::Sealed for $row {}
        impl Row for $row {
            const TABLE: Region = Region::$table;

            fn encode(&self, words: &mut [u64]) {
                words[$part::$at] = $to(self.$when);
                self.counters.encode(&mut words[$part::COUNTERS..]);
            }

            fn decode(words: &[u64]) -> Self {
                Self {
                    $when: $from(words[$part::$at]),
                    counters: Counters::decode(&words[$part::COUNTERS..]),
                }
            }
        }
    };
}

timed_row!(DayRow, Days, day_row::DATE, date, u64::from, |word| u32::try_from(word).unwrap_or(0));
timed_row!(HourRow, Hours, hour_row::START, start, i64::cast_unsigned, u64::cast_signed);
timed_row!(HistoryRow, History, history_row::AT, at, i64::cast_unsigned, u64::cast_signed);

impl sealed::Sealed for AgentRow {}
impl Row for AgentRow {
    const TABLE: Region = Region::Agents;

    fn encode(&self, words: &mut [u64]) {
        words[agent_row::AGENT] = self.agent.0.into();
        words[agent_row::NAME] = self.name.word();
        self.counters.encode(&mut words[agent_row::COUNTERS..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            agent: Agent::of(words[agent_row::AGENT]),
            name: Name::of(words[agent_row::NAME]),
            counters: Counters::decode(&words[agent_row::COUNTERS..]),
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
        words[limit_row::AGENT] = self.agent.0.into();
        words[limit_row::KIND] = self.kind as u64;
        words[limit_row::SCOPE] = self.scope.word();
        words[limit_row::USED] = self.used_millionths;
        words[limit_row::RESETS_AT] = self.resets_at.cast_unsigned();
        words[limit_row::SEEN_AT] = self.seen_at.cast_unsigned();
        self.spent.encode(&mut words[limit_row::SPENT..]);
        self.allowed.encode(&mut words[limit_row::ALLOWED..]);
    }

    fn decode(words: &[u64]) -> Self {
        Self {
            agent: Agent::of(words[limit_row::AGENT]),
            kind: LimitKind::of(words[limit_row::KIND]),
            scope: Name::of(words[limit_row::SCOPE]),
            used_millionths: words[limit_row::USED],
            resets_at: words[limit_row::RESETS_AT].cast_signed(),
            seen_at: words[limit_row::SEEN_AT].cast_signed(),
            spent: Picodollars::decode(&words[limit_row::SPENT..]),
            allowed: Picodollars::decode(&words[limit_row::ALLOWED..]),
        }
    }

    fn names_mut(&mut self) -> Vec<&mut Name> {
        vec![&mut self.scope]
    }
}
