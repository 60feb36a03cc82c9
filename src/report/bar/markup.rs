//! How each tool writes styles, and how text is escaped for it.
//!
//! Invariant: the styles of a line alone determine how many tags it has. Text is escaped as the line is written, not
//! span by span, so no tag can arise where two texts meet. If a tool has no escape for a character, a look-alike takes
//! its place. Used by `format`.

use super::paint::{Colour, Line, Style};

/// A tool's syntax.
pub(super) struct Markup {
    /// What is put before and after a text in this style; `None` for the default style.
    tags: fn(Style) -> Option<(String, String)>,
    /// Writes a character of a text to the end of the line.
    write: fn(&mut String, char),
}

/// tmux: `#[style]`.
pub(super) const TMUX: Markup = Markup {
    tags: |style| {
        let attributes = [
            style.bold.then(|| "bold".to_owned()),
            style.dim.then(|| "dim".to_owned()),
            style.colour.map(|colour| format!("fg={}", colour.tmux())),
            style.back.map(|colour| format!("bg={}", colour.tmux())),
        ];
        let attributes: Vec<_> = attributes.into_iter().flatten().collect();
        (!attributes.is_empty()).then(|| (format!("#[{}]", attributes.join(",")), "#[default]".to_owned()))
    },
    write: |line, c| {
        line.push(c);
        if c == '#' {
            line.push(c);
        }
    },
};

/// polybar: `%{F#rrggbb}`.
pub(super) const POLYBAR: Markup = Markup {
    tags: |style| {
        let tags = |letter: char, colour: Option<Colour>| {
            colour.map(|colour| (format!("%{{{letter}{}}}", colour.hex()), format!("%{{{letter}-}}")))
        };
        match (tags('F', style.colour), tags('B', style.back)) {
            (Some((fore, fore_end)), Some((back, back_end))) => Some((fore + &back, back_end + &fore_end)),
            (fore, back) => fore.or(back),
        }
    },
    write: |line, c| {
        // There is no escape for the start of a tag, so a space breaks it up.
        if c == '{' && line.ends_with('%') {
            line.push(' ');
        }
        line.push(c);
    },
};

/// Pango's markup, for waybar and i3bar.
pub(super) const PANGO: Markup = Markup {
    tags: |style| {
        let attributes = [
            style.colour.map(|colour: Colour| format!(" foreground='{}'", colour.hex())),
            style.back.map(|colour| format!(" background='{}'", colour.hex())),
            style.bold.then(|| " weight='bold'".to_owned()),
            style.dim.then(|| " alpha='60%'".to_owned()),
        ];
        let attributes: String = attributes.into_iter().flatten().collect();
        (!attributes.is_empty()).then(|| (format!("<span{attributes}>"), "</span>".to_owned()))
    },
    write: |line, c| match c {
        '&' => line.push_str("&amp;"),
        '<' => line.push_str("&lt;"),
        '>' => line.push_str("&gt;"),
        '\'' => line.push_str("&#39;"),
        '"' => line.push_str("&quot;"),
        _ => line.push(c),
    },
};

/// i3blocks: text, which a user can have shown as Pango's markup.
pub(super) const I3BLOCKS: Markup = Markup {
    tags: |_| None,
    write: |line, c| {
        line.push(match c {
            '<' => '‹',
            '>' => '›',
            '&' => '＆',
            _ => c,
        });
    },
};

/// starship: text that some versions hand to a shell's prompt. `$1.20` stays as it is, because no command begins so.
pub(super) const STARSHIP: Markup = Markup {
    tags: |_| None,
    write: |line, c| {
        if !c.is_ascii_digit() && line.ends_with('$') {
            line.pop();
            line.push('＄');
        }
        line.push(match c {
            '`' => 'ˋ',
            '\\' => '∖',
            _ => c,
        });
    },
};

/// xbar: `|` starts parameters, and dashes at the start of a line start menus.
pub(super) const XBAR: Markup = Markup {
    tags: |_| None,
    write: |line, c| {
        line.push(match c {
            '|' => '¦',
            '-' if line.trim_start().is_empty() => '–',
            _ => c,
        });
    },
};

impl Markup {
    /// The line in this syntax, on one line.
    pub(super) fn line(&self, line: &Line) -> String {
        let mut text = String::new();
        for span in line.spans() {
            let tags = (self.tags)(span.style);
            text.push_str(tags.as_ref().map_or("", |(start, _)| start));
            self.write_text(&mut text, &span.text.replace('\n', " "));
            text.push_str(tags.as_ref().map_or("", |(_, end)| end));
        }
        text
    }

    /// Text without styles, which may have line breaks.
    pub(super) fn text(&self, text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        self.write_text(&mut escaped, text);
        escaped
    }

    fn write_text(&self, line: &mut String, text: &str) {
        text.chars().for_each(|c| (self.write)(line, c));
    }
}
