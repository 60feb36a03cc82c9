//! Sums that are kept in step with a ledger are those that would be loaded from it.

use proptest::prelude::*;

use super::*;
use crate::ledger::Intake;
use crate::period::QUARTER_MS;
use crate::pricing::PriceTable;
use crate::publish::aggregate::{Activity, Changes, Quarter};
use crate::snapshot::Counters;
use crate::usage::{Home, Iteration, Key, Rare, Record, Tokens};

const SESSIONS: [&str; 3] = ["s1", "s2", "s3"];
const PROJECTS: [&str; 3] = ["-", "-p", "-q"];
const MODELS: [&str; 4] = ["claude-opus-5", "claude-haiku-4-5", "made-up", ""];

/// Records of few requests at few times, so that most merge with others, change what these said, and move
/// them to another time, session, project and model.
fn record() -> impl Strategy<Value = Record> {
    let at = (0..6i64, prop::sample::select(vec![-1, 0, 0, 1, 500]));
    let home = (any::<bool>(), 0..SESSIONS.len(), 0..PROJECTS.len());
    let iterations = prop::collection::vec((0..MODELS.len(), 0..50u64), 0..3);
    (0..12u128, at, home, 0..MODELS.len(), 0..200u64, any::<bool>(), iterations).prop_map(
        |(key, (quarter, edge), (copied, session, project), model, output, is_final, iterations)| {
            let iterations = iterations.into_iter().map(|(model, input)| Iteration {
                model: MODELS[model].into(),
                tokens: Tokens { input, ..Tokens::default() },
            });
            let rare = Rare { iterations: iterations.collect(), recorded_cost: None };
            Record {
                key: Key(key),
                at_ms: quarter * QUARTER_MS + edge,
                home: Arc::new(Home {
                    copied,
                    sidechain: false,
                    session: SESSIONS[session].into(),
                    project: PROJECTS[project].into(),
                }),
                model: MODELS[model].into(),
                terms: Arc::default(),
                tokens: Tokens { output, input: 5, thinking: output / 2, ..Tokens::default() },
                dimensions: Arc::default(),
                is_final,
                rare: (rare != Rare::default()).then(|| Box::new(rare)),
            }
        },
    )
}

#[derive(Debug, PartialEq)]
struct Contents {
    totals: Counters,
    models: Vec<Option<Counters>>,
    projects: Vec<Option<Activity>>,
    sessions: Vec<Option<Activity>>,
    quarters: Vec<(i64, Quarter)>,
}

fn contents(sums: &Aggregates) -> Contents {
    let models = MODELS.iter().map(|&model| if model.is_empty() { "unknown" } else { model });
    Contents {
        totals: sums.totals(),
        models: models.map(|model| sums.model(model).copied()).collect(),
        projects: PROJECTS.iter().map(|project| sums.project(project).cloned()).collect(),
        sessions: SESSIONS.iter().map(|session| sums.session(session).cloned()).collect(),
        quarters: sums.quarters(i64::MIN, i64::MAX).map(|(start, quarter)| (start, *quarter)).collect(),
    }
}

/// The contents, and that what differs from earlier ones is among the changes.
fn changed(before: &Contents, after: &Contents, changes: &Changes) -> bool {
    let named = |names: &[Arc<str>], name: &str| names.iter().any(|changed| **changed == *name);
    let models = (0..MODELS.len()).filter(|&at| before.models[at] != after.models[at]);
    let mut projects = (0..PROJECTS.len()).filter(|&at| before.projects[at] != after.projects[at]);
    let mut sessions = (0..SESSIONS.len()).filter(|&at| before.sessions[at] != after.sessions[at]);
    let models = models.map(|at| if MODELS[at].is_empty() { "unknown" } else { MODELS[at] });
    let quarters = before.quarters.iter().chain(&after.quarters);
    let mut quarters = quarters
        .filter(|quarter| !before.quarters.contains(quarter) || !after.quarters.contains(quarter))
        .map(|(start, _)| *start);
    models.into_iter().all(|model| named(&changes.models, model))
        && projects.all(|at| named(&changes.projects, PROJECTS[at]))
        && sessions.all(|at| named(&changes.sessions, SESSIONS[at]))
        && quarters.all(|start| changes.quarters.contains(&start))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn sums_kept_over_any_batches_are_those_loaded_afterwards(
        batches in prop::collection::vec(prop::collection::vec(record(), 1..8), 1..12),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
        let mut sums = Aggregates::default();
        for records in &batches {
            let before = contents(&sums);
            sums.take_changes();
            let batch = Intake { records: records.iter().collect(), ..Intake::default() };
            let applied = ledger.apply(&batch, PriceTable::bundled()).unwrap();
            apply(&mut sums, &applied.changes, &ledger).unwrap();
            let after = contents(&sums);
            prop_assert_eq!(&after, &contents(&load(&ledger).unwrap()));
            prop_assert!(changed(&before, &after, &sums.take_changes()));
        }
    }
}
