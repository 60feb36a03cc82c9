//! Names that try to do something to whoever shows them.

/// Short ones: each face gets them all.
pub(crate) const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}[H\u{1b}]0;owned\u{7}",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{9b}31mred\u{9b}0m\u{9d}0;t\u{9c}",
    "two\nlines\r\tand a tab\u{b}\u{c}",
    "cco: forged\ncco: all is well",
    "\u{202e}detrevni\u{202c}\u{2066}isolated\u{2069}\u{200e}\u{200f}\u{61c}",
    "a\u{2028}b\u{2029}c\u{85}d",
    "\u{7f}\u{8}\u{8}\u{8}del",
    "=1+cmd|' /C calc'!A0",
    "+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "a,b;c\"d\"",
    "'; DROP TABLE requests; --",
    "$(touch owned)`touch owned`${IFS}",
    "\"; touch owned; \"",
    "#(touch owned)#[fg=red]#{pane_id}",
    "%{A1:touch owned:}click%{A}",
    "{A1:touch owned:}click",
    "%{F#f00}%{B-}%%{",
    "<b>&lt;<span foreground='red'>&#39;</b>",
    "text | bash=touch param1=owned terminal=false",
    "--- | href=x",
    "[($style)](bold red) \\[x\\]",
    "{models.0.model} {0} {} %s %n",
    "../../../etc/passwd",
    "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語",
    "👩‍👩‍👧‍👦e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\u{feff}bom\u{200b}\u{ad}",
];

/// A piece of one without end.
pub(crate) const ENDLESS: &str = "endless\u{1b}[5m\u{202e}/\u{301}";

/// Whether a character may not come out: the rule again, written independently.
pub(crate) fn is_raw(c: char) -> bool {
    let code = u32::from(c);
    let is_control = code < 0x20 && c != '\n' || (0x7f..0xa0).contains(&code);
    let is_separator = code == 0x2028 || code == 0x2029;
    let turns =
        [0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069];
    let unseen =
        [0xad, 0x180e, 0x200b, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xfeff, 0xfff9, 0xfffa, 0xfffb];
    is_control || is_separator || turns.contains(&code) || unseen.contains(&code)
}

/// A text in TOML, every character by its number.
pub(crate) fn in_toml(text: &str) -> String {
    let escaped: String = text.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
    format!("\"{escaped}\"")
}
