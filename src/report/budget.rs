//! Budgets: how much of each is spent, and the projection to the end of its period. Used by the status line, `cco
//! budget`, reports and budget alerts.
//!
//! Invariant: pure and exact. A budget becomes near or over at exactly one picodollar. A project that was not read
//! has no status; it never appears as nothing spent.

use super::cost::{AT_LEAST, Cost};
use super::figures::percent;
use crate::config::{Budgets, Limits};
use crate::snapshot::{Period, Picodollars, Totals};
use crate::usage::{is_project_of, last_part};

/// The period of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Length {
    /// A day.
    Day,
    /// A week.
    Week,
    /// A calendar month.
    Month,
}

/// All periods, in the order of [`Spent`].
pub const LENGTHS: [Length; 3] = [Length::Day, Length::Week, Length::Month];

/// The part of a period that must pass before its rate is shown: a twelfth, two hours of a day.
const TELLING_PART: u128 = 12;

/// What was spent in the current day, week and month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Start and end (exclusive) of day, week and month, ms UTC.
    pub periods: [(i64, i64); 3],
    /// Spent by all projects, in each period.
    pub overall: [Cost; 3],
    /// Spent by project; `None` if projects were not read.
    pub projects: Option<Vec<ProjectSpent>>,
}

/// What one project spent in the current day, week and month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectSpent {
    /// The folder in `projects/`.
    pub key: std::sync::Arc<str>,
    /// The working folder, if known.
    pub path: Option<std::sync::Arc<str>>,
    /// Spent in each period.
    pub spent: [Cost; 3],
}

/// How much of a budget is used up; later variants are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Below the warning share.
    Within,
    /// Below the warning share as far as known: tokens of models without a price are not counted.
    Unpriced,
    /// The warning share is reached.
    Near,
    /// The limit is reached.
    Over,
}

/// A budget and what was spent of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The project pattern in the config file; `None` for the overall budget.
    pub project: Option<String>,
    /// The kind of period.
    pub length: Length,
    /// Start of the period, ms UTC.
    pub start_ms: i64,
    /// End of the period (exclusive), ms UTC.
    pub end_ms: i64,
    /// The amount spent.
    pub spent: Cost,
    /// The most that may be spent.
    pub limit: Picodollars,
    /// How much of it is used up.
    pub standing: Standing,
}

impl Length {
    /// `day`, `week` or `month`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

impl Standing {
    /// `within`, `unpriced`, `near` or `over`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Unpriced => "unpriced",
            Self::Near => "near",
            Self::Over => "over",
        }
    }

    fn of(spent: Cost, limit: Picodollars, warn_percent: u8) -> Self {
        match () {
            () if spent.amount >= limit => Self::Over,
            // Limits are at most a million USD, so only the amount spent can overflow.
            () if spent.amount.0.saturating_mul(100) >= limit.0.saturating_mul(warn_percent.into()) => {
                Self::Near
            }
            () if spent.is_partial() => Self::Unpriced,
            () => Self::Within,
        }
    }
}

impl Spent {
    /// The overall amounts from a snapshot, for the periods that were current when it was published.
    pub fn of_totals(totals: &Totals) -> Self {
        let periods = [totals.today(), totals.this_week(), totals.this_month()];
        Self {
            periods: periods.each_ref().map(|period: &Period| (period.start, period.end)),
            overall: periods.each_ref().map(|period| Cost::from(&period.counters)),
            projects: None,
        }
    }

    /// The status of all budgets at `now_ms` (ms UTC): overall budgets first, then project budgets in the order of
    /// the config file. Leaves out periods that do not contain `now_ms`.
    pub fn against(&self, budgets: &Budgets, now_ms: i64) -> Vec<Status> {
        let mut statuses = Vec::new();
        let mut add = |project: Option<&str>, limits: &Limits, spent: &[Cost; 3]| {
            let limits = [limits.daily, limits.weekly, limits.monthly];
            for (index, limit) in limits.into_iter().enumerate() {
                let (start_ms, end_ms) = self.periods[index];
                let Some(limit) = limit.filter(|_| start_ms <= now_ms && now_ms < end_ms) else { continue };
                statuses.push(Status {
                    project: project.map(str::to_owned),
                    length: LENGTHS[index],
                    start_ms,
                    end_ms,
                    spent: spent[index],
                    limit,
                    standing: Standing::of(spent[index], limit, budgets.warn_percent),
                });
            }
        };
        add(None, &budgets.overall, &self.overall);
        if let Some(projects) = &self.projects {
            for (pattern, limits) in &budgets.projects {
                let mut spent = [Cost::default(); 3];
                for project in projects.iter().filter(|project| project.is_meant_by(pattern)) {
                    for (sum, part) in spent.iter_mut().zip(project.spent) {
                        *sum = *sum + part;
                    }
                }
                add(Some(pattern), limits, &spent);
            }
        }
        statuses
    }
}

impl ProjectSpent {
    /// Whether a pattern matches this project: its key, its path or the last part of its path.
    pub fn is_meant_by(&self, pattern: &str) -> bool {
        if is_project_of(&self.key, self.path.as_deref(), pattern) {
            return true;
        }
        let path = self.path.as_deref().unwrap_or_default();
        [&*self.key, path, last_part(path)].iter().any(|name| !name.is_empty() && is_like(name, pattern))
    }
}

impl Status {
    /// The spent share of the limit in whole percent, rounded down, so 100 means the limit is reached.
    pub fn percent(&self) -> u128 {
        self.spent.amount.0.saturating_mul(100) / self.limit.0.max(1)
    }

    /// The spent share of the limit, as people read it, with a mark if tokens without a price are missing in it.
    pub fn share(&self) -> String {
        percent(self.spent.amount.0, self.limit.0) + self.mark()
    }

    /// After a share that leaves out tokens without a price.
    pub fn mark(&self) -> &'static str {
        if self.spent.is_partial() { AT_LEAST } else { "" }
    }

    /// The amount at the end of the period if spending continues at the same rate; `None` until enough of the period is
    /// over to tell a rate: one request in its first minute says nothing about a day.
    pub fn projection(&self, now_ms: i64) -> Option<Cost> {
        let whole = u128::from((self.end_ms - self.start_ms).unsigned_abs());
        let gone = u128::try_from(now_ms - self.start_ms).ok();
        let gone = gone.filter(|gone| *gone > 0 && gone.saturating_mul(TELLING_PART) >= whole)?;
        let amount = self.spent.amount.0.saturating_mul(whole).saturating_add(gone / 2) / gone;
        Some(self.spent.scaled_to(Picodollars(amount)))
    }

    /// `daily`, `weekly` or `monthly`, and the project if there is one.
    pub fn name(&self) -> String {
        let length = match self.length {
            Length::Day => "daily",
            Length::Week => "weekly",
            Length::Month => "monthly",
        };
        match &self.project {
            Some(project) => format!("{length}, {project}"),
            None => length.to_owned(),
        }
    }
}

/// The most used-up budget: the worst standing, then the largest share spent.
pub fn worst(statuses: &[Status]) -> Option<&Status> {
    statuses.iter().max_by_key(|status| (status.standing, status.percent()))
}

/// Whether a name matches a pattern: `*` matches any characters, `?` matches one.
fn is_like(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<char>, Vec<char>) = (name.chars().collect(), pattern.chars().collect());
    let (mut at, mut place) = (0, 0);
    // The last star, and how many characters it covers. If the rest does not match, it covers one more.
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match (pattern.get(place), star) {
            (Some('*'), _) => {
                star = Some((place, at));
                place += 1;
            }
            (Some(letter), _) if *letter == '?' || *letter == name[at] => {
                at += 1;
                place += 1;
            }
            (_, Some((star_place, reach))) => {
                star = Some((star_place, reach + 1));
                place = star_place + 1;
                at = reach + 1;
            }
            (_, None) => return false,
        }
    }
    pattern[place..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    fn budgets(daily: u128, projects: &[(&str, u128)]) -> Budgets {
        let limits = |daily| Limits { daily: Some(Picodollars(daily)), ..Limits::default() };
        let projects = projects.iter().map(|(name, daily)| ((*name).to_owned(), limits(*daily))).collect();
        Budgets { overall: limits(daily), projects, ..Budgets::default() }
    }

    fn spent(amount: u128) -> Spent {
        Spent { periods: [(0, DAY_MS); 3], overall: [Picodollars(amount).into(); 3], projects: None }
    }

    fn project(key: &str, path: Option<&str>, amount: u128) -> ProjectSpent {
        ProjectSpent { key: key.into(), path: path.map(Into::into), spent: [Picodollars(amount).into(); 3] }
    }

    #[test]
    fn a_limit_is_reached_at_exactly_one_picodollar() {
        const USD_20: u128 = 20_000_000_000_000;
        for (amount, standing, percent) in [
            (0, Standing::Within, 0),
            (USD_20 / 5 * 4 - 1, Standing::Within, 79),
            (USD_20 / 5 * 4, Standing::Near, 80),
            (USD_20 - 1, Standing::Near, 99),
            (USD_20, Standing::Over, 100),
            (USD_20 + 1, Standing::Over, 100),
            (u128::MAX, Standing::Over, u128::MAX / USD_20),
        ] {
            let statuses = spent(amount).against(&budgets(USD_20, &[]), 1);
            let [status] = &statuses[..] else { panic!("{statuses:?}") };
            assert_eq!((status.standing, status.percent()), (standing, percent), "{amount}");
        }
    }

    #[test]
    fn a_budget_is_not_kept_if_used_models_have_no_price() {
        let standing = |amount, unpriced_tokens| {
            let spent = Cost { amount: Picodollars(amount), unpriced_tokens, ..Cost::default() };
            let spent = Spent { overall: [spent; 3], ..self::spent(0) };
            spent.against(&budgets(100, &[]), 1)[0].standing
        };
        assert_eq!(
            [standing(0, 0), standing(0, 1), standing(79, 1)],
            [Standing::Within, Standing::Unpriced, Standing::Unpriced]
        );
        // What is known is enough to judge these.
        assert_eq!([standing(80, 1), standing(100, 1)], [Standing::Near, Standing::Over]);
    }

    #[test]
    fn a_period_that_is_over_has_no_status() {
        let at = |now_ms| spent(5).against(&budgets(1, &[]), now_ms).len();
        assert_eq!([at(-1), at(0), at(DAY_MS - 1), at(DAY_MS)], [0, 1, 1, 0]);
    }

    #[test]
    fn a_projects_budget_sums_all_projects_that_match() {
        let projects = Some(vec![
            project("-h-code-api", Some("/h/code/api"), 3),
            project("-h-code-web", Some("/h/code/web"), 4),
            project("-h-notes", Some("/h/notes"), 100),
            project("-h-lost", None, 1_000),
        ]);
        let spent = Spent { projects, ..spent(1_107) };
        let patterns = [("/h/code/*", 10), ("api", 10), ("-h-code-web", 10), ("*lost", 10), ("h", 10)];
        let statuses = spent.against(&budgets(1, &patterns), 1);
        let amounts: Vec<_> = statuses.iter().skip(1).map(|status| status.spent.amount.0).collect();
        assert_eq!(amounts, [7, 3, 4, 1_000, 0]);
        assert_eq!(worst(&statuses).map(|status| status.spent.amount.0), Some(1_107));
    }

    #[test]
    fn projects_that_were_not_read_have_no_status() {
        assert_eq!(spent(5).against(&budgets(10, &[("x", 1)]), 1).len(), 1);
    }

    #[test]
    fn a_projection_continues_at_the_same_rate() {
        let statuses = spent(10).against(&budgets(100, &[]), 1);
        assert_eq!(statuses[0].projection(DAY_MS / 4), Some(Picodollars(40).into()));
        assert_eq!(statuses[0].projection(DAY_MS / 12), Some(Picodollars(120).into()));
    }

    #[test]
    fn a_period_that_has_hardly_begun_has_no_projection() {
        let statuses = spent(10).against(&budgets(100, &[]), 1);
        for now_ms in [-1, 0, 1, 60_000, DAY_MS / 12 - 1] {
            assert_eq!(statuses[0].projection(now_ms), None, "{now_ms}");
        }
    }

    #[test]
    fn a_star_matches_any_characters_and_a_question_mark_one() {
        for (name, pattern, expected) in [
            ("abc", "abc", true),
            ("abc", "a*", true),
            ("abc", "*c", true),
            ("abcbc", "a*bc", true),
            ("abc", "a?c", true),
            ("abc", "a?", false),
            ("abc", "b*", false),
            ("", "*", true),
            ("é/b", "?/*", true),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "a*a*a*a*a*a*a*a*c", false),
        ] {
            assert_eq!(is_like(name, pattern), expected, "{name} {pattern}");
        }
    }
}
