//! Titles of sessions, which are kept only if their user asks for it.
//!
//! Invariant: without `[keep] titles = true` there are none. A publisher that starts without it removes them, overwritten in the
//! file. A session of which everything was forgotten gets none again.

use std::collections::HashMap;
use std::sync::Arc;

use super::columns::Columns;
use super::names::Names;
use super::{Ledger, LedgerError, file_row, log};

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
    /// was written, so where something was forgotten, only a session with requests gets a title. A summary may be of another
    /// session than that of its file.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TitlesChange {
    /// It is as before.
    None,
    /// Titles are kept from now on. All transcripts are due to be read again, because they have some.
    Begun,
    /// Titles were removed.
    Ended,
}

impl Ledger {
    /// Begins to keep titles, or removes all of them.
    pub fn keep_titles(&mut self, are_wanted: bool) -> Result<TitlesChange, LedgerError> {
        let are_kept = "SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'titles')";
        let are_kept: bool = self.connection.query_row(are_kept, (), |row| row.get(0))?;
        if are_kept == are_wanted {
            return Ok(TitlesChange::None);
        }
        if are_wanted {
            let transaction = self.write()?;
            file_row::forget_positions(&transaction)?;
            transaction.execute("INSERT INTO meta (name, value) VALUES ('titles', 1)", ())?;
            transaction.commit()?;
            return Ok(TitlesChange::Begun);
        }
        // What is removed is overwritten, not only unlinked.
        self.connection.pragma_update(None, "secure_delete", true)?;
        let transaction = self.write()?;
        transaction.execute("DELETE FROM titles", ())?;
        transaction.execute("DELETE FROM meta WHERE name = 'titles'", ())?;
        transaction.commit()?;
        self.connection.pragma_update(None, "secure_delete", false)?;
        log::trim(self);
        Ok(TitlesChange::Ended)
    }

    /// Titles by the ids of their sessions.
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
