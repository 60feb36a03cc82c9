//! Sums do not depend on order, and taking back what was added leaves no trace.

use proptest::prelude::*;

use super::*;
use crate::snapshot::Picodollars;

#[derive(Clone, Debug)]
struct Request {
    at: i64,
    session: Arc<str>,
    project: Arc<str>,
    model: &'static str,
    n: u64,
}

impl Request {
    fn contribution(&self) -> Contribution<'_> {
        Contribution {
            first_ms: self.at,
            last_ms: self.at,
            session: &self.session,
            project: &self.project,
            model: self.model,
            counters: Counters {
                requests: 1,
                output_tokens: self.n,
                cost: Picodollars(u128::from(self.n)),
                ..Counters::default()
            },
        }
    }
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let request = (0..8i64, -1..2i64, 0..4u8, 0..3u8, 0..3usize, any::<u32>()).prop_map(
        |(quarter, edge, session, project, model, n)| Request {
            at: quarter * QUARTER_MS + edge,
            session: format!("s{session}").into(),
            project: format!("p{project}").into(),
            model: ["a", "b", "c"][model],
            n: n.into(),
        },
    );
    proptest::collection::vec(request, 0..40)
}

fn summed(requests: &[Request]) -> Aggregates {
    let mut sums = Aggregates::default();
    requests.iter().for_each(|request| sums.add(&request.contribution()));
    sums
}

type Contents = (Counters, BTreeMap<String, String>);

fn contents(sums: &Aggregates) -> Contents {
    let mut rows = BTreeMap::new();
    for (key, row) in &sums.models.rows {
        rows.insert(format!("model {key}"), format!("{row:?}"));
    }
    for (key, row) in &sums.projects.rows {
        rows.insert(format!("project {key}"), format!("{row:?}"));
    }
    for (key, row) in &sums.sessions.rows {
        rows.insert(format!("session {key}"), format!("{row:?}"));
    }
    for (key, row) in &sums.quarters {
        rows.insert(format!("quarter {key}"), format!("{row:?}"));
    }
    (sums.totals, rows)
}

proptest! {
    #[test]
    fn the_order_of_requests_does_not_matter(requests in requests(), seed in any::<u64>()) {
        let mut shuffled = requests.clone();
        shuffled.sort_by_key(|request| request.n.wrapping_mul(seed | 1) ^ u64::from_ne_bytes(request.at.to_ne_bytes()));
        prop_assert_eq!(contents(&summed(&requests)), contents(&summed(&shuffled)));
    }

    #[test]
    fn what_is_taken_back_leaves_no_counts(kept in requests(), extra in requests()) {
        let mut sums = summed(&kept);
        extra.iter().for_each(|request| sums.add(&request.contribution()));
        for request in &extra {
            sums.subtract(&request.contribution()).unwrap();
        }
        let expected = summed(&kept);
        prop_assert_eq!(sums.totals(), expected.totals());
        prop_assert_eq!(&sums.models.rows, &expected.models.rows);
        for (table, expected) in [(&sums.sessions, &expected.sessions), (&sums.projects, &expected.projects)] {
            prop_assert_eq!(table.rows.len(), expected.rows.len());
            for (key, row) in &table.rows {
                prop_assert_eq!(row.counters, expected.rows[key].counters);
            }
        }
        prop_assert_eq!(sums.quarters.len(), expected.quarters.len());
        for (start, quarter) in &sums.quarters {
            prop_assert_eq!(quarter.counters, expected.quarters[start].counters);
            prop_assert_eq!(quarter.on_the_mark, expected.quarters[start].on_the_mark);
        }
    }

    #[test]
    fn quarters_add_up_to_the_whole(requests in requests()) {
        let sums = summed(&requests);
        prop_assert_eq!(sums.between(-QUARTER_MS, 10 * QUARTER_MS), sums.totals());
        let half = 4 * QUARTER_MS;
        prop_assert_eq!(sums.between(-QUARTER_MS, half) + sums.between(half, 10 * QUARTER_MS), sums.totals());
    }
}

#[test]
fn changes_name_what_changed_and_only_once() {
    let request = Request { at: 5, session: "s".into(), project: "p".into(), model: "m", n: 1 };
    let mut sums = summed(&[request.clone(), request.clone()]);
    let changes = sums.take_changes();
    assert_eq!((changes.models.len(), changes.sessions.len(), changes.quarters), (1, 1, vec![0]));
    assert!(sums.take_changes().quarters.is_empty());
    sums.subtract(&request.contribution()).unwrap();
    sums.subtract(&request.contribution()).unwrap();
    assert_eq!(&*sums.take_changes().models, &["m".into()]);
    assert!(sums.model("m").is_none() && sums.session("s").is_none());
}

#[test]
fn a_sum_never_falls_below_zero() {
    let request = |n, model| Request { at: 5, session: "s".into(), project: "p".into(), model, n };
    let subtracted = |from: &[Request], taken: Request| {
        let mut sums = summed(from);
        sums.subtract(&taken.contribution()).map(|()| sums.totals().output_tokens)
    };
    assert_eq!(subtracted(&[request(2, "m"), request(3, "m")], request(2, "m")), Ok(3));
    assert_eq!(subtracted(&[], request(0, "m")), Err(BelowZero));
    assert_eq!(subtracted(&[request(1, "m")], request(2, "m")), Err(BelowZero));
    assert_eq!(
        subtracted(&[request(1, "m"), request(9, "n")], request(2, "m")),
        Err(BelowZero),
        "of one model"
    );
}
