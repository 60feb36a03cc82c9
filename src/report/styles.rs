//! Colours and weights of what people read in a terminal.
//!
//! Invariant: a colour never stands alone; a word, a figure or a shape says the same. The colours are those of the
//! terminal's own palette, which its user chose for its background. Outputs leave them out if they are not wanted.

use anstyle::{AnsiColor, Style};

/// Sums and what a line is about.
pub const STRONG: Style = Style::new().bold();
/// What matters less.
pub const DIM: Style = Style::new().dimmed();
/// As it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Look at this.
pub const WARN: Style = AnsiColor::Yellow.on_default().bold();
/// Wrong, or over a limit.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Bars and links.
pub const ACCENT: Style = AnsiColor::Cyan.on_default();
