//! Decides what to write and where, before anything is written.
//!
//! Invariant: one thread makes the plan, from the spec alone. After that, families are independent of each
//! other, so any number of threads writes the same bytes.

use fastrand::Rng;

use crate::random::{even_share, weighted, whole};
use crate::spec::{InvalidSpec, Spec};
use crate::transcript::{OTHER_SIZES, SizeCursor, USAGE_SHARE, USAGE_SIZES};

/// A session with its subagents and possibly a fork: the transcripts that share requests.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    pub(crate) seed: u64,
    /// Where in the time range it starts (0 to 1), and where in the shares of models it is. Both are evenly
    /// spread, so old versions and rare models occur in small corpora too.
    pub(crate) start_share: f64,
    pub(crate) model_share: f64,
    pub(crate) project: usize,
    /// Lines of the main transcript.
    pub(crate) lines: usize,
    /// Lines of each subagent's transcript.
    pub(crate) subagents: Vec<usize>,
    /// Lines of the fork's transcript, including copies.
    pub(crate) fork: Option<usize>,
    /// Where it starts in the size distributions.
    pub(crate) sizes: SizeCursor,
}

/// The whole plan.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) families: Vec<Family>,
    pub(crate) range_ms: std::ops::Range<i64>,
}

/// How many subagents a session has: weight, (fewest, most).
const SUBAGENTS: &[(u32, (usize, usize))] = &[(50, (0, 0)), (25, (1, 2)), (17, (3, 5)), (8, (6, 14))];

/// One session in this many is forked.
const FORKED: usize = 16;

/// The fewest lines of a transcript.
const MIN_LINES: usize = 2;

impl Plan {
    pub(crate) fn new(spec: &Spec) -> Result<Self, InvalidSpec> {
        spec.check()?;
        let mut rng = Rng::with_seed(spec.seed);
        let mut families = Vec::new();
        let mut weights: Vec<f64> = Vec::with_capacity(spec.files);
        let mut left = spec.files;
        while left > 0 {
            left -= 1;
            let main = weight(&mut rng);
            weights.push(main);
            let (fewest, most) = weighted(&mut rng, SUBAGENTS);
            let subagents = rng.usize(fewest..=most).min(left);
            left -= subagents;
            weights.extend((0..subagents).map(|_| 0.1 * main + 0.2 * weight(&mut rng)));
            let fork = left > 0 && families.len() % FORKED == FORKED / 4;
            if fork {
                left -= 1;
                weights.push(main * 0.8);
            }
            families.push((subagents, fork));
        }

        let mean_bytes = USAGE_SHARE * USAGE_SIZES.mean() + (1.0 - USAGE_SHARE) * OTHER_SIZES.mean();
        let spare = spec.bytes as f64 / mean_bytes - (spec.files * MIN_LINES) as f64;
        let scale = spare.max(0.0) / weights.iter().sum::<f64>();
        // Carry each rounding remainder to the next transcript, so the sum is exact.
        let mut rest = 0.0;
        let mut lines = weights.iter().map(|weight| {
            let exact = weight * scale + rest;
            rest = exact.fract();
            MIN_LINES + usize::try_from(whole(exact)).unwrap_or(usize::MAX)
        });
        let mut lines = || lines.next().unwrap_or(MIN_LINES);

        let phase = rng.u64(..1 << 40);
        let mut before = 0;
        let count = families.len() as f64;
        let families = (families.into_iter().zip(0u64..))
            .map(|((subagents, fork), number)| {
                let family = Family {
                    seed: rng.u64(..),
                    start_share: (number as f64 + rng.f64()) / count,
                    model_share: even_share(phase + number),
                    project: project(spec.projects, &mut rng),
                    lines: lines(),
                    subagents: (0..subagents).map(|_| lines()).collect(),
                    fork: fork.then(&mut lines),
                    sizes: SizeCursor {
                        usage: phase + whole(before as f64 * USAGE_SHARE),
                        other: phase + whole(before as f64 * (1.0 - USAGE_SHARE)),
                    },
                };
                before += family.lines + family.subagents.iter().sum::<usize>() + family.fork.unwrap_or(0);
                family
            })
            .collect();
        Ok(Self { families, range_ms: spec.range_ms()? })
    }
}

/// The relative size of a session. A few sessions are a hundred times larger than most.
fn weight(rng: &mut Rng) -> f64 {
    1.0 / (rng.f64().powf(0.8) + 0.01)
}

/// The number of a project. Lower numbers are more frequent.
fn project(projects: usize, rng: &mut Rng) -> usize {
    let number = rng.f64().powi(2) * projects as f64;
    usize::try_from(whole(number)).unwrap_or(0).min(projects - 1)
}
