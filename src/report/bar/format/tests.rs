//! The output for each tool, from text that contains every tool's markup.

use super::*;
use crate::config::Budgets;
use crate::report::bar::{Input, Look};

/// A line that contains some markup of every tool.
fn line() -> Line {
    let mut line = Line::of("#[x] <b>&|%{F-}");
    line.push("90%", Style::of(Colour::Red));
    line.push("\nlow", Style { dim: true, ..Style::default() });
    line
}

fn spell(format: Format) -> String {
    let (line, short) = (line(), Line::of("s<"));
    let facts = Facts {
        budgets: &Budgets::default(),
        view: None,
        trouble: None,
        session: None,
        input: &Input { context_percent: Some(90), ..Input::default() },
        thresholds: &Look::default().thresholds,
        broken: None,
        now: 0,
    };
    format.spell(BarContent { line: &line, short: &short, facts: &facts })
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
    assert_eq!(spell(Format::I3blocks), "#[x] <b>&|%{F-}90% low\ns<\n#ff5555\n");
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
