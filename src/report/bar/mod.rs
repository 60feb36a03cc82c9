//! One line of figures for status lines and bars. Used by `peek`, which draws it, and by `cli`, which checks its
//! settings.
//!
//! `claude` parses Claude Code's input, `told` looks up paths in it, `around` is what else was looked up, and `facts`
//! chooses between figures. `catalogue`, `session_fields` and `around_fields` name the fields for `template`
//! (`definition` says what a field is), `form` shows one as a bar or a link, `theme` chooses one of the built-in
//! `themes`, `draw` fits a line into the width, and `format` writes it in the syntax of each tool (`terminal` in that
//! of terminals).
//!
//! Invariant: pure. All input is passed in; nothing is read from anywhere else.

mod around;
mod around_fields;
mod catalogue;
mod claude;
mod definition;
mod draw;
mod facts;
mod form;
mod format;
mod lenient;
mod markup;
mod model_limits;
mod paint;
mod session_fields;
mod subagents;
mod template;
mod terminal;
mod theme;
mod themes;
mod told;

pub use around::{Around, Asked, Printed};
pub use catalogue::listing;
pub use claude::Input;
pub use facts::Facts;
pub use format::{BarContent, Format};
pub use paint::Line;
pub use subagents::subagents;
pub use template::{Template, TemplateError};
pub use terminal::{Depth, Terminal};
pub use theme::{Look, LookError, missing_command, themes};

use super::field::UnknownField;
use super::{View, Want};

impl Template {
    /// The part of the snapshot it needs.
    pub fn want(&self) -> Want {
        let needs_tables = self.names().iter().any(|name| name.want() == Want::Tables);
        if needs_tables { Want::Tables } else { Want::Totals }
    }

    /// What has to be looked up for it.
    pub fn asks(&self) -> Asked {
        let mut asked = Asked::default();
        self.names().into_iter().for_each(|name| name.ask(&mut asked));
        asked.commands.sort_unstable();
        asked.commands.dedup();
        asked
    }

    /// Fails if this view's document never has one of the fields.
    pub fn check(&self, view: &View) -> Result<(), UnknownField> {
        self.names().into_iter().try_for_each(|name| name.check(view))
    }

    /// Draws the template in at most `columns`.
    pub fn draw(&self, facts: &Facts<'_>, separator: &str, columns: Option<usize>) -> Line {
        draw::draw(self, separator, columns, |name| name.value(facts))
    }
}
