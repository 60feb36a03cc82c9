//! Sections of the config file as `cco config show` has them: a line of words each.
//!
//! Invariant: every setting changes its section's line, so nothing that can be configured is left out. `tests/config.rs`
//! changes each of those in the schema.

use std::time::Duration;

use crate::config::statusline::{CommandSettings, Thresholds};
use crate::config::{
    Alerts, Aliases, Bounds, Budgets, Command, Guard, Http, Keep, Limits, Monitor, Prices, StatusLine,
};
use crate::plain_text;
use crate::report::figures::{counted, dollars, span};
use crate::snapshot::Picodollars;

/// The theme, and what is the user's own.
pub(super) fn statusline(settings: &StatusLine) -> String {
    let StatusLine { theme, template, bar, separator, thresholds, margin, git, commands, commands_refused } =
        settings;
    let Thresholds { context, limits, session_cost, today_cost, block_cost } = thresholds;
    let own = [("template", template), ("bar", bar), ("separator", separator)];
    let own = own.into_iter().filter_map(|(name, text)| Some(format!("{name} {:?}", text.as_ref()?)));
    let pairs = [
        ("context", context),
        ("limits", limits),
        ("session_cost", session_cost),
        ("today_cost", today_cost),
        ("block_cost", block_cost),
    ];
    let pair = |(name, pair): (&str, &Option<[u64; 2]>)| {
        let [yellow, red] = (*pair)?;
        Some(format!("{name} from {yellow} and {red}"))
    };
    let theme = format!("theme {}", theme.as_deref().unwrap_or("default"));
    let mut all: Vec<_> = [theme].into_iter().chain(own).chain(pairs.into_iter().filter_map(pair)).collect();
    all.extend(margin.map(|columns| format!("margin {columns}")));
    all.extend(git.map(|git| format!("git every {} s, for {} ms", git.every_s, git.timeout_ms)));
    let words = |(name, command): (&String, &CommandSettings)| {
        let CommandSettings { run, timeout_ms, every_s } = command;
        format!("{{cmd:{name}}} runs {run:?} every {every_s} s, for {timeout_ms} ms")
    };
    all.extend(commands.iter().map(words));
    all.extend(commands_refused.clone());
    all.join(", ")
}

/// Where totals are served, and what is not as by default.
pub(super) fn http(settings: &Http) -> String {
    let Http { address, token_file, allow_plain_http, redact, hosts, metrics_names } = settings;
    let mut told = vec![address.clone().unwrap_or_else(|| "off".into())];
    told.extend(token_file.as_ref().map(|path| format!("token in {}", path.display())));
    told.extend(allow_plain_http.then(|| "other machines may connect".to_owned()));
    told.extend(redact.then(|| "names hidden".to_owned()));
    told.extend((!hosts.is_empty()).then(|| format!("as {}", hosts.join(", "))));
    told.extend(metrics_names.map(|names| format!("metrics as {} names them", names.word())));
    told.join("; ")
}

/// Where prices are from, and what the config file changes.
pub(super) fn prices(settings: &Prices) -> String {
    let Prices { file, own, aliases, batch_multiplier, web_searches_per_1000, .. } = settings;
    let mut told = match settings.table().collected() {
        Some(date) => vec![format!("bundled, from {date}")],
        None => vec!["bundled".to_owned()],
    };
    told.extend(
        file.as_ref().map(|(path, models)| {
            format!("{} from {}", counted(models.len() as u64, "model"), path.display())
        }),
    );
    for (count, noun) in [(own.len(), "model"), (aliases.len(), "alternative name")] {
        told.extend((count > 0).then(|| format!("{} from the config file", counted(count as u64, noun))));
    }
    told.extend(batch_multiplier.map(|factor| format!("batch requests ×{factor}")));
    told.extend(web_searches_per_1000.map(|price| format!("web searches {} per 1,000", dollars(price))));
    told.join("; ")
}

/// All limits, when one is near, and what is run then.
pub(super) fn budgets(settings: &Budgets) -> String {
    let Budgets { overall, projects, warn_percent, command, command_refused, command_timeout } = settings;
    let default = Budgets::default();
    let limits = |of: &str, limits: &Limits| {
        let each = [("a day", limits.daily), ("a week", limits.weekly), ("a month", limits.monthly)];
        let told =
            |(period, limit): (&str, Option<Picodollars>)| Some(format!("{of}{} {period}", dollars(limit?)));
        each.into_iter().filter_map(told).collect::<Vec<_>>()
    };
    let projects =
        projects.iter().flat_map(|(name, own)| limits(&format!("{}: ", plain_text::name(name)), own));
    let all: Vec<_> = limits("", overall).into_iter().chain(projects).collect();
    let mut told = vec![if all.is_empty() { "none".to_owned() } else { all.join(", ") }];
    told.extend((*warn_percent != default.warn_percent).then(|| format!("near from {warn_percent}%")));
    told.extend(command.as_ref().map(|command| format!("command {}", typed(command))));
    told.extend(patience(*command_timeout, default.command_timeout));
    told.extend(command_refused.clone());
    told.join("; ")
}

/// Which alerts there are, and how they are sent.
pub(super) fn alerts(settings: Option<&Alerts>) -> String {
    let Some(settings) = settings else { return "none".to_owned() };
    let Alerts { limit_percent, limit_pace, malformed_lines, stale, .. } = settings;
    let Alerts { desktop, command, command_refused, command_timeout, .. } = settings;
    let mut of = Vec::new();
    of.extend((*limit_percent > 0).then(|| format!("limits from {limit_percent}%")));
    of.extend(limit_pace.then(|| "limits by their pace".to_owned()));
    of.extend((*malformed_lines > 0).then(|| format!("{malformed_lines} malformed lines an hour")));
    of.extend(stale.then(|| "stale figures".to_owned()));
    of.push("spent budgets".to_owned());
    let mut by = vec!["log".to_owned()];
    by.extend(desktop.then(|| "desktop".to_owned()));
    by.extend(command.as_ref().map(|command| format!("command {}", typed(command))));
    let mut told = vec![of.join(", "), format!("in {}", by.join(", "))];
    told.extend(patience(*command_timeout, Alerts::default().command_timeout));
    told.extend(command_refused.clone());
    told.join("; ")
}

/// What is guarded, and from which cost on.
pub(super) fn guard(settings: &Guard) -> String {
    let Guard { session, day, block, project, is_strict } = settings;
    let each = [("a session", session), ("a day", day), ("a block", block), ("a project's day", project)];
    let bounds = |(of, bounds): (&str, &Bounds)| {
        let told = [("warn", bounds.warn), ("stop", bounds.stop)];
        let told = told.into_iter().filter_map(|(what, at)| Some(format!("{what} at {}", dollars(at?))));
        let told: Vec<_> = told.collect();
        (!told.is_empty()).then(|| format!("{of}: {}", told.join(", ")))
    };
    let mut told: Vec<_> = each.into_iter().filter_map(bounds).collect();
    if told.is_empty() {
        told.push("nothing".to_owned());
    }
    told.extend(is_strict.then(|| "strict".to_owned()));
    told.join("; ")
}

/// A command as the config file may have it.
fn typed(command: &Command) -> String {
    match command {
        Command::Shell(line) => format!("{line:?}"),
        Command::Program(words) => format!("{words:?}"),
    }
}

/// How long a command may take, if that is not as by default.
fn patience(timeout: Duration, default: Duration) -> Option<String> {
    let ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    (timeout != default).then(|| format!("ended after {}", span(ms)))
}

/// Theme and rate, and which keys are the user's own.
pub(super) fn monitor(settings: &Monitor) -> String {
    let Monitor { theme, symbols, rate, mouse, keys } = settings;
    let redraws = counted(u64::from(*rate), "redraw");
    let mut told = vec![format!("theme {}", theme.name()), format!("up to {redraws} a second")];
    told.extend(symbols.map(|symbols| format!("{} symbols", symbols.name())));
    told.extend(mouse.then(|| "mouse".to_owned()));
    let changed: Vec<_> = keys.changed().collect();
    told.extend((!changed.is_empty()).then(|| format!("custom keys: {}", changed.join(", "))));
    told.join(", ")
}

/// What is kept besides figures and names.
pub(super) const fn keep(settings: Keep) -> &'static str {
    if settings.titles { "titles of sessions" } else { "no text" }
}

/// How many projects and models are called something else.
pub(super) fn aliases(settings: &Aliases) -> String {
    match settings.counts() {
        (0, 0) => "none".to_owned(),
        (projects, models) => {
            format!("{}, {}", counted(projects as u64, "project"), counted(models as u64, "model"))
        }
    }
}
