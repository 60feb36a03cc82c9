//! Writes one session: its transcript and those of its subagents and its fork.
//!
//! Invariant: requests are shared only within a family, so its truth can be counted independently.

use std::path::PathBuf;

use fastrand::Rng;

use crate::era::{Era, Version};
use crate::made::Made;
use crate::plan::Family;
use crate::pool::Pool;
use crate::random::whole;
use crate::session::{Session, encoded, project_cwd};
use crate::transcript::Transcript;
use crate::truth::Tally;

/// A transcript and its path.
pub(crate) struct File {
    /// Relative to the corpus folder.
    pub(crate) path: PathBuf,
    pub(crate) transcript: Transcript,
}

/// Milliseconds between two lines of a session, unless the session would not fit into the time range.
const STEP_MS: i64 = 4_000;

impl Family {
    /// Generates the transcripts of a session within `range_ms`.
    pub(crate) fn write(&self, range_ms: &std::ops::Range<i64>, pool: &Pool) -> (Vec<File>, Made) {
        let mut rng = Rng::with_seed(self.seed);
        let mut tally = Tally::default();
        let mut sizes = self.sizes;
        let longest = self.subagents.iter().copied().fold(self.lines + self.fork.unwrap_or(0), usize::max);
        let lines = i64::try_from(longest).unwrap_or(i64::MAX / 4);
        let covered = range_ms.end - range_ms.start;
        // Lines are at most two steps apart. Subagents start with the session; the fork starts after it.
        let step_ms = STEP_MS.min(covered / (4 * lines)).max(1);
        let room = (covered - 2 * step_ms * lines).max(0);
        let start_ms = range_ms.start + i64::try_from(whole(self.start_share * room as f64)).unwrap_or(0);

        let version = Version::at(self.start_share, &mut rng);
        let session = Session::new(project_cwd(self.project), version, self.model_share, &mut rng);
        let project = PathBuf::from("projects").join(encoded(&session.cwd));
        let mut files = Vec::new();

        let mut echoes = Vec::new();
        for &lines in &self.subagents {
            let agent = session.subagent(&mut rng);
            let folder = match session.version.era {
                Era::First => project.join(&session.id),
                _ => project.join(&session.id).join("subagents"),
            };
            let name = agent.agent.clone().unwrap_or_default();
            let mut transcript = Transcript::new(agent, start_ms, step_ms, rng.fork());
            let answers = transcript.write(lines, Vec::new(), &mut sizes, pool, &mut tally);
            if session.version.era == Era::Second {
                echoes.extend(answers);
            }
            files.push(File { path: folder.join(format!("agent-{name}.jsonl")), transcript });
        }

        let mut main = Transcript::new(session.clone(), start_ms, step_ms, rng.fork());
        main.write(self.lines, echoes, &mut sizes, pool, &mut tally);

        let fork = self.fork.map(|lines| {
            let mut fork = Transcript::new(session.fork(&mut rng), main.now_ms, step_ms, rng.fork());
            fork.copy(&main, lines * 6 / 10, &mut tally);
            fork.write(lines, Vec::new(), &mut sizes, pool, &mut tally);
            fork
        });
        files.extend([main].into_iter().chain(fork).map(|transcript| File {
            path: project.join(format!("{}.jsonl", transcript.session.id)),
            transcript,
        }));

        let mut made = Made { truth: tally.truth(), ..Made::default() };
        for file in &files {
            made.add(&file.transcript.made());
        }
        (files, made)
    }
}
