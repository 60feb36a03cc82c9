//! What the guard says: which figure, which bound, when it ends, how to go on.
//!
//! Invariant: a message is whole sentences, each figure on its own line, and names in it are safe to show.

use super::judged::{Judged, Scope};
use crate::report::figures::{dollars, span};
use crate::snapshot::Picodollars;

/// Why it stops: each figure that has reached its stop, and how to go on. `raise` says where its stop can be raised.
pub fn stopped(judged: &[&Judged], now: i64, raise: impl Fn(Scope) -> String) -> String {
    let mut lines: Vec<_> = judged
        .iter()
        .map(|judged| {
            let limit = judged.bounds.stop.map(dollars).unwrap_or_default();
            format!("cco guard: {}; the limit is {limit}.{}", judged.spent(), judged.end(now))
        })
        .collect();
    let raise: Vec<_> = judged.iter().map(|judged| raise(judged.figure.scope)).collect();
    lines.push(format!(
        "To let one more prompt through, run this in a terminal, then send it again: cco guard pass. \
         To raise the limit, which holds at once: {}.",
        raise.join("; ")
    ));
    lines.join("\n")
}

/// Says that a figure reached its warning.
pub fn warned(judged: &Judged, now: i64) -> String {
    let at = judged.bounds.warn.map(dollars).unwrap_or_default();
    let stop = match judged.bounds.stop {
        Some(stop) => format!(", and it stops at {}", dollars(stop)),
        None => String::new(),
    };
    format!("cco guard: {}; you asked to be warned at {at}{stop}.{}", judged.spent(), judged.end(now))
}

impl Judged {
    /// `this session cost $5.10`, and what the amount leaves out.
    fn spent(&self) -> String {
        let figure = &self.figure;
        let cost = figure.spent;
        let what = match figure.scope {
            Scope::Session => format!("this session cost {cost}"),
            Scope::Day => format!("today cost {cost}"),
            Scope::Block => format!("this 5-hour block cost {cost}"),
            Scope::Project => format!("the project {} cost {cost} today", figure.subject),
        };
        let mut missing = Vec::new();
        missing.extend(cost.is_marked().then_some("~ at least, because output counts are missing"));
        missing.extend(cost.is_partial().then_some("models without a price are left out"));
        let missing = if missing.is_empty() { String::new() } else { format!(" ({})", missing.join("; ")) };
        let ahead = match self.ahead {
            Picodollars::ZERO => String::new(),
            ahead => format!(", and changing the model writes its cache again for about {}", dollars(ahead)),
        };
        format!("{what}{missing}{ahead}")
    }

    /// When its period is over.
    fn end(&self, now: i64) -> String {
        let left = |end: i64| span(u64::try_from(end.saturating_sub(now)).unwrap_or(0));
        match (self.figure.scope, self.figure.end_ms) {
            (Scope::Block, Some(end)) => format!(" The block ends in {}.", left(end)),
            (_, Some(end)) => format!(" The day ends in {}.", left(end)),
            (_, None) => " A new session (/clear) begins at $0.00.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Bounds, Guard};
    use crate::report::cost::Cost;
    use crate::report::guard::judged::Figure;

    const CENT: u128 = 10_000_000_000;

    fn judged(scope: Scope, spent: Cost, end_ms: Option<i64>, ahead: u128) -> Judged {
        let bounds = Bounds { warn: Some(Picodollars(500 * CENT)), stop: Some(Picodollars(1500 * CENT)) };
        let guard = Guard { session: bounds, day: bounds, block: bounds, project: bounds, is_strict: false };
        let figure = Figure { scope, subject: "/h/api".into(), spent, start_ms: 0, end_ms };
        Judged::of(figure, &guard, Picodollars(ahead)).unwrap()
    }

    #[test]
    fn a_stop_says_which_figure_which_limit_when_it_ends_and_how_to_go_on() {
        let cost = Cost::from(Picodollars(1532 * CENT));
        let session = judged(Scope::Session, cost, None, 0);
        let day = judged(Scope::Day, cost, Some(12_000_000), 0);
        let said = stopped(&[&session, &day], 0, |scope| format!("raise {}.stop", scope.name()));
        assert_eq!(
            said,
            "cco guard: this session cost $15.32; the limit is $15.00. A new session (/clear) begins at $0.00.\n\
             cco guard: today cost $15.32; the limit is $15.00. The day ends in 3h 20m.\n\
             To let one more prompt through, run this in a terminal, then send it again: cco guard pass. To raise the \
             limit, which holds at once: raise session.stop; raise day.stop."
        );
    }

    #[test]
    fn a_warning_says_what_is_missing_in_the_figure_and_what_is_about_to_be_spent() {
        let partial = Cost { amount: Picodollars(600 * CENT), unpriced_tokens: 9, is_provisional: true };
        let block = judged(Scope::Block, partial, Some(60_000), 81 * CENT);
        assert_eq!(
            warned(&block, 0),
            "cco guard: this 5-hour block cost ~$6.00+ (~ at least, because output counts are missing; models without a \
             price are left out), and changing the model writes its cache again for about $0.81; you asked to be warned \
             at $5.00, and it stops at $15.00. The block ends in 1m."
        );
        let project = judged(Scope::Project, Picodollars(600 * CENT).into(), Some(0), 0);
        assert!(warned(&project, 5).contains("the project /h/api cost $6.00 today"));
    }
}
