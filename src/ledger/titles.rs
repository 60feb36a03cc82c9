//! Titles of sessions, which are kept only if their user asks for it.
//!
//! Invariant: without `[keep] titles = true` there are none. A publisher that starts without it removes them and their traces
//! from the ledger's file and its log; if something prevents that, the next start tries again. A session of which everything
//! was forgotten gets none again.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _};

use super::columns::Columns;
use super::names::Names;
use super::{Ledger, LedgerError, Traces, file_row};

/// The rank of a summary, below those of titles.
const SUMMARY: u8 = 0;

/// A session's title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TitleRow {
    /// Session id.
    pub session: Arc<str>,
    /// Which of a session's titles it is: 0 the summary, 1 Claude Code's, 2 its user's.
    pub rank: u8,
    /// Its text.
    pub title: Box<str>,
}

impl TitleRow {
    /// A title may be read before its session's first request, and after its last one was forgotten. No line says when it
    /// was written, so once anything was forgotten, only a session with requests gets a title. A summary may belong to
    /// another session than its file.
    pub(super) fn write(
        &self,
        was_anything_forgotten: bool,
        names: &mut Names<'_>,
    ) -> Result<(), LedgerError> {
        const IS_COUNTED: &str = "SELECT EXISTS (SELECT 1 FROM requests WHERE session = \
                                  (SELECT id FROM sessions WHERE name = ?1 AND agent = 0))";
        const PUT: &str = "INSERT INTO titles (session, kind, title) VALUES (?1, ?2, ?3) \
                           ON CONFLICT (session, kind) DO UPDATE SET title = excluded.title \
                           WHERE title <> excluded.title";
        let connection = names.connection;
        if self.rank == SUMMARY || was_anything_forgotten {
            let is_counted: bool =
                connection.prepare_cached(IS_COUNTED)?.query_row([&self.session], |row| row.get(0))?;
            if !is_counted {
                return Ok(());
            }
        }
        let session = names.session_id(&self.session)?;
        connection.prepare_cached(PUT)?.execute((session, self.rank, &self.title))?;
        Ok(())
    }
}

/// What a change of the setting did.
#[derive(Debug)]
pub enum TitlesChange {
    /// It is as before.
    None,
    /// Titles are kept from now on. All transcripts are due to be read again, because they have some.
    Begun,
    /// Titles were removed, and nothing of their text is left in the ledger's files.
    Ended,
    /// Titles were removed, but their text may still be in the ledger's files: because of this error, or because another
    /// process reads the ledger. The next call tries again.
    Ending(Option<LedgerError>),
}

/// In `meta`: titles are kept.
const KEPT: i64 = 1;
/// In `meta`: titles were removed, and their text may still be in the files.
const REMOVED: i64 = 0;

impl Ledger {
    /// Begins to keep titles, or removes all of them.
    pub fn keep_titles(&mut self, are_wanted: bool) -> Result<TitlesChange, LedgerError> {
        let mark = "SELECT value FROM meta WHERE name = 'titles'";
        let mark: Option<i64> = self.connection.query_row(mark, (), |row| row.get(0)).optional()?;
        match (are_wanted, mark) {
            (true, Some(KEPT)) | (false, None) => Ok(TitlesChange::None),
            (true, _) => {
                let transaction = self.write()?;
                file_row::forget_positions(&transaction)?;
                put_mark(&transaction, KEPT)?;
                transaction.commit()?;
                Ok(TitlesChange::Begun)
            }
            (false, Some(_)) => self.remove_titles(),
        }
    }

    /// The file is written again as a whole: pages that are free, or that another table uses now, may have the text of titles
    /// that were replaced or forgotten long ago. The mark goes last, so if this is interrupted, the next start repeats it.
    fn remove_titles(&mut self) -> Result<TitlesChange, LedgerError> {
        let transaction = self.write()?;
        transaction.execute("DELETE FROM titles", ())?;
        put_mark(&transaction, REMOVED)?;
        transaction.commit()?;
        // Nobody is shown a title any more, so what follows does not keep a publisher from starting.
        match self.rewrite() {
            Ok(Traces::Overwritten) => {}
            Ok(Traces::Left) => return Ok(TitlesChange::Ending(None)),
            Err(error) => return Ok(TitlesChange::Ending(Some(error))),
        }
        self.connection.execute("DELETE FROM meta WHERE name = 'titles'", ())?;
        Ok(TitlesChange::Ended)
    }

    /// The title of the session with this id.
    pub fn title(&self, session: i64) -> Result<Option<Arc<str>>, LedgerError> {
        let query = "SELECT title FROM titles WHERE session = ?1 ORDER BY kind DESC LIMIT 1";
        let mut query = self.connection.prepare_cached(query)?;
        let mut rows = query.query([session])?;
        rows.next()?.map(|row| Ok(Columns::of(row).text()?.into())).transpose()
    }

    /// All titles, by the ids of their sessions.
    pub fn titles(&self) -> Result<HashMap<i64, Arc<str>>, LedgerError> {
        // The highest comes last.
        let mut query =
            self.connection.prepare_cached("SELECT session, title FROM titles ORDER BY session, kind")?;
        let mut rows = query.query(())?;
        let mut titles = HashMap::new();
        while let Some(row) = rows.next()? {
            let columns = &mut Columns::of(row);
            titles.insert(columns.integer()?, columns.text()?.into());
        }
        Ok(titles)
    }
}

fn put_mark(connection: &Connection, mark: i64) -> Result<(), LedgerError> {
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('titles', ?1)", [mark])?;
    Ok(())
}
