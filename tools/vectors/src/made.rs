//! Small snapshots from the real writer, whose bytes depend on nothing but the layout: clocks, process, boot and lineage
//! are fixed ones.
//!
//! Invariant: what is here comes from `Writer` as it is; only the words that no two runs share are put in afterwards,
//! with the sum of the static part made right.

use std::path::Path;

use cco::snapshot::layout::{Region, control, identity};
use cco::snapshot::{
    Agent, AgentRow, Counters, DayRow, Draft, Following, Health, HourRow, Limit, LimitKind, LimitRow,
    ModelRow, Period, Picodollars, ProjectRow, Publication, ScanState, SessionRow, Writer, WriterOptions,
};

use crate::patch::Image;

/// 2026-01-01T00:00:00Z: when every file was made.
pub const CREATED_AT: i64 = 1_767_225_600_000;
/// When a reader looks at it: 4 s after the last heartbeat.
pub const NOW: i64 = HEARTBEAT_AT + 4_000;
/// The last heartbeat.
const HEARTBEAT_AT: i64 = CREATED_AT + 12 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// A boot that no machine had, so that readers judge by the wall clock and read by sums.
const BOOT_ID: [u64; 2] = [0x0000_5eed_0000_4000, 0x8000_0000_0000_0001];
/// Room for rows, in the order of [`Region::TABLES`], and for bytes of names.
pub const ROOM: ([u64; Region::TABLES.len()], u64) = ([4, 4, 4, 4, 4, 8, 4, 8], 1024);
/// The second agent.
pub const OTHER: Agent = Agent(3);

/// How a file is made.
pub struct Recipe {
    /// Zone, first day of the week, program.
    pub options: WriterOptions,
    /// Room for rows and for bytes of names.
    pub room: ([u64; Region::TABLES.len()], u64),
    /// How many commits.
    pub commits: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        let options =
            WriterOptions { zone: "Europe/Amsterdam".into(), week_start: 6, program: "1.2.3-vector".into() };
        Self { options, room: ROOM, commits: 3 }
    }
}

impl Recipe {
    /// Makes the file in an empty `folder`: `edit` sees the draft before each commit, by the commit's number, and gives
    /// what is published; `report` is the health, if there is any. The publisher still runs, as the file says.
    pub fn make(
        &self,
        folder: &Path,
        mut edit: impl FnMut(&mut Draft, u64) -> Publication,
        report: Option<Health>,
    ) -> Result<Image, String> {
        let path = folder.join("usage.snapshot");
        let told = |error: &dyn std::error::Error| error.to_string();
        let mut writer = Writer::open(&path, self.options.clone()).map_err(|error| told(&error))?;
        writer.with_room(self.room.0, self.room.1);
        for commit in 1..=self.commits {
            let publication = edit(writer.draft(), commit);
            writer.commit(&publication).map_err(|error| told(&error))?;
            if let Some(health) = report {
                writer.report(Health { passes: health.passes + commit, ..health });
            }
        }
        let mut image = Image(std::fs::read(&path).map_err(|error| told(&error))?);
        drop(writer);
        // The next file is made in the same folder, and must not carry on the lineage of this one.
        std::fs::remove_file(&path).map_err(|error| told(&error))?;
        fix(&mut image);
        Ok(image)
    }
}

/// Puts fixed values in place of those that differ from run to run.
fn fix(image: &mut Image) {
    for (word, value) in [
        (identity::EPOCH, 0x0123_4567_89ab_cdef),
        (identity::WRITER_PID, 4_242),
        (identity::WRITER_START, (CREATED_AT - 60_000).cast_unsigned()),
        (identity::BOOT_ID, BOOT_ID[0]),
        (identity::BOOT_ID + 1, BOOT_ID[1]),
        (identity::CREATED_AT, CREATED_AT.cast_unsigned()),
        (control::HEARTBEAT_MONOTONIC, 7_000_000),
        (control::HEARTBEAT_WALL, HEARTBEAT_AT.cast_unsigned()),
    ] {
        image.put(word, value);
    }
    image.seal();
}

/// Figures that differ in every member.
pub fn counters(seed: u64) -> Counters {
    Counters {
        requests: seed + 1,
        messages: seed + 2,
        input_tokens: seed + 3,
        output_tokens: seed + 4,
        cache_write_5m_tokens: seed + 5,
        cache_write_1h_tokens: seed + 6,
        cache_read_tokens: seed + 7,
        web_search_requests: seed + 8,
        unpriced_tokens: seed + 9,
        cost: Picodollars(u128::from(seed + 10) << 64 | u128::from(seed + 11)),
        thinking_tokens: seed + 12,
        web_fetch_requests: seed + 13,
        provisional_messages: seed + 14,
        provisional_output_tokens: seed + 15,
    }
}

/// The largest figures that a file can hold.
pub fn largest() -> Counters {
    let most = u64::MAX;
    Counters {
        requests: most,
        messages: most,
        input_tokens: most,
        output_tokens: most,
        cache_write_5m_tokens: most,
        cache_write_1h_tokens: most,
        cache_read_tokens: most,
        web_search_requests: most,
        unpriced_tokens: most,
        cost: Picodollars(u128::MAX),
        thinking_tokens: most,
        web_fetch_requests: most,
        provisional_messages: most,
        provisional_output_tokens: most,
    }
}

/// A commit of an ordinary day.
pub fn publication(commit: u64) -> Publication {
    let period =
        |start: i64, days: i64, seed| Period { start, end: start + days * DAY_MS, counters: counters(seed) };
    let block = CREATED_AT + 8 * HOUR_MS;
    let at = CREATED_AT + 11 * HOUR_MS + commit.cast_signed() * 2_000;
    Publication {
        published_at: at,
        totals: counters(commit * 100_000),
        today: period(CREATED_AT, 1, 1_000),
        this_week: period(CREATED_AT - 3 * DAY_MS, 7, 2_000),
        this_month: period(CREATED_AT, 31, 3_000),
        block: Some(Period { start: block, end: block + 5 * HOUR_MS, counters: counters(4_000) }),
        block_span: (block + 60_000, block + 2 * HOUR_MS),
        scan_state: ScanState::Complete,
        five_hour_limit: Some(Limit {
            used_millionths: 250_000,
            resets_at: block + 5 * HOUR_MS,
            seen_at: at - 9,
        }),
        seven_day_limit: Some(Limit {
            used_millionths: 1_200_000,
            resets_at: CREATED_AT + 4 * DAY_MS,
            seen_at: at - 8,
        }),
        sessions_left_out: 7,
    }
}

/// A row of every table, once.
pub fn one_of_everything(draft: &mut Draft) {
    let model = draft.intern("claude-vector-1");
    draft.push(&ModelRow { name: model, agent: Agent::CLAUDE_CODE, counters: counters(10) });
    let (project, path) = (draft.intern("-home-me-größe"), draft.intern("/home/me/größe"));
    draft.push(&ProjectRow {
        project,
        path,
        agent: Agent::CLAUDE_CODE,
        first_at: CREATED_AT + 1,
        last_at: CREATED_AT + 2,
        counters: counters(20),
        today: counters(25),
    });
    let session = draft.intern("0189a1f0-5d3e-7c4a-8b21-000000000001");
    draft.push(&SessionRow {
        session,
        project,
        agent: Agent::CLAUDE_CODE,
        first_at: CREATED_AT + 3,
        last_at: CREATED_AT + 4,
        counters: counters(30),
    });
    draft.push(&DayRow { date: 20_260_101, counters: counters(40) });
    draft.push(&HourRow { start: CREATED_AT, counters: counters(50) });
    let name = draft.intern("claude-code");
    draft.push(&AgentRow { agent: Agent::CLAUDE_CODE, name, counters: counters(60) });
    for (kind, scope, spent, allowed) in [
        (LimitKind::FiveHour, "", 0, 0),
        (LimitKind::SevenDayModel, "claude-vector-1", 0, 0),
        (LimitKind::Spend, "", 3 << 70, 5 << 70),
    ] {
        let scope = draft.intern(scope);
        draft.push(&LimitRow {
            agent: Agent::CLAUDE_CODE,
            kind,
            scope,
            used_millionths: 600_000,
            resets_at: CREATED_AT + DAY_MS,
            seen_at: CREATED_AT + 6,
            spent: Picodollars(spent),
            allowed: Picodollars(allowed),
        });
    }
}

/// A report with figures that differ in every member.
pub fn health() -> Health {
    let mut health = Health {
        updated_at: HEARTBEAT_AT - 1,
        roots: 2,
        files: 3,
        file_bytes: 4,
        skipped_files: 5,
        passes: 6,
        bytes_read: 70_000_000_000,
        lines: 8,
        records: 9,
        requests: 10,
        duplicates_merged: 11,
        malformed_lines: 12,
        unfinished_lines: 13,
        synthetic_records: 14,
        bad_timestamps: 15,
        truncations: 16,
        lost_events: 17,
        errors: 18,
        last_error_at: CREATED_AT + 19,
        scan_us: 20,
        pass_us: 21,
        commit_us: 22,
        publish_us: 23,
        lag_us: 24,
        following: Following::Polling,
        poll_interval_ms: 25,
        folders_unwatched: 26,
        resident_bytes: 27,
        ledger_bytes: 28,
        pass_us_sum: 1_101,
        commit_us_sum: 100,
        publish_us_sum: u64::MAX,
        ..Health::default()
    };
    for us in [1, 100, 1_000] {
        health.passes_by_duration.count(us);
    }
    health.commits_by_duration.count(100);
    health.publishes_by_duration.count(u64::MAX);
    health
}
