//! A snapshot of each released major layout version stays readable, with known values, for ever.
//!
//! `tests/golden/layout-N.hex` is a dump: the length of the file, then `offset: bytes` for each 32 bytes that
//! are not all zero. A golden file is never changed. A new major version adds its own: write `layout-N.hex` by
//!
//! ```text
//! CCO_WRITE_GOLDEN=1 cargo test --test snapshot_golden
//! ```
//!
//! which makes the file of the current major version where there is none, and commit it with a test below.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cco::snapshot::layout::{MAJOR, WORD_BYTES, control, identity};
use cco::snapshot::{
    Agent, AgentRow, Counters, DayRow, Following, Health, HistoryRow, HourRow, Limit, LimitKind, LimitRow,
    ModelRow, Name, Period, Picodollars, ProjectRow, Publication, Reader, ScanState, SessionRow, Span,
    Writer, WriterOptions, WriterState, peek,
};

const LINE_BYTES: usize = 32;
const EPOCH: u64 = 0x0123_4567_89ab_cdef;
const AGENT: Agent = Agent(3);
const CREATED_AT: i64 = 1_767_225_600_000;

/// Figures that differ in every member.
fn counters(seed: u64) -> Counters {
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

fn period(seed: u64) -> Period {
    let start = CREATED_AT + seed.cast_signed();
    Period { start, end: start + 1_000, counters: counters(seed) }
}

fn publication(commit: u64) -> Publication {
    Publication {
        published_at: CREATED_AT + commit.cast_signed() * 2_000,
        totals: counters(commit * 100),
        today: period(1_000),
        this_week: period(2_000),
        this_month: period(3_000),
        block_span: (CREATED_AT + 7, CREATED_AT + 9),
        block: Some(period(4_000)),
        scan_state: ScanState::Complete,
        five_hour_limit: Some(Limit { used_millionths: 1, resets_at: 2, seen_at: 3 }),
        seven_day_limit: Some(Limit { used_millionths: 4, resets_at: 5, seen_at: 6 }),
        sessions_left_out: 7,
    }
}

fn health() -> Health {
    let mut health = Health {
        updated_at: 1,
        roots: 2,
        files: 3,
        publish_us: 22,
        lag_us: 23,
        following: Following::Polling,
        poll_interval_ms: 24,
        folders_unwatched: 25,
        resident_bytes: 26,
        ledger_bytes: 27,
        ..Health::default()
    };
    health.passes_by_duration.count(1);
    health.commits_by_duration.count(100);
    health.publishes_by_duration.count(1_000);
    health
}

fn limit_row(scope: Name) -> LimitRow {
    LimitRow {
        agent: AGENT,
        kind: LimitKind::SevenDayModel,
        scope,
        used_millionths: 7,
        resets_at: 8,
        seen_at: 9,
        spent: Picodollars(10 << 64 | 11),
        allowed: Picodollars(12 << 64 | 13),
    }
}

fn golden(major: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/layout-{major}.hex"))
}

/// A snapshot with something of everything, whose bytes depend on nothing but the layout.
fn make() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let options =
        WriterOptions { zone: "Europe/Amsterdam".into(), week_start: 6, program: "0.1.0-golden".into() };
    let mut writer = Writer::open(&path, options).unwrap();
    let draft = writer.draft();
    let name = draft.intern("claude-golden-1");
    draft.push(&ModelRow { name, agent: AGENT, counters: counters(10) });
    let agent_name = draft.intern("another-agent");
    draft.push(&AgentRow { agent: AGENT, name: agent_name, counters: counters(60) });
    draft.push(&limit_row(name));
    let (key, path_name) = (draft.intern("-home-me-größe"), draft.intern("/home/me/größe"));
    let row = ProjectRow {
        project: key,
        path: path_name,
        agent: AGENT,
        first_at: 1,
        last_at: 2,
        counters: counters(20),
        today: counters(25),
    };
    draft.push(&row);
    let session = draft.intern("0189a1f0-5d3e-7c4a-8b21-000000000001");
    draft.push(&SessionRow {
        session,
        project: key,
        agent: AGENT,
        first_at: 3,
        last_at: 4,
        counters: counters(30),
    });
    draft.push(&DayRow { date: 20_260_101, counters: counters(40) });
    draft.push(&HourRow { start: CREATED_AT, counters: counters(50) });
    writer.report(health());
    for commit in 1..=3 {
        writer.commit(&publication(commit)).unwrap();
    }
    writer.stop();
    let mut bytes = std::fs::read(path).unwrap();
    let mut put = |word: usize, value: u64| {
        bytes[word * WORD_BYTES..][..WORD_BYTES].copy_from_slice(&value.to_le_bytes());
    };
    put(identity::EPOCH, EPOCH);
    put(identity::WRITER_PID, 4_242);
    put(identity::WRITER_START, CREATED_AT.cast_unsigned());
    put(identity::BOOT_ID, 0);
    put(identity::BOOT_ID + 1, 0);
    put(identity::CREATED_AT, CREATED_AT.cast_unsigned());
    put(control::HEARTBEAT_MONOTONIC, 5);
    put(control::HEARTBEAT_WALL, CREATED_AT.cast_unsigned());
    let crc = crc32fast::hash(&bytes[..identity::CHECKSUM * WORD_BYTES]);
    bytes[identity::CHECKSUM * WORD_BYTES..][..WORD_BYTES].copy_from_slice(&u64::from(crc).to_le_bytes());
    bytes
}

fn dump(bytes: &[u8]) -> String {
    let mut text = format!("length {}\n", bytes.len());
    for (number, line) in
        bytes.chunks(LINE_BYTES).enumerate().filter(|(_, line)| line.iter().any(|b| *b != 0))
    {
        write!(text, "{:08x}:", number * LINE_BYTES).unwrap();
        line.iter().for_each(|byte| write!(text, " {byte:02x}").unwrap());
        text.push('\n');
    }
    text
}

fn undump(text: &str) -> Vec<u8> {
    let mut lines = text.lines();
    let length = lines.next().and_then(|line| line.strip_prefix("length ")).unwrap();
    let mut bytes = vec![0; length.parse().unwrap()];
    for line in lines {
        let (offset, values) = line.split_once(": ").unwrap();
        let offset = usize::from_str_radix(offset, 16).unwrap();
        for (at, value) in values.split(' ').enumerate() {
            bytes[offset + at] = u8::from_str_radix(value, 16).unwrap();
        }
    }
    bytes
}

#[test]
fn the_current_major_version_has_a_golden_file() {
    let path = golden(MAJOR);
    if std::env::var_os("CCO_WRITE_GOLDEN").is_some() && !path.exists() {
        std::fs::write(&path, dump(&make())).unwrap();
    }
    assert!(path.exists(), "run with CCO_WRITE_GOLDEN=1 to make {}", path.display());
}

#[test]
fn layout_1_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    std::fs::write(&path, undump(&std::fs::read_to_string(golden(1)).unwrap())).unwrap();

    for mut reader in [Reader::open(&path).unwrap(), Reader::open_copying(&path).unwrap()] {
        let identity = reader.identity().clone();
        assert_eq!((identity.layout, identity.epoch, identity.week_start), ((1, 0), EPOCH, 6));
        assert_eq!((identity.zone.as_str(), identity.program.as_str()), ("Europe/Amsterdam", "0.1.0-golden"));
        assert_eq!((identity.writer_pid, identity.created_at), (4_242, CREATED_AT));

        let frame = reader.frame().unwrap();
        let totals = frame.totals();
        let expected = publication(3);
        assert_eq!((totals.sequence(), totals.published_at()), (6, expected.published_at));
        assert_eq!(totals.all_time(), expected.totals);
        assert_eq!(totals.today(), expected.today);
        assert_eq!(totals.this_week(), expected.this_week);
        assert_eq!(totals.this_month(), expected.this_month);
        assert_eq!((totals.block(), totals.block_span()), (expected.block, Some(expected.block_span)));
        assert_eq!(totals.scan_state(), ScanState::Complete);
        assert_eq!(totals.five_hour_limit(), expected.five_hour_limit);
        assert_eq!(totals.seven_day_limit(), expected.seven_day_limit);
        assert_eq!(totals.sessions_left_out(), 7);

        let models: Vec<ModelRow> = frame.rows().collect();
        assert_eq!(models.iter().map(|row| frame.name(row.name)).collect::<Vec<_>>(), ["claude-golden-1"]);
        assert_eq!((models[0].agent, models[0].counters), (AGENT, counters(10)));
        let agents: Vec<AgentRow> = frame.rows().collect();
        assert_eq!(agents.iter().map(|row| frame.name(row.name)).collect::<Vec<_>>(), ["another-agent"]);
        assert_eq!((agents[0].agent, agents[0].counters), (AGENT, counters(60)));
        let limits: Vec<LimitRow> = frame.rows().collect();
        assert_eq!(limits, [limit_row(models[0].name)]);
        let projects: Vec<ProjectRow> = frame.rows().collect();
        assert_eq!(frame.name(projects[0].project), "-home-me-größe");
        assert_eq!(frame.name(projects[0].path), "/home/me/größe");
        assert_eq!((projects[0].first_at, projects[0].last_at, projects[0].counters), (1, 2, counters(20)));
        assert_eq!((projects[0].agent, projects[0].today), (AGENT, counters(25)));
        let sessions: Vec<SessionRow> = frame.rows().collect();
        assert_eq!(frame.name(sessions[0].session), "0189a1f0-5d3e-7c4a-8b21-000000000001");
        assert_eq!(frame.name(sessions[0].project), "-home-me-größe");
        assert_eq!((sessions[0].first_at, sessions[0].last_at, sessions[0].counters), (3, 4, counters(30)));
        assert_eq!(sessions[0].agent, AGENT);
        let days: Vec<DayRow> = frame.rows().collect();
        assert_eq!(days, [DayRow { date: 20_260_101, counters: counters(40) }]);
        let hours: Vec<HourRow> = frame.rows().collect();
        assert_eq!(hours, [HourRow { start: CREATED_AT, counters: counters(50) }]);
        let history: Vec<HistoryRow> = frame.history().collect();
        let noted = |commit| {
            let publication = publication(commit);
            HistoryRow { at: publication.published_at, counters: publication.totals }
        };
        assert_eq!(history, [noted(1), noted(2), noted(3)]);

        // Version 1.0 has no sums of durations: readers must not take that for zero.
        let found = reader.health().unwrap().unwrap();
        assert_eq!(found, health());
        for (durations, sum) in [
            (found.passes_by_duration, found.pass_us_sum),
            (found.commits_by_duration, found.commit_us_sum),
            (found.publishes_by_duration, found.publish_us_sum),
        ] {
            assert_eq!(durations.sum(sum), None);
        }
        for span in [Span::AllTime, Span::Today, Span::Week, Span::Month, Span::Block] {
            assert_eq!(reader.counters(span).unwrap(), totals.over(span));
        }
        let found = reader.session(AGENT, "0189a1f0-5d3e-7c4a-8b21-000000000001").unwrap();
        assert_eq!(found.map(|row| row.counters), Some(counters(30)));
        assert!(reader.project(AGENT, "-home-me-größe").unwrap().is_some());
        assert_eq!(reader.freshness().unwrap().writer, WriterState::Stopped);
    }
    assert_eq!(peek(&path).unwrap().totals.generation(), 3);
}

#[cfg(feature = "peek")]
#[test]
fn metrics_have_sums_of_durations_if_the_file_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let sums = |path: &Path| {
        let mut peek = std::process::Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        peek.env_clear().env("HOME", folder.path()).args(["--format", "prometheus", "--snapshot"]).arg(path);
        let printed = String::from_utf8(peek.output().unwrap().stdout).unwrap();
        assert!(printed.contains("cco_publisher_pass_duration_seconds_bucket"), "{printed}");
        printed.lines().filter(|line| line.contains("seconds_sum ")).map(str::to_owned).collect::<Vec<_>>()
    };
    std::fs::write(&path, undump(&std::fs::read_to_string(golden(1)).unwrap())).unwrap();
    assert_eq!(sums(&path), [""; 0], "unknown, and not zero");

    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "test".into() };
    let path = folder.path().join("newer.snapshot");
    let mut writer = Writer::open(&path, options).unwrap();
    let mut health = Health::default();
    health.count_pass(2_000_001);
    health.count_publish(7);
    writer.report(health);
    writer.commit(&publication(1)).unwrap();
    drop(writer);
    assert_eq!(
        sums(&path),
        [
            "cco_publisher_pass_duration_seconds_sum 2.000001",
            "cco_publisher_commit_duration_seconds_sum 0.000000",
            "cco_publisher_publish_duration_seconds_sum 0.000007",
        ]
    );
}

#[test]
fn a_dump_gives_back_the_bytes() {
    let bytes = make();
    assert_eq!(undump(&dump(&bytes)), bytes);
}
