//! The golden vectors: files that a reader must read, each for what it has and others have not.
//!
//! Invariant: each is a file of the real writer; where a publisher of this version cannot write what is wanted, words are
//! changed and every sum is made right.

use std::cell::Cell;
use std::path::Path;

use cco::snapshot::layout::{
    Region, bank, control, health as health_row, identity, limit_row, model_row, slot,
};
use cco::snapshot::{
    Agent, AgentRow, DayRow, Draft, Health, HourRow, LimitRow, ModelRow, Picodollars, ProjectRow,
    Publication, ScanState, SessionRow, WriterOptions,
};

use crate::later;
use crate::made::{self, CREATED_AT, NOW, OTHER, Recipe, counters, largest, one_of_everything, publication};
use crate::names;
use crate::patch::Image;

/// The vector that hostile ones are made from.
pub const EVERYTHING: &str = "one-of-everything";

/// A file and how it is looked at.
#[derive(Debug)]
pub struct Golden {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub why: &'static str,
    /// Its bytes.
    pub image: Image,
    /// The reader's clock, ms UTC.
    pub now: i64,
    /// Whether the publisher's lock counts as held.
    pub is_held: bool,
}

impl Golden {
    fn new(name: &'static str, why: &'static str, image: Image) -> Self {
        Self { name, why, image, now: NOW, is_held: true }
    }

    fn at(self, now: i64) -> Self {
        Self { now, ..self }
    }

    fn free(self) -> Self {
        Self { is_held: false, ..self }
    }
}

/// All of them; files are made in the empty `folder`.
pub fn goldens(folder: &Path) -> Result<Vec<Golden>, String> {
    let recipe = Recipe::default();
    let once = |commit: u64, draft: &mut Draft| {
        if commit == 1 {
            one_of_everything(draft);
        }
        publication(commit)
    };
    let everything = recipe.make(folder, |draft, commit| once(commit, draft), Some(made::health()))?;
    let none = |_: &mut Draft, commit: u64| Publication {
        published_at: CREATED_AT + commit.cast_signed(),
        ..Publication::default()
    };
    let empty = Recipe { commits: 1, ..Recipe::default() }.make(folder, none, None)?;
    let no_health = recipe.make(folder, |draft, commit| once(commit, draft), None)?;
    let catching_up = |draft: &mut Draft, commit: u64| Publication {
        scan_state: ScanState::CatchingUp,
        block: None,
        block_span: (0, 0),
        five_hour_limit: None,
        ..once(commit, draft)
    };
    let catching_up = recipe.make(folder, catching_up, Some(made::health()))?;

    let with = |change: &dyn Fn(&mut Image)| {
        let mut image = everything.clone();
        change(&mut image);
        image
    };
    let beat = |at: i64| with(&|image| image.put(control::HEARTBEAT_WALL, at.cast_unsigned()));
    Ok(vec![
        Golden::new("empty", "a first commit of nothing: no rows, no names, no block, no limits", empty),
        Golden::new(
            EVERYTHING,
            "a row of every table, three commits, health, a live publisher",
            everything.clone(),
        ),
        Golden::new("full", "every table, index and the names have no room left", full(folder)?),
        Golden::new("two-agents", "the same session id and project key with two agents", two_agents(folder)?),
        Golden::new(
            "long-names",
            "names of 4 KB, and one as long as the writer allows",
            names::long(folder)?,
        ),
        Golden::new(
            "names-of-every-script",
            "names of every script, and with characters that act",
            names::scripts(folder)?,
        ),
        Golden::new(
            "long-texts",
            "zone and program fill their fields, without a zero byte",
            long_texts(folder)?,
        ),
        Golden::new(
            "largest-numbers",
            "every figure as large, every time as early or late as it can be",
            numbers(folder)?,
        ),
        Golden::new("no-health", "a publisher that never reported on itself", no_health),
        Golden::new(
            "catching-up",
            "not all was read yet; no block; one limit that nobody reported",
            catching_up,
        ),
        Golden::new(
            "stale",
            "the lock is held, but the last heartbeat is 15.001 s old: it hangs",
            beat(NOW - 15_001),
        ),
        Golden::new("just-live", "the last heartbeat is exactly 15 s old", beat(NOW - 15_000)),
        Golden::new(
            "clock-set-back",
            "the last heartbeat is an hour ahead, which is not new",
            beat(NOW + 3_600_000),
        ),
        Golden::new("dead", "nobody holds the lock", everything.clone()).free(),
        Golden::new(
            "stopped",
            "stopped cleanly, although a successor holds the lock",
            with(&|image| image.put(control::STATE, control::STOPPED)),
        ),
        Golden::new(
            "superseded",
            "a newer file has taken the path",
            with(&|image| image.put(control::SUPERSEDED, 1)),
        )
        .free(),
        Golden::new("block-over", "the block is over, the day is not", everything.clone())
            .at(CREATED_AT + 13 * 3_600_000),
        Golden::new("day-over", "the first millisecond after the day", everything.clone())
            .at(CREATED_AT + 86_400_000)
            .free(),
        Golden::new("all-over", "every period is over", everything.clone())
            .at(CREATED_AT + 400 * 86_400_000)
            .free(),
        Golden::new(
            "history-gone-round",
            "the oldest row of the history is not the first",
            with(&|image| {
                let number = image.newest_slot();
                image.put(Image::slot(number) + slot::HISTORY_OLDEST, 1);
                image.seal_slot(number);
            }),
        ),
        Golden::new("many-commits", "a sequence that needs all of its word", with(&many_commits)),
        Golden::new(
            "killed-in-a-commit",
            "the next commit was half written into the other bank and slot",
            with(&killed),
        ),
        Golden::new(
            "a-later-minor-version",
            "longer rows, longer slots, regions in another order",
            later::version(&everything)?,
        ),
        Golden::new(
            "the-first-minor-version",
            "a publisher of layout 1.0, which did not sum up durations",
            with(&first_minor_version),
        ),
        Golden::new(
            "unknown-regions",
            "regions that nobody knows, some of them impossible",
            with(&unknown_regions),
        ),
        Golden::new(
            "unlisted-values",
            "listed values with numbers that are not listed",
            with(&unlisted_values),
        ),
    ])
}

/// As many rows and bytes of names as there is room for.
fn full(folder: &Path) -> Result<Image, String> {
    let recipe = Recipe { commits: 8, ..Recipe::default() };
    let edit = |draft: &mut Draft, commit| {
        if commit > 1 {
            return publication(commit);
        }
        let bytes = Cell::new(0);
        let named = |draft: &mut Draft, text: String| {
            bytes.set(bytes.get() + text.len());
            draft.intern(&text)
        };
        for row in 0..4u32 {
            let seed = u64::from(row) * 100;
            let agent = Agent(row);
            let name = named(draft, format!("model-{row}"));
            draft.push(&ModelRow { name, agent, counters: counters(seed) });
            let (project, path) = (named(draft, format!("-p-{row}")), named(draft, format!("/p/{row}")));
            let (first_at, last_at) = (CREATED_AT, CREATED_AT + i64::from(row));
            let figures = counters(seed + 10);
            draft.push(&ProjectRow {
                project,
                path,
                agent,
                first_at,
                last_at,
                counters: figures,
                today: counters(seed),
            });
            let session = named(draft, format!("session-{row}"));
            draft.push(&SessionRow {
                session,
                project,
                agent,
                first_at,
                last_at,
                counters: counters(seed + 20),
            });
            draft.push(&DayRow { date: 20_260_101 + row, counters: counters(seed + 30) });
            draft.push(&HourRow {
                start: CREATED_AT + i64::from(row) * 3_600_000,
                counters: counters(seed + 40),
            });
            let name = named(draft, format!("agent-{row}"));
            draft.push(&AgentRow { agent, name, counters: counters(seed + 50) });
        }
        for row in 0..8u32 {
            // The last name takes all the room that is left.
            let left = usize::try_from(made::ROOM.1).unwrap_or(0) - bytes.get();
            let scope =
                if row < 7 { named(draft, format!("scope-{row}")) } else { draft.intern(&"x".repeat(left)) };
            draft.push(&LimitRow {
                agent: Agent(row),
                scope,
                used_millionths: row.into(),
                ..LimitRow::default()
            });
        }
        publication(commit)
    };
    let image = recipe.make(folder, edit, Some(made::health()))?;
    let at = Image::slot(image.newest_slot());
    let is_full = image.word(at + slot::NAMES_BYTES) == image.place(Region::Names).capacity as u64
        && Region::TABLES.into_iter().enumerate().all(|(number, table)| {
            image.word(at + slot::LENGTHS + number) == image.place(table).capacity as u64
        });
    if is_full { Ok(image) } else { Err("the full vector has room left".into()) }
}

fn two_agents(folder: &Path) -> Result<Image, String> {
    let edit = |draft: &mut Draft, commit| {
        if commit == 1 {
            one_of_everything(draft);
            let session = draft.row::<SessionRow>(0);
            draft.push(&SessionRow { agent: OTHER, counters: counters(35), ..session });
            let project = draft.row::<ProjectRow>(0);
            draft.push(&ProjectRow { agent: OTHER, counters: counters(22), today: counters(0), ..project });
            let model = draft.row::<ModelRow>(0);
            draft.push(&ModelRow { agent: OTHER, counters: counters(15), ..model });
            let name = draft.intern("another-agent");
            draft.push(&AgentRow { agent: OTHER, name, counters: counters(65) });
        }
        publication(commit)
    };
    Recipe { commits: 2, ..Recipe::default() }.make(folder, edit, Some(made::health()))
}

fn long_texts(folder: &Path) -> Result<Image, String> {
    // The last character of the zone has two bytes.
    let zone = format!("Etc/{}é", "z".repeat(58));
    let options = WriterOptions { zone, week_start: 0, program: "1.2.3+".to_owned() + &"p".repeat(18) };
    Recipe { options, commits: 1, ..Recipe::default() }.make(folder, |_, commit| publication(commit), None)
}

fn numbers(folder: &Path) -> Result<Image, String> {
    let edit = |draft: &mut Draft, commit: u64| {
        let mut publication = publication(commit);
        let periods = [&mut publication.today, &mut publication.this_week, &mut publication.this_month];
        for period in periods.into_iter().chain(&mut publication.block) {
            period.counters = largest();
        }
        publication.totals = largest();
        publication.totals.requests -= commit;
        publication.sessions_left_out = u64::MAX;
        (publication.today.start, publication.today.end) = (i64::MIN, i64::MAX);
        (publication.this_week.start, publication.this_week.end) = (i64::MAX, i64::MIN);
        publication.block_span = (i64::MIN, i64::MAX);
        if let Some(limit) = &mut publication.seven_day_limit {
            (limit.used_millionths, limit.resets_at, limit.seen_at) = (u64::MAX, i64::MIN, i64::MAX);
        }
        if commit == 1 {
            one_of_everything(draft);
            let (agent, first_at, last_at) = (Agent(u32::MAX), i64::MIN, i64::MAX);
            let (all, today) = (largest(), largest());
            draft.set(0, &ModelRow { agent, counters: all, ..draft.row(0) });
            draft.set(0, &ProjectRow { agent, first_at, last_at, counters: all, today, ..draft.row(0) });
            draft.set(0, &SessionRow { agent, first_at, last_at, counters: all, ..draft.row(0) });
            draft.set(0, &DayRow { date: 99_991_231, counters: all });
            draft.set(0, &HourRow { start: i64::MIN, counters: all });
            let money = Picodollars(u128::MAX);
            let limit = LimitRow { agent, spent: money, allowed: money, ..draft.row(0) };
            draft.set(
                0,
                &LimitRow { used_millionths: u64::MAX, resets_at: i64::MAX, seen_at: i64::MIN, ..limit },
            );
        }
        publication
    };
    let mut health =
        Health { updated_at: i64::MIN, last_error_at: i64::MAX, lag_us: u64::MAX, ..made::health() };
    health.passes_by_duration.0 = [u64::MAX; 16];
    Recipe::default().make(folder, edit, Some(health))
}

/// The same commit under a number that a publisher could reach only in centuries.
fn many_commits(image: &mut Image) {
    let number = image.newest_slot();
    let at = Image::slot(number);
    let sequence = image.word(at + slot::SEQUENCE) | 1 << 62;
    image.put(at + slot::SEQUENCE, sequence);
    let header = image.place(Region::Banks).row(0, image.newest_bank());
    image.put(header + bank::SEQUENCE, sequence);
    image.seal_slot(number);
}

/// What a publisher leaves that is killed inside the next commit.
fn killed(image: &mut Image) {
    let next = image.word(Image::slot(image.newest_slot()) + slot::SEQUENCE) + 2;
    let (other, number) = (1 - image.newest_bank(), usize::try_from(next / 2).unwrap_or(0) % slot::COUNT);
    let header = image.place(Region::Banks).row(0, other);
    image.put(header + bank::SEQUENCE, next - 1);
    let row = image.place(Region::Models).row(other, 0);
    image.put(row + model_row::COUNTERS, 999);
    image.put(Image::slot(number) + slot::SEQUENCE, next - 1);
    image.put(Image::slot(number) + slot::TOTALS, 999);
}

/// As a publisher of version 1.0 left it: what later versions added was reserved.
fn first_minor_version(image: &mut Image) {
    const SCHEMA: u64 = 0xee25_b1d4_cd45_6b73;
    image.put(identity::VERSION, 1 << 32);
    image.put(identity::SCHEMA, SCHEMA);
    let report = image.newest_health();
    for word in [health_row::PASS_US_SUM, health_row::COMMIT_US_SUM, health_row::PUBLISH_US_SUM] {
        image.put(report + word, 0);
    }
    image.seal_health();
    image.seal();
}

fn unknown_regions(image: &mut Image) {
    let first = identity::DIRECTORY + Region::ALL.len() * identity::ENTRY_WORDS;
    let length = image.0.len() as u64;
    let entries = [
        (64 << 32 | 99, 0, 1),
        (64 << 32 | 99, 0, 1),
        (u64::MAX, u64::MAX, u64::MAX),
        (8 << 32, 8192, 1), // unused
        (8 << 32 | 1000, length - 64, 1 << 40),
    ];
    for (number, (region, offset, capacity)) in entries.into_iter().enumerate() {
        for (word, value) in [region, offset, capacity].into_iter().enumerate() {
            image.put(first + number * identity::ENTRY_WORDS + word, value);
        }
    }
    image.seal();
}

fn unlisted_values(image: &mut Image) {
    image.put(control::SUPERSEDED, 3);
    image.put(control::STATE, 5);
    image.put(identity::WEEK_START, 7);
    image.seal();
    let kind = image.place(Region::Limits).row(image.newest_bank(), 1) + limit_row::KIND;
    image.put(kind, 9);
    image.seal_bank();
    let number = image.newest_slot();
    image.put(Image::slot(number) + slot::SCAN_STATE, 2);
    image.seal_slot(number);
    let report = image.newest_health();
    image.put(report + health_row::FOLLOWING, 3);
    image.seal_health();
}
