//! One line that says how it stands, for status lines and bars: calculation, templates and drawing, apart.
//!
//! `claude` reads what a status line is told, `facts` decides between figures, `catalogue` names them for `template`,
//! `theme` has ready-made templates, `draw` fits a line, and `format` spells it as a bar's tool has it. Invariant:
//! all of it is pure: nothing is read but what is passed in. Used by the programs.

mod catalogue;
mod claude;
mod draw;
mod facts;
mod format;
mod paint;
mod template;
mod theme;

pub use catalogue::listing;
pub use claude::Input;
pub use facts::Facts;
pub use format::{Format, Shown};
pub use paint::Line;
pub use template::{Template, TemplateError};
pub use theme::{Look, LookError, themes};

use super::field::UnknownField;
use super::{View, Want};

impl Template {
    /// What of the snapshot it needs.
    pub fn want(&self) -> Want {
        let needs_tables = self.names().iter().any(|name| name.want() == Want::Tables);
        if needs_tables { Want::Tables } else { Want::Totals }
    }

    /// Whether all fields it names are in the document of this view, now or at other times.
    pub fn check(&self, view: &View) -> Result<(), UnknownField> {
        self.names().into_iter().try_for_each(|name| name.check(view))
    }

    /// Draws it in at most `columns`.
    pub fn draw(&self, facts: &Facts<'_>, separator: &str, columns: Option<usize>) -> Line {
        draw::draw(self, separator, columns, |name| name.value(facts))
    }
}
