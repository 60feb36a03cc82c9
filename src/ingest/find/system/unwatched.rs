//! A system whose watching is not used: every folder is refused, and only wakes end a wait.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Event, Id, Obstacle, Refusal, Waker};

/// Waits for wakes.
#[derive(Debug, Default)]
pub(in super::super) struct System {
    waker: Waker,
}

impl System {
    pub(in super::super) fn new() -> Self {
        Self::default()
    }

    pub(in super::super) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    pub(in super::super) fn add(&mut self, _folder: &Path) -> Result<Id, Refusal> {
        Err(Refusal::Obstacle(Obstacle::Unsupported))
    }

    pub(in super::super) fn remove(&mut self, _id: Id) {}

    /// Waits until it is woken, or until then. Says whether it was woken.
    pub(in super::super) fn wait(&mut self, until: Option<Instant>, _take: impl FnMut(Event<'_>)) -> bool {
        let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
        self.waker.wait(left);
        self.waker.was_used()
    }
}
