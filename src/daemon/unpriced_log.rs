//! Names models without a price in the publisher's log, when they are first used.
//!
//! Invariant: a run of the publisher names a model once. It reads the snapshot like any other reader, the model names only
//! if there are more tokens without a price than before. Used by `run`.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::plain_text;
use crate::report::tables::by_cost;
use crate::report::{View, Want};

/// Least time between looks.
const CHECK_EVERY: Duration = Duration::from_secs(10);

/// The models that were named.
#[derive(Debug, Default)]
pub(super) struct UnpricedLog {
    named: BTreeSet<String>,
    tokens: u64,
    checked: Option<Instant>,
}

impl UnpricedLog {
    /// Logs what is new in the snapshot, at most every ten seconds.
    pub(super) fn look(&mut self, snapshot: &Path) {
        if self.checked.is_some_and(|checked| checked.elapsed() < CHECK_EVERY) {
            return;
        }
        self.checked = Some(Instant::now());
        for model in self.new_models(snapshot) {
            tracing::warn!(
                "no price for {}: its tokens are in no cost; to add one: cco prices --unpriced",
                plain_text::name(&model)
            );
        }
    }

    /// Models without a price that were not named yet; none if the snapshot cannot be read, as the publisher says that
    /// itself.
    fn new_models(&mut self, snapshot: &Path) -> Vec<String> {
        let now = jiff::Timestamp::now().as_millisecond();
        let Ok(view) = View::once(snapshot, Want::Totals, now) else { return Vec::new() };
        let before = std::mem::replace(&mut self.tokens, view.totals.all_time().unpriced_tokens);
        if self.tokens <= before {
            return Vec::new();
        }
        let Ok(view) = View::once(snapshot, Want::Tables, now) else { return Vec::new() };
        let Some(frame) = &view.frame else { return Vec::new() };
        let unpriced = by_cost(frame).into_iter().filter(|row| row.counters.unpriced_tokens > 0);
        let models = unpriced.map(|row| frame.name(row.name).to_owned());
        models.filter(|model| self.named.insert(model.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Counters, ModelRow, Publication, Writer, WriterOptions};

    #[test]
    fn a_model_without_a_price_is_named_once_and_a_further_one_when_it_comes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.snapshot");
        let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "1".into() };
        let mut writer = Writer::open(&path, options).unwrap();
        let mut publish = |models: &[(&str, u64)]| {
            let draft = writer.draft();
            for (name, unpriced_tokens) in models {
                let name = draft.intern(name);
                let counters = Counters { unpriced_tokens: *unpriced_tokens, ..Counters::default() };
                draft.push(&ModelRow { name, counters, ..ModelRow::default() });
            }
            let unpriced_tokens = models.iter().map(|(_, tokens)| tokens).sum();
            let totals = Counters { unpriced_tokens, ..Counters::default() };
            writer.commit(&Publication { totals, ..Publication::default() }).unwrap();
        };
        let mut log = UnpricedLog::default();
        publish(&[("known", 0)]);
        assert!(log.new_models(&path).is_empty());
        publish(&[("known", 0), ("mystery-9", 5)]);
        assert_eq!(log.new_models(&path), ["mystery-9"]);
        publish(&[("known", 0), ("mystery-9", 9)]);
        assert!(log.new_models(&path).is_empty());
        publish(&[("mystery-9", 9), ("mystery-10", 1)]);
        assert_eq!(log.new_models(&path), ["mystery-10"]);
    }
}
