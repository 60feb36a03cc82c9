//! Follows the snapshot on a thread of its own: sleeps until something changes and passes it on.
//!
//! Invariant: at most one reading waits to be taken, so a slow terminal costs no memory; and there are no more a second
//! than were asked for. Whatever is wrong with the snapshot is passed on in words, and it is opened again.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::events::{Event, Events, Over};
use super::state::News;
use crate::causes::causes;
use crate::report::{View, Want, open_to_follow};
use crate::snapshot::{Code, OpenError, ReadError, Reader, wall_clock_ms_once};

/// How often whether the publisher lives is passed on, at least.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// How often a snapshot that cannot be read is opened again.
const RETRY_EVERY: Duration = Duration::from_millis(500);

/// Opens the snapshot and reads it once.
pub(super) fn first(path: &Path) -> (Option<Reader>, Result<News, (Code, String)>) {
    match open_to_follow(path) {
        Ok(mut reader) => {
            let news = read(&mut reader).map_err(|error| trouble_of_reading(&error));
            (Some(reader), news.map(|news| news.unwrap_or_else(waiting)))
        }
        Err(error) => (None, Err(trouble_of_opening(&error))),
    }
}

/// Passes on all changes until nobody takes them.
pub(super) fn follow(path: &Path, opened: Option<Reader>, pause: Duration, events: &Events) {
    let mut next = opened;
    loop {
        let followed = match next.take().map_or_else(|| open_to_follow(path), Ok) {
            Ok(reader) => show_changes(reader, pause, events),
            Err(error) => Ok(trouble_of_opening(&error)),
        };
        let Ok((code, words)) = followed else { return };
        if events.send(Event::Unreadable(code, words)).is_err() {
            return;
        }
        sleep(RETRY_EVERY);
    }
}

/// Passes on what an open snapshot says until it cannot be read.
fn show_changes(mut reader: Reader, pause: Duration, events: &Events) -> Result<(Code, String), Over> {
    loop {
        let read_at = Instant::now();
        match read(&mut reader) {
            Ok(Some(news)) => events.send(Event::News(news))?,
            Ok(None) => {}
            Err(error) => return Ok(trouble_of_reading(&error)),
        }
        loop {
            match reader.wait(BEAT_EVERY) {
                Ok(crate::snapshot::Wait::Changed) => break,
                Ok(_) => {}
                Err(error) => return Ok(trouble_of_reading(&error)),
            }
            let beat = reader.freshness().and_then(|freshness| Ok((freshness, reader.health()?)));
            match beat {
                Ok((freshness, health)) => {
                    events.send(Event::News(News::Beat(freshness, health.map(Box::new))))?;
                }
                Err(ReadError::Busy) => {}
                Err(error) => return Ok(trouble_of_reading(&error)),
            }
        }
        // The pace that was asked for, not a wait for something to happen.
        sleep(pause.saturating_sub(read_at.elapsed()));
    }
}

/// The newest figures; `None` if each attempt overlapped a publish.
fn read(reader: &mut Reader) -> Result<Option<News>, ReadError> {
    match View::of(reader, Want::Tables, wall_clock_ms_once()) {
        Ok(view) => Ok(Some(News::View(Box::new(view)))),
        Err(ReadError::Busy) => Ok(None),
        Err(error) => Err(error),
    }
}

fn waiting() -> News {
    News::Trouble("the publisher is busy; figures follow in a moment".into())
}

fn trouble_of_opening(error: &OpenError) -> (Code, String) {
    let words = match error {
        OpenError::NotFound { .. } => "no snapshot yet: no publisher has run here".to_owned(),
        error => format!("the snapshot cannot be opened: {}", causes(error)),
    };
    (error.code(), words)
}

fn trouble_of_reading(error: &ReadError) -> (Code, String) {
    let words = match error {
        ReadError::NothingPublished => "the publisher has not published yet".to_owned(),
        error => causes(error).to_string(),
    };
    (error.code(), words)
}
