//! A terminal's own syntax: links, and as many colours as it has. Used by `format`, and by `peek`, which reads the
//! environment.
//!
//! Invariant: styles and links alone determine how many escapes a line has; every line ends without a style. A link's
//! address contains no character that could end the link (see [`super::paint::is_linkable`]).

use super::paint::{Colour, Span, Style};

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// The named ones, and their bright variants.
    #[default]
    Sixteen,
    /// A cube of six steps a side, and greys.
    Cube,
    /// All: 24 bits.
    All,
}

/// What a terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Its colours.
    pub depth: Depth,
    /// Whether texts may lead somewhere. A terminal that cannot do that ignores it.
    pub has_links: bool,
}

impl Terminal {
    /// The terminal that the variables of the environment describe.
    pub fn of(variable: impl Fn(&str) -> Option<String>, has_links: bool) -> Self {
        let has = |name: &str, words: &[&str]| {
            variable(name).is_some_and(|value| words.iter().any(|word| value.contains(word)))
        };
        let depth = match () {
            () if has("COLORTERM", &["truecolor", "24bit"]) || has("TERM", &["direct", "truecolor"]) => {
                Depth::All
            }
            () if has("TERM", &["256color"]) => Depth::Cube,
            () => Depth::Sixteen,
        };
        Self { depth, has_links }
    }

    /// A text with its style and link.
    pub(super) fn paint(self, span: &Span) -> String {
        let codes = self.codes(span.style);
        let styled = if codes.is_empty() {
            span.text.clone()
        } else {
            let (start, end) = (format!("\x1b[{codes}m"), "\x1b[0m");
            format!("{start}{}{end}", span.text.replace('\n', &format!("{end}\n{start}")))
        };
        match &span.link {
            Some(address) if self.has_links => format!("\x1b]8;;{address}\x1b\\{styled}\x1b]8;;\x1b\\"),
            _ => styled,
        }
    }

    fn codes(self, style: Style) -> String {
        let attributes = [
            style.bold.then(|| "1".to_owned()),
            style.dim.then(|| "2".to_owned()),
            style.colour.map(|colour| self.code(colour, 0)),
            style.back.map(|colour| self.code(colour, 10)),
        ];
        attributes.into_iter().flatten().collect::<Vec<_>>().join(";")
    }

    /// The code of a colour; `ground` is 0 for the text and 10 for what is behind it.
    fn code(self, colour: Colour, ground: u8) -> String {
        let number = match colour {
            Colour::Red => 1,
            Colour::Green => 2,
            Colour::Yellow => 3,
            Colour::Blue => 4,
            Colour::Magenta => 5,
            Colour::Cyan => 6,
            Colour::Rgb(rgb) => return self.rgb(rgb, ground),
        };
        (30 + ground + number).to_string()
    }

    fn rgb(self, rgb: [u8; 3], ground: u8) -> String {
        match self.depth {
            Depth::All => format!("{};2;{};{};{}", 38 + ground, rgb[0], rgb[1], rgb[2]),
            Depth::Cube => format!("{};5;{}", 38 + ground, nearest(rgb, cube())),
            Depth::Sixteen => {
                let number = nearest(rgb, sixteen());
                (if number < 8 { 30 + ground + number } else { 82 + ground + number }).to_string()
            }
        }
    }
}

/// The colour of a list that is nearest to this one.
fn nearest(rgb: [u8; 3], colours: impl Iterator<Item = (u8, [u8; 3])>) -> u8 {
    let distance = |other: [u8; 3]| -> u32 {
        rgb.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
    };
    colours.min_by_key(|(_, other)| distance(*other)).map_or(0, |(number, _)| number)
}

/// The 216 colours and 24 greys that every terminal with 256 colours has, by number.
fn cube() -> impl Iterator<Item = (u8, [u8; 3])> {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |number: u8, by: u8| STEPS[usize::from(number / by % 6)];
    let colours =
        (0..216).map(move |number: u8| (16 + number, [step(number, 36), step(number, 6), step(number, 1)]));
    colours.chain((0..24).map(|number: u8| (232 + number, [8 + 10 * number; 3])))
}

/// The sixteen colours as most terminals show them, by number.
fn sixteen() -> impl Iterator<Item = (u8, [u8; 3])> {
    let of = |number: u8, on: u8| [number & 1, number >> 1 & 1, number >> 2 & 1].map(|bit| bit * on);
    let dark = (0..7).map(move |number| (number, of(number, 170)));
    let light = (9..16).map(move |number| (number, of(number - 8, 255)));
    dark.chain([(7, [190; 3]), (8, [100; 3])]).chain(light)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(depth: Depth, rgb: [u8; 3]) -> [String; 2] {
        let terminal = Terminal { depth, has_links: false };
        [0, 10].map(|ground| terminal.code(Colour::Rgb(rgb), ground))
    }

    #[test]
    fn a_colour_is_as_near_as_the_terminal_can_show_it() {
        assert_eq!(code(Depth::All, [1, 2, 3]), ["38;2;1;2;3", "48;2;1;2;3"]);
        assert_eq!(code(Depth::Cube, [255, 0, 0]), ["38;5;196", "48;5;196"]);
        assert_eq!(code(Depth::Cube, [130, 130, 130]), ["38;5;244", "48;5;244"]);
        assert_eq!(code(Depth::Sixteen, [250, 10, 10]), ["91", "101"]);
        assert_eq!(code(Depth::Sixteen, [0, 0, 160]), ["34", "44"]);
        assert_eq!(code(Depth::Sixteen, [90, 90, 90]), ["90", "100"]);
        assert_eq!(code(Depth::Sixteen, [255, 255, 255]), ["97", "107"]);
    }

    #[test]
    fn the_environment_says_how_many_colours_there_are() {
        let depth = |pairs: &'static [(&str, &str)]| {
            let find =
                |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            Terminal::of(find, false).depth
        };
        assert_eq!(depth(&[]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "xterm")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "tmux-256color")]), Depth::Cube);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::All);
        assert_eq!(depth(&[("TERM", "xterm-direct")]), Depth::All);
    }
}
