//! The loop: takes events, changes the state, shows it.
//!
//! Invariant: the first picture is shown before anything but the snapshot is read. After that a picture is shown at each
//! change, and once a second for the clocks; events that wait are taken together before one picture.

use std::io::{self, BufWriter, Stdout, stdout};
use std::time::{Duration, Instant};

use crossbeam::channel::Sender;
use crossbeam::select;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::crossterm::queue;
use ratatui::crossterm::style::force_color_output;
use ratatui::crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::layout::Rect;

use super::draw::draw;
use super::events::{Event, Events, Inbox, Signal, WAITING_MAX};
use super::look::Look;
use super::screen::{Guard, Tty, has_keys, size};
use super::state::{Effect, News, Options, Question, State};
use super::{MonitorError, Setup, ask, follow, input, scroll, signals};
use crate::config::monitor::Theme;
use crate::snapshot::{Code, wall_clock_ms_once};

/// How often the clocks in the picture are drawn again.
const CLOCKS_EVERY: Duration = Duration::from_secs(1);

/// Runs the monitor until it is told to end.
pub(crate) fn run(setup: Setup, events: &Events, inbox: &Inbox) -> Result<(), MonitorError> {
    let cannot_begin = |source| MonitorError::Terminal { action: "begin", source };
    let look = Look {
        theme: if setup.has_colors { setup.settings.theme } else { Theme::Mono },
        symbols: setup.settings.symbols.unwrap_or(setup.symbols),
    };
    let block_of_ledger = setup.sources.block.is_some();
    let options = Options {
        zone: setup.zone,
        costs: setup.costs,
        budgets: setup.budgets,
        aliases: setup.aliases,
        keys: setup.settings.keys,
        home: setup.home,
        block_of_ledger,
    };
    let mut state = State::new(options, wall_clock_ms_once(), size());
    state.note = setup.note;
    let (reader, first) = follow::first(&setup.snapshot);
    signals::begin(events.clone()).map_err(cannot_begin)?;
    let mut picture = Picture::begin(look, setup.settings.mouse).map_err(cannot_begin)?;
    let ends_if_unreadable = setup.ends_if_unreadable;
    hear_first(&mut state, first);
    picture.show(&state)?;

    let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
        std::thread::Builder::new().name(name.into()).spawn(work).map(drop).map_err(cannot_begin)
    };
    let questions = ask::begin(setup.sources, events.clone()).map_err(cannot_begin)?;
    let to_follow = events.clone();
    let pause = CLOCKS_EVERY / u32::from(setup.settings.rate.max(1));
    let path = setup.snapshot;
    spawn("snapshot", Box::new(move || follow::follow(&path, reader, pause, &to_follow)))?;
    if has_keys() {
        let to_read = events.clone();
        spawn("input", Box::new(move || input::read(&to_read)))?;
    }
    let mut running = Running { state, picture, questions, ends_if_unreadable };
    running.take_all(inbox)
}

fn hear_first(state: &mut State, first: Result<News, (Code, String)>) {
    // A publisher may be about to write it, so this alone ends nothing.
    state.hear(first.unwrap_or_else(|(_, words)| News::Trouble(words)));
}

/// Whether the loop goes on.
enum Next {
    GoOn,
    End,
}

struct Running {
    state: State,
    picture: Picture,
    questions: Sender<Question>,
    ends_if_unreadable: bool,
}

impl Running {
    fn take_all(&mut self, inbox: &Inbox) -> Result<(), MonitorError> {
        let mut next_tick = Instant::now() + CLOCKS_EVERY;
        loop {
            if let Some(question) = self.state.question() {
                // There is room: a question is asked again only after its answer. Without a thread there is no answer.
                let _ = self.questions.try_send(question);
            }
            let wait = next_tick.saturating_duration_since(Instant::now());
            let (mut event, mut signal) = (None, None);
            select! {
                recv(inbox.signals) -> taken => signal = taken.ok(),
                recv(inbox.events) -> taken => event = taken.ok(),
                default(wait) => {}
            }
            self.state.tick(wall_clock_ms_once());
            if let Some(signal) = signal
                && matches!(self.obey(signal)?, Next::End)
            {
                return Ok(());
            }
            // Waiting events share one redraw, up to a bound, so that signals and the redraw get their turn.
            for event in event.into_iter().chain(inbox.events.try_iter().take(WAITING_MAX)) {
                if matches!(self.take(event)?, Next::End) {
                    return Ok(());
                }
            }
            if Instant::now() >= next_tick {
                next_tick = Instant::now() + CLOCKS_EVERY;
            }
            if self.picture.guard.has_panicked() {
                return Err(MonitorError::Panicked);
            }
            self.state.size = size();
            scroll::hold(&mut self.state);
            self.picture.show(&self.state)?;
        }
    }

    fn take(&mut self, event: Event) -> Result<Next, MonitorError> {
        match event {
            Event::Input(input) => match scroll::press(&mut self.state, input) {
                Effect::Nothing => {}
                Effect::Quit => return Ok(Next::End),
                Effect::Suspend => self.picture.suspend()?,
            },
            Event::News(news) => self.state.hear(news),
            Event::Unreadable(code, words) if self.ends_if_unreadable && ends(code) => {
                return Err(MonitorError::Unreadable { code, words });
            }
            Event::Unreadable(_, words) => self.state.hear(News::Trouble(words)),
            Event::Reply(reply) => self.state.learn(reply),
            Event::Note(words) => self.state.note = words,
            Event::Ended => return Ok(Next::End),
        }
        Ok(Next::GoOn)
    }

    fn obey(&mut self, signal: Signal) -> Result<Next, MonitorError> {
        match signal {
            Signal::Suspend => self.picture.suspend()?,
            Signal::Resume => self.picture.resume()?,
            Signal::Stop => return Ok(Next::End),
        }
        Ok(Next::GoOn)
    }
}

/// Whether this is more than a publisher that has not published yet.
fn ends(code: Code) -> bool {
    !matches!(code, Code::Missing | Code::NothingPublished | Code::Busy)
}

/// The terminal and what it shows. Only differences are written; the terminal is never asked for anything, because its
/// answer may take long or never come.
struct Picture {
    guard: Guard<Tty>,
    backend: CrosstermBackend<BufWriter<Stdout>>,
    look: Look,
    /// What the terminal shows; `None` if that is not known.
    shown: Option<Buffer>,
    /// Where the next picture is drawn, before the terminal is touched.
    next: Buffer,
}

impl Picture {
    fn begin(look: Look, has_mouse: bool) -> io::Result<Self> {
        // Colours were decided on before, also against the variables that the terminal's library asks for.
        force_color_output(look.theme != Theme::Mono);
        let guard = Guard::take(Tty { has_mouse })?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(1 << 16, stdout()));
        Ok(Self { guard, backend, look, shown: None, next: Buffer::default() })
    }

    /// Draws the state and shows it.
    fn show(&mut self, state: &State) -> Result<(), MonitorError> {
        let area = area(state.size);
        if self.next.area != area {
            self.next = Buffer::empty(area);
        }
        draw(state, self.look, &mut self.next);
        let shown = self.shown.take().filter(|shown| shown.area == area);
        let is_new = shown.is_none();
        let mut shown = shown.unwrap_or_else(|| Buffer::empty(area));
        let (backend, next) = (&mut self.backend, &self.next);
        let written = self.guard.show(|| {
            queue!(backend, BeginSynchronizedUpdate)?;
            if is_new {
                queue!(backend, Clear(ClearType::All))?;
            }
            backend.draw(shown.diff(next).into_iter())?;
            queue!(backend, EndSynchronizedUpdate)?;
            Backend::flush(backend)
        });
        written.map_err(cannot_show)?;
        std::mem::swap(&mut shown, &mut self.next);
        self.shown = Some(shown);
        Ok(())
    }

    /// Gives the terminal back and sleeps until the shell resumes this process.
    fn suspend(&mut self) -> Result<(), MonitorError> {
        self.guard.pause();
        signals::suspend().map_err(cannot_show)?;
        self.resume()
    }

    fn resume(&mut self) -> Result<(), MonitorError> {
        self.shown = None;
        self.guard.resume().map_err(cannot_show)
    }
}

fn area((columns, lines): (u16, u16)) -> Rect {
    Rect::new(0, 0, columns, lines)
}

fn cannot_show(source: io::Error) -> MonitorError {
    MonitorError::Terminal { action: "write to", source }
}
