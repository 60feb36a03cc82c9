//! The output for each tool, from text that contains every tool's markup.

use proptest::prelude::*;

use super::super::paint::Style;
use super::*;
use crate::config::{Aliases, Budgets};
use crate::report::bar::{Around, Input, Look};

/// A line that contains some markup of every tool.
fn line() -> Line {
    let mut line = Line::of("#[x] <b>&|%{F-}");
    line.push("90%", Style::of(Colour::Red));
    line.push("\nlow", Style { dim: true, ..Style::default() });
    line
}

fn spell(format: Format) -> String {
    spell_lines(format, &line(), &Line::of("s<"))
}

fn spell_lines(format: Format, line: &Line, short: &Line) -> String {
    let facts = Facts {
        budgets: &Budgets::default(),
        aliases: &Aliases::default(),
        view: None,
        trouble: None,
        session: None,
        input: &Input { context_millionths: Some(900_000), ..Input::default() },
        thresholds: &Look::default().thresholds,
        broken: None,
        around: &Around::default(),
        now: 0,
    };
    format.spell(BarContent { line, short, facts: &facts, terminal: Terminal::default() })
}

#[test]
fn terminals_get_colours_that_end_with_each_line() {
    assert_eq!(spell(Format::Plain), "#[x] <b>&|%{F-}90%\nlow\n");
    assert_eq!(spell(Format::Ansi), "#[x] <b>&|%{F-}\x1b[31m90%\x1b[0m\x1b[2m\x1b[0m\n\x1b[2mlow\x1b[0m\n");
}

#[test]
fn tmux_gets_styles_and_doubled_hashes() {
    assert_eq!(spell(Format::Tmux), "##[x] <b>&|%{F-}#[fg=red]90%#[default]#[dim] low#[default]\n");
}

#[test]
fn polybar_gets_tags_but_none_from_texts() {
    assert_eq!(spell(Format::Polybar), "#[x] <b>&|% {F-}%{F#ff5555}90%%{F-} low\n");
    // Nor where two texts meet: `67%` before a model of this name.
    let bold = Style { bold: true, ..Style::default() };
    let line = styled(&[("67%".into(), bold), ("{A1:touch x:}click".into(), Style::default())]);
    assert_eq!(spell_lines(Format::Polybar, &line, &line), "67% {A1:touch x:}click\n");
}

#[test]
fn waybar_gets_an_object_with_escaped_markup() {
    let object: serde_json::Value = serde_json::from_str(&spell(Format::Waybar)).unwrap();
    assert_eq!(
        object["text"],
        "#[x] &lt;b&gt;&amp;|%{F-}<span foreground='#ff5555'>90%</span><span alpha='60%'> low</span>"
    );
    assert_eq!((&object["class"], &object["percentage"]), (&"stale".into(), &0.into()));
    assert!(object["tooltip"].as_str().unwrap().contains("cco daemon start"));
}

#[test]
fn i3bar_gets_an_endless_list() {
    let (head, tail) = Format::I3bar.enclosing();
    let item = spell(Format::I3bar);
    let text = format!("{head}{item}{}{item}{tail}", Format::I3bar.between());
    let (header, list) = text.split_once('\n').unwrap();
    assert_eq!(header, "{\"version\":1}");
    let list: Vec<serde_json::Value> = serde_json::from_str(list).unwrap();
    assert_eq!((list.len(), &list[1][0]["short_text"]), (2, &"s&lt;".into()));
    assert_eq!((&list[0][0]["urgent"], &list[0][0]["color"]), (&true.into(), &"#ff5555".into()));
}

#[test]
fn i3blocks_gets_three_lines() {
    assert_eq!(spell(Format::I3blocks), "#[x] ‹b›＆|%{F-}90% low\ns‹\n#ff5555\n");
}

#[test]
fn starship_gets_one_line_of_text() {
    assert_eq!(spell(Format::Starship), "#[x] <b>&|%{F-}90% low\n");
}

#[test]
fn xbar_gets_a_line_and_a_menu_but_no_parameters_from_texts() {
    let text = spell(Format::Xbar);
    let (first, menu) = text.split_once("\n---\n").unwrap();
    assert_eq!(first, "#[x] <b>&¦%{F-}90% low | trim=false color=#ff5555");
    assert!(menu.contains("cco daemon start") && menu.ends_with("refresh=true\n"), "{menu}");
}

/// How many runs of `#` in tmux's syntax end as the start of a style, a format or a command: a pair is a `#` itself.
fn tmux_tags(text: &str) -> usize {
    let ends = text.match_indices(['[', '{', '(']).map(|(at, _)| &text[..at]);
    ends.filter(|before| before.chars().rev().take_while(|c| *c == '#').count() % 2 == 1).count()
}

/// Everything that a tool would not show as text, counted as the tool itself finds it.
fn tags(format: Format, output: &str) -> Vec<usize> {
    let count = |text: &str, starts: &[char]| text.matches(starts).count();
    let lines = output.lines().count();
    let in_json = |member: fn(&serde_json::Value) -> &serde_json::Value| {
        let json: serde_json::Value = serde_json::from_str(output).unwrap();
        let text = member(&json).as_str().unwrap().to_owned();
        let entities = ["&amp;", "&lt;", "&gt;", "&#39;", "&quot;"];
        let known: usize = entities.iter().map(|entity| text.matches(entity).count()).sum();
        assert_eq!(known, text.matches('&').count(), "only whole entities: {text}");
        vec![count(&text, &['<']), count(&text, &['>']), lines]
    };
    match format {
        Format::Plain => vec![lines, count(output, &['\x1b'])],
        Format::Ansi => vec![lines, count(output, &['\x1b'])],
        Format::Waybar => in_json(|json| &json["text"]),
        Format::I3bar => in_json(|json| &json[0]["full_text"]),
        Format::I3blocks => vec![count(output, &['<', '>', '&']), lines],
        Format::Polybar => vec![output.matches("%{").count(), lines],
        Format::Tmux => vec![tmux_tags(output), lines],
        Format::Starship => {
            let commands = output
                .match_indices('$')
                .filter(|(at, _)| !output[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '\n'));
            vec![commands.count(), count(output, &['`', '\\']), lines]
        }
        Format::Xbar => {
            let menus = output.lines().filter(|line| line.trim_start().starts_with('-')).count();
            vec![count(output, &['|']), menus, lines]
        }
    }
}

const FORMATS: [Format; 9] = [
    Format::Plain,
    Format::Ansi,
    Format::Waybar,
    Format::I3bar,
    Format::I3blocks,
    Format::Polybar,
    Format::Tmux,
    Format::Starship,
    Format::Xbar,
];

/// A line of these names, each in its style, as a template puts them into it.
fn styled(texts: &[(String, Style)]) -> Line {
    let mut line = Line::default();
    texts.iter().for_each(|(text, style)| line.push(&plain_text::name(text), *style));
    line
}

fn names() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "%",
            "{",
            "}",
            "%{",
            "%%{",
            "A1:touch x:",
            "#",
            "##",
            "#[",
            "#(",
            "#{",
            "[",
            "(",
            "fg=red]",
            "|",
            "-",
            "--",
            "---",
            "~~~",
            " ",
            "<",
            "</span>",
            "<b>",
            "&",
            "&lt;",
            "\"",
            "'",
            "$",
            "$(",
            "${",
            "`",
            "\\",
            "1",
            "x",
            "\u{1b}[31m",
            "\n",
            "\r",
            "\u{9b}",
            "\u{202e}",
            "\u{2028}",
            "bash=touch",
            "日本",
        ])
        .prop_map(str::to_owned),
        "\\PC{1,4}",
    ];
    // Never without text, because an empty one has no span.
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

fn styles() -> impl Strategy<Value = Style> {
    let colours =
        || prop::option::of(prop::sample::select(vec![Colour::Red, Colour::Cyan, Colour::Rgb([1, 2, 255])]));
    let all = (colours(), colours(), any::<bool>(), any::<bool>());
    all.prop_map(|(colour, back, bold, dim)| Style { colour, back, bold, dim })
}

proptest! {
    #[test]
    fn the_number_of_tags_does_not_depend_on_names(
        texts in prop::collection::vec((names(), styles()), 1..6)
    ) {
        let harmless: Vec<_> = texts.iter().map(|(_, style)| ("x".to_owned(), *style)).collect();
        let (hostile, harmless) = (styled(&texts), styled(&harmless));
        for format in FORMATS {
            let output = spell_lines(format, &hostile, &hostile);
            let expected = tags(format, &spell_lines(format, &harmless, &harmless));
            prop_assert_eq!(tags(format, &output), expected, "{:?}: {}", format, output);
        }
    }
}
