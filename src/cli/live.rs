//! `cco live`: shows the current block and redraws it in place at each change, and at least once a second.
//!
//! If no publisher is running, this process is the publisher until it ends. The figures come from the ledger; the snapshot
//! only signals changes.
//!
//! Invariant: if stdout is not a terminal, it prints the block once and ends. Ctrl-C ends it cleanly, like any publisher.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::catch_up::{catch_up, take_turn};
use super::open_ledger::to_read;
use super::options::Options;
use super::output::print_picture;
use super::report::{BlockOptions, Mode, lines, read_blocks};
use super::roots::roots_of;
use super::table::width_to_fit;
use super::{Failure, print};
use crate::config::Settings;
use crate::daemon::{self, on_orders};
use crate::ingest::Progress;
use crate::ledger::Ledger;
use crate::publish::{Live, Order, PublishError, Requests, Turn};
use crate::report::open_to_follow;
use crate::report::usage::{Costs, Query};
use crate::snapshot::{ReadError, Wait, WriterState};

/// The longest and the shortest time between two drawings.
const EVERY: Duration = Duration::from_secs(1);
const AT_MOST_EVERY: Duration = Duration::from_millis(200);

/// Options of `cco live`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    blocks: BlockOptions,
    /// Which cost to use
    #[arg(long, short, value_enum, value_name = "MODE", default_value_t = Mode::Auto)]
    mode: Mode,
    /// Hide costs
    #[arg(long)]
    no_cost: bool,
    #[command(flatten)]
    options: Options,
}

/// Runs `cco live`.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = arguments.options.settings()?;
    let picture = Picture { arguments, settings: &settings };
    if !std::io::stdout().is_terminal() {
        catch_up(&arguments.options)?;
        return print(&picture.draw(&to_read(&settings)?)?);
    }
    let publisher_settings = arguments.options.without_zone().settings()?;
    let roots = roots_of(&publisher_settings)?.iter().map(|root| root.path().into()).collect();
    let requests = Arc::new(Requests::default());
    let signalled = Arc::clone(&requests);
    on_orders(move |order| {
        if order == Order::Stop {
            signalled.order(order);
        }
    })
    .map_err(Failure::io("cannot install signal handlers"))?;
    match take_turn(&daemon::job(roots, &publisher_settings))? {
        Turn::Theirs => picture.follow(&requests, || false),
        Turn::Ours(live) => publish_and_follow(*live, &picture, &requests),
    }
}

/// Publishes on another thread, and draws on this one.
fn publish_and_follow(mut live: Live, picture: &Picture<'_>, requests: &Requests) -> Result<(), Failure> {
    live.catch_up(&Progress::default())?;
    std::thread::scope(|scope| {
        let publisher = scope.spawn(move || -> Result<(), PublishError> {
            live.run(requests, |_| {})?;
            live.stop();
            Ok(())
        });
        let followed = picture.follow(requests, || publisher.is_finished());
        requests.order(Order::Stop);
        let published = publisher.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        followed.and(published.map_err(Failure::from))
    })
}

/// What to draw.
struct Picture<'a> {
    arguments: &'a Arguments,
    settings: &'a Settings,
}

impl Picture<'_> {
    /// Draws until it is stopped or the publisher ends.
    fn follow(&self, requests: &Requests, has_publisher_ended: impl Fn() -> bool) -> Result<(), Failure> {
        let cannot_read = |error: ReadError| Failure::new(error.code(), error);
        let ledger = to_read(self.settings)?;
        let opened = open_to_follow(&self.settings.snapshot);
        let mut reader = opened.map_err(|error| Failure::new(error.code(), error))?;
        let mut height = 0;
        while !requests.is_to_stop() && !has_publisher_ended() {
            let mut text = self.draw(&ledger)?;
            let freshness = reader.freshness().map_err(cannot_read)?;
            if freshness.writer != WriterState::Live {
                text += "the publisher stopped, so figures are not updated: run cco live again\n";
            }
            let text = cut(&text, width_to_fit());
            // Move back to the start of the last drawing and clear everything below.
            let back = if height > 0 { format!("\x1b[{height}A\r\x1b[J") } else { String::new() };
            height = text.lines().count();
            print_picture(&back, &text)?;
            let drawn = Instant::now();
            let mut has_changed = false;
            while !(requests.is_to_stop()
                || drawn.elapsed() >= EVERY
                || (has_changed && drawn.elapsed() >= AT_MOST_EVERY))
            {
                let waited = reader.wait(AT_MOST_EVERY).map_err(cannot_read)?;
                match waited {
                    Wait::Changed => {
                        // Reading marks the change as seen, so the next wait is for the next one.
                        match reader.totals() {
                            Ok(_) | Err(ReadError::Busy) => has_changed = true,
                            Err(error) => return Err(cannot_read(error)),
                        }
                    }
                    Wait::WriterGone => has_changed = true,
                    Wait::TimedOut => {}
                }
            }
        }
        Ok(())
    }

    fn draw(&self, ledger: &Ledger) -> Result<String, Failure> {
        let query = Query {
            mode: self.arguments.mode.into(),
            ..Query::everything(self.settings.zone.clone(), self.settings.week_start)
        };
        let costs = if self.arguments.no_cost { Costs::Hidden } else { Costs::Shown };
        let report = read_blocks(ledger, self.settings, &query, &self.arguments.blocks)?;
        Ok(lines(&report.status(), &self.settings.zone, costs, &self.settings.aliases))
    }
}

/// Cuts lines to a width so that none wraps: moving back relies on the number of lines.
fn cut(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut cut = String::with_capacity(text.len());
    for line in text.lines() {
        let mut used = 0;
        for c in line.chars() {
            used += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
            if used > width {
                break;
            }
            cut.push(c);
        }
        cut.push('\n');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        assert_eq!(cut("█████\nab\n", Some(3)), "███\nab\n");
        assert_eq!(cut("日本語\n", Some(5)), "日本\n");
        assert_eq!(cut("a\n", None), "a\n");
    }
}
