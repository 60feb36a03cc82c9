//! That an import into a new ledger gives what applying to one gives, whatever records say: every table row by row,
//! what is found through the index, and both again after a later batch and once compacted.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rusqlite::types::Value;

use super::tests::new_ledger;
use super::*;
use crate::ledger::names;
use crate::ledger::{CostState, Ledger, ProjectPath};
use crate::snapshot::Picodollars;
use crate::usage::{Home, Iteration, IterationKind, Key, Rare, Terms, Tokens};

/// Names as transcripts and folders may have them: few, so that they repeat, or anything.
fn name() -> impl Strategy<Value = String> {
    let odd =
        ["", "s", "S", "\0", "a\0", "a\0b", "é", "e\u{301}", "日本", "🦀", "'; --", "\n", " ", "0", "1"];
    let long = [1, 60, 61, 1_000, 5_000].map(|length| "n".repeat(length));
    prop_oneof![6 => select(odd.to_vec()).prop_map(String::from), 1 => select(long.to_vec()), 1 => any::<String>()]
}

/// Integers about every length that a column can have.
fn integer() -> impl Strategy<Value = i64> {
    let edge = (0..63u32, -2..=2i64, any::<bool>()).prop_map(|(bits, off, negative)| {
        let edge = (1i64 << bits).saturating_add(off);
        if negative { -edge } else { edge }
    });
    prop_oneof![3 => edge, 1 => any::<i64>(), 1 => select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX])]
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![2 => Just(0), 4 => integer().prop_map(|value| value.unsigned_abs() & Tokens::MAX)]
}

fn tokens() -> impl Strategy<Value = Tokens> {
    [count(), count(), count(), count(), count(), count()].prop_map(
        |[input, output, cache_write_5m, cache_write_1h, cache_read, web_searches]| Tokens {
            input,
            output,
            cache_write_5m,
            cache_write_1h,
            cache_read,
            web_searches,
        },
    )
}

/// Times of few sessions' index entries: alike, close, extreme.
fn at_ms() -> impl Strategy<Value = i64> {
    prop_oneof![3 => -3..3i64, 3 => (0..4i64).prop_map(|n| 1_750_000_000_000 + n * 450_000), 2 => integer()]
}

/// Keys that are next to each other, told of twice, or differ in one byte alone.
fn key() -> impl Strategy<Value = Key> {
    let byte = (0..128u32, 0..2u128).prop_map(|(bits, less)| (1u128 << bits) - less);
    prop_oneof![3 => any::<u128>(), 2 => 0..200u128, 1 => u128::MAX - 20..=u128::MAX, 1 => byte].prop_map(Key)
}

/// Iterations whose text is short, about as long as fits a page with the rest of a row, or far longer.
fn iterations() -> impl Strategy<Value = Vec<Iteration>> {
    let model = prop_oneof![
        2 => Just(None),
        2 => name().prop_map(Some),
        4 => (820..960usize).prop_map(|length| Some("m".repeat(length))),
    ];
    let iteration = (any::<bool>(), model, tokens()).prop_map(|(advisor, model, tokens)| {
        let kind = if advisor { IterationKind::Advisor } else { IterationKind::Compaction };
        Iteration { kind, model: model.map(Arc::from), tokens }
    });
    let iteration = iteration.boxed();
    prop_oneof![
        8 => vec(iteration.clone(), 0..3),
        1 => (iteration, 20..60usize).prop_map(|(iteration, copies)| vec![iteration; copies]),
    ]
}

fn rare() -> impl Strategy<Value = Option<Box<Rare>>> {
    const DOLLAR: u128 = 1_000_000_000_000;
    let edges = [0, 1, DOLLAR - 1, DOLLAR, DOLLAR + 1, 255 * DOLLAR, (1 << 53) * DOLLAR - 1];
    let cost = prop::option::of(select(edges.to_vec()).prop_map(Picodollars));
    let rare = (iterations(), cost).prop_map(|(iterations, recorded_cost)| {
        let rare = Rare { iterations, recorded_cost };
        (rare != Rare::default()).then(|| Box::new(rare))
    });
    prop_oneof![1 => Just(None), 3 => rare]
}

/// What records are put together from: drawing each anew would take most of the time.
#[derive(Clone, Debug)]
struct Parts {
    homes: Vec<Arc<Home>>,
    models: Vec<Arc<str>>,
    terms: Vec<Arc<Terms>>,
    tokens: Vec<Tokens>,
    rare: Vec<Option<Box<Rare>>>,
}

fn parts() -> impl Strategy<Value = Parts> {
    let home =
        (any::<bool>(), any::<bool>(), name(), name()).prop_map(|(forked, sidechain, session, project)| {
            Arc::new(Home { forked, sidechain, session: session.into(), project: project.into() })
        });
    let model = name().prop_map(Arc::from);
    let terms = [name(), name(), name()].prop_map(|names| {
        let [speed, tier, geo] = names.map(Box::from);
        Arc::new(Terms { speed, tier, geo })
    });
    (vec(home, 1..5), vec(model, 1..5), vec(terms, 1..4), vec(tokens(), 1..9), vec(rare(), 1..6))
        .prop_map(|(homes, models, terms, tokens, rare)| Parts { homes, models, terms, tokens, rare })
}

fn records(parts: Parts) -> impl Strategy<Value = Vec<Record>> {
    let Parts { homes, models, terms, tokens, rare } = parts;
    let parts = (select(homes), select(models), select(terms), select(tokens), select(rare));
    let record = (key(), at_ms(), parts).prop_map(|(key, at_ms, (home, model, terms, tokens, rare))| {
        Record { key, at_ms, home, model, terms, tokens, rare }
    });
    let record = record.boxed();
    prop_oneof![1 => vec(record.clone(), 0..4), 4 => vec(record, 0..250)]
}

/// Two batches of the same parts.
fn batches() -> impl Strategy<Value = [Vec<Record>; 2]> {
    parts().prop_flat_map(|parts| [records(parts.clone()), records(parts)])
}

/// A batch, with names that no record has.
fn batch(records: &[Record]) -> Batch<'_> {
    let of_records = records.iter().map(|record| &record.home);
    let project_paths = of_records.clone().map(|home| ProjectPath {
        project: Arc::clone(&home.project),
        at_ms: 0,
        path: Arc::clone(&home.session),
    });
    let cost_states = of_records.take(3).map(|home| CostState {
        cost: Picodollars(1),
        start_ms: 0,
        duration_ms: 0,
        api_duration_ms: 0,
        lines_added: u64::MAX,
        lines_removed: 0,
        has_unknown_model_cost: false,
        model_usage: "{}".into(),
        session: format!("another {}", home.session).into(),
        project: Arc::clone(&home.project),
    });
    Batch {
        records: records.iter().collect(),
        project_paths: project_paths.collect(),
        cost_states: cost_states.collect(),
        ..Batch::default()
    }
}

fn strings(connection: &Connection, query: &str) -> Vec<String> {
    let mut query = connection.prepare(query).expect("a query");
    let rows = query.query_map((), |row| row.get(0)).expect("rows");
    rows.map(|row| row.expect("a row")).collect()
}

/// Rows of values, as text and in the order they come in.
fn rows(connection: &Connection, query: &str) -> Vec<String> {
    let mut query = connection.prepare(query).expect("a query");
    let columns = query.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        (0..columns).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>()
    };
    let rows = query.query_map((), row).expect("rows");
    rows.map(|row| format!("{:?}", row.expect("a row"))).collect()
}

/// Everything in every table, with names in the place of ids.
fn contents(connection: &Connection) -> Vec<(String, Vec<String>)> {
    let names = |table: &str| match table {
        "terms" => "json_array(hex(speed), hex(tier), hex(geo))",
        _ => "name",
    };
    let tables = strings(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    let contents = tables.into_iter().map(|table| {
        let columns = format!(
            "SELECT iif(\"table\" IS NULL, name, name || '>' || \"table\") FROM pragma_table_info('{table}') \
             LEFT JOIN pragma_foreign_key_list('{table}') ON \"from\" = name WHERE name <> 'id'"
        );
        let columns = strings(connection, &columns).into_iter().map(|column| match column.split_once('>') {
            Some((column, of)) => format!("(SELECT {} FROM {of} WHERE id = {table}.{column})", names(of)),
            None => column,
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let mut rows = rows(connection, &format!("SELECT {columns} FROM {table}"));
        rows.retain(|row| !row.contains("created_ms"));
        rows.sort();
        (table, rows)
    });
    contents.collect()
}

/// Sessions and what the index has of each, in its order.
fn by_session(connection: &Connection) -> Vec<(String, Vec<String>)> {
    let ids = strings(connection, "SELECT CAST(id AS TEXT) FROM sessions ORDER BY name");
    let found = ids.into_iter().map(|id| {
        let query = format!("SELECT at_ms, key FROM requests WHERE session = {id} ORDER BY at_ms, key");
        let plan = rows(connection, &format!("EXPLAIN QUERY PLAN {query}")).concat();
        assert!(plan.contains("USING COVERING INDEX requests_by_session"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "the index gives the order: {plan}");
        let name = strings(connection, &format!("SELECT hex(name) FROM sessions WHERE id = {id}")).concat();
        (name, rows(connection, &query))
    });
    found.collect()
}

fn same(imported: &mut Ledger, applied: &mut Ledger, told: &[&[Record]]) -> Result<(), TestCaseError> {
    for ledger in [&mut *imported, &mut *applied] {
        let found = ledger.verify(PriceTable::bundled()).expect("a report");
        prop_assert!(found.is_sound(), "{:?}", found);
        let mut names = names::Names::new(&ledger.connection);
        for record in told.iter().copied().flatten() {
            prop_assert!(requests::find(&mut names, record.key).expect("an answer").is_some());
        }
    }
    prop_assert_eq!(contents(&imported.connection), contents(&applied.connection));
    prop_assert_eq!(by_session(&imported.connection), by_session(&applied.connection));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_import_gives_the_rows_that_applying_gives([first, later] in batches()) {
        let prices = PriceTable::bundled();
        let ((_one, mut imported), (_other, mut applied)) = (new_ledger(), new_ledger());
        let by_import = import(&mut imported.connection, &batch(&first), prices).expect("an import");
        let by_import = by_import.expect("the form of a new file");
        let by_apply = applied.apply(&batch(&first), prices).expect("a batch");
        prop_assert_eq!(by_import.new_messages, by_apply.new_messages);
        prop_assert_eq!(by_import.duplicates, by_apply.duplicates);
        same(&mut imported, &mut applied, &[&first])?;

        let by_import = imported.apply(&batch(&later), prices).expect("a batch");
        let by_apply = applied.apply(&batch(&later), prices).expect("a batch");
        prop_assert_eq!(by_import.new_messages, by_apply.new_messages);
        prop_assert_eq!(by_import.changes.len(), by_apply.changes.len());
        same(&mut imported, &mut applied, &[&first, &later])?;

        imported.compact().expect("room");
        applied.compact().expect("room");
        same(&mut imported, &mut applied, &[&first, &later])?;
    }
}
