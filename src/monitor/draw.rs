//! The picture: which pane goes where in a terminal of any size.
//!
//! Invariant: pure; the same state gives the same picture. Figures that were never read are words, never zeros. What does
//! not fit is left out from the bottom.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget as _;

use super::look::Look;
use super::panes::{block, details, help, hour, limits, list, publisher, status, tabs, usage, words};
use super::state::{Layer, List, State, Tab};
use crate::report::View;

/// Smaller terminals get the basic mode: no headings, no lists in the overview.
const FULL: (u16, u16) = (60, 18);
/// From this size on the overview has two columns of panes.
const WIDE: (u16, u16) = (120, 26);
/// The least columns of a list beside others.
const LIST_COLUMNS: u16 = 50;
/// The least lines of a list in the overview: heading, titles, rule and a row.
const LIST_LINES: usize = 4;
/// Columns between panes.
const GAP: u16 = 2;

/// Draws the state over a whole picture.
pub(crate) fn draw(state: &State, look: Look, picture: &mut Buffer) {
    let area = picture.area;
    picture.reset();
    let columns = usize::from(area.width);
    put(&[tabs::line(state.tab, columns)], line(area, 0, 1), picture);
    let status = status::lines(state, columns);
    let (body, foot) = body_and_foot(area, &status);
    put(&status, foot, picture);
    match (scrollable(state, columns), state.view()) {
        (Some(lines), _) => put(&scrolled(state, lines, body.height.into()), body, picture),
        (None, None) => put(&nothing_yet(state, columns), body, picture),
        (None, Some(view)) => draw_view(state, view, body, picture),
    }
    look.apply(picture);
}

/// How many lines do not fit and can be scrolled to.
pub(crate) fn hidden_lines(state: &State) -> usize {
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    let columns = usize::from(area.width);
    let (body, _) = body_and_foot(area, &status::lines(state, columns));
    scrollable(state, columns).map_or(0, |lines| hidden(&lines, body.height.into()))
}

/// Where the view is, and where its last lines are, the status.
fn body_and_foot(area: Rect, status: &[Line<'static>]) -> (Rect, Rect) {
    let foot_lines = lines_of(status).min(area.height.saturating_sub(1));
    let foot = line(area, area.height - foot_lines.min(area.height), foot_lines);
    (line(area, 1, area.height.saturating_sub(1 + foot_lines)), foot)
}

/// The lines of what can be scrolled; nothing if the state shows something else.
fn scrollable(state: &State, columns: usize) -> Option<Vec<Line<'static>>> {
    if state.layer == Layer::Help {
        return Some(help::lines(state, columns));
    }
    let view = state.view()?;
    match (state.layer, state.list()) {
        (Layer::Details, Some(list)) => Some(details::lines(state, list, columns)),
        _ => (state.tab == Tab::Publisher).then(|| publisher::lines(state, view, columns)),
    }
}

/// What there is before the first figures.
fn nothing_yet(state: &State, columns: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    lines.extend(words("There are no figures yet.", columns));
    // If this process is about to publish, nobody else need.
    if state.shown().trouble.is_some() && state.note.is_none() {
        let advice = "They appear here as soon as a publisher runs. To start one, in another terminal:\n  cco daemon start";
        lines.extend(words(advice, columns));
    }
    lines
}

fn draw_view(state: &State, view: &View, body: Rect, picture: &mut Buffer) {
    let (columns, height) = (usize::from(body.width), usize::from(body.height));
    match state.tab {
        Tab::Overview if is_less(body, FULL) => draw_basic(state, view, body, picture),
        Tab::Overview if is_less(body, WIDE) => draw_overview(state, view, body, picture),
        Tab::Overview => draw_wide(state, view, body, picture),
        Tab::Block => draw_block(state, view, body, picture),
        // Drawn already, with all that scrolls.
        Tab::Publisher => {}
        Tab::Models => put(&list::lines(state, List::Models, columns, height), body, picture),
        Tab::Projects => put(&list::lines(state, List::Projects, columns, height), body, picture),
        Tab::Sessions => put(&list::lines(state, List::Sessions, columns, height), body, picture),
        Tab::Days => put(&list::lines(state, List::Days, columns, height), body, picture),
    }
}

/// Lines without the first, if they are scrolled and do not fit.
fn scrolled(state: &State, mut lines: Vec<Line<'static>>, height: usize) -> Vec<Line<'static>> {
    // The heading stays.
    lines.drain(1..1 + state.scroll.min(hidden(&lines, height)));
    lines
}

/// How many of these lines do not fit in `height` (at least 1).
fn hidden(lines: &[Line<'static>], height: usize) -> usize {
    lines.len().saturating_sub(height.max(1))
}

/// The overview on a small terminal.
fn draw_basic(state: &State, view: &View, body: Rect, picture: &mut Buffer) {
    let columns = usize::from(body.width);
    let rest = stack(
        [
            usage::compact(state, view, columns),
            block::compact(state, view, columns),
            limits::figures(view, columns),
        ],
        body,
        picture,
    );
    draw_hour(view, rest, 1, picture);
}

/// The overview in one column, with one list.
fn draw_overview(state: &State, view: &View, body: Rect, picture: &mut Buffer) {
    let columns = usize::from(body.width);
    let rest = stack(
        [
            usage::lines(state, view, columns),
            block::lines(state, view, columns),
            limits::lines(view, columns),
        ],
        body,
        picture,
    );
    let hour_lines = if usize::from(rest.height) >= LIST_LINES + 8 { 4 } else { 2 };
    let is_room = usize::from(rest.height) >= LIST_LINES + 2;
    let rest = if is_room { draw_hour(view, rest, hour_lines - 1, picture) } else { rest };
    draw_lists(state, rest, picture);
}

/// The overview with two columns of panes above its lists.
fn draw_wide(state: &State, view: &View, body: Rect, picture: &mut Buffer) {
    let left = Rect { width: (body.width - GAP) / 2, ..body };
    let right = Rect { x: left.x + left.width + GAP, width: body.width - left.width - GAP, ..body };
    let columns = usize::from(left.width);
    let below_left =
        stack([usage::lines(state, view, columns), block::lines(state, view, columns)], left, picture);
    let used = body.height - below_left.height;
    let right = Rect { height: used.max(8).min(body.height), ..right };
    let below_limits = stack([limits::lines(view, usize::from(right.width))], right, picture);
    let bars = below_limits.height.saturating_sub(2);
    let below_right = draw_hour(view, below_limits, bars, picture);
    let top = below_left.y.max(below_right.y);
    draw_lists(state, Rect { y: top, height: body.bottom().saturating_sub(top), ..body }, picture);
}

/// The block with the limits and the last hour.
fn draw_block(state: &State, view: &View, body: Rect, picture: &mut Buffer) {
    let columns = usize::from(body.width);
    if is_less(body, FULL) {
        let panes = [block::compact(state, view, columns), limits::figures(view, columns)];
        let rest = stack(panes, body, picture);
        draw_hour(view, rest, 1, picture);
        return;
    }
    let mut whole = block::whole(state, view, columns);
    whole.push(Line::default());
    let mut limits = limits::lines(view, columns);
    limits.push(Line::default());
    let rest = stack([whole, limits], body, picture);
    draw_hour(view, rest, rest.height.saturating_sub(1).min(10), picture);
}

/// As many lists of the overview as fit beside each other, the selected one among them.
fn draw_lists(state: &State, area: Rect, picture: &mut Buffer) {
    if usize::from(area.height) < LIST_LINES {
        return;
    }
    let all = [List::Models, List::Projects, List::Sessions];
    let count = usize::from((area.width + GAP) / (LIST_COLUMNS + GAP)).clamp(1, all.len());
    let focus = all.iter().position(|list| *list == state.focus).unwrap_or(0);
    let first = focus.min(all.len() - count);
    let gaps = GAP * u16::try_from(count - 1).unwrap_or(0);
    let width = (area.width - gaps) / u16::try_from(count).unwrap_or(1);
    let mut x = area.x;
    for list in &all[first..first + count] {
        let place = Rect { x, width, ..area };
        put(&list::lines(state, *list, width.into(), area.height.into()), place, picture);
        x += width + GAP;
    }
}

/// Draws the last hour, its title and so many lines of bars, and gives what is left of the area.
fn draw_hour(view: &View, area: Rect, bars: u16, picture: &mut Buffer) -> Rect {
    if bars == 0 || area.height < bars + 1 {
        return area;
    }
    put(&[hour::title(view, area.width.into())], line(area, 0, 1), picture);
    hour::draw(view, line(area, 1, bars), picture);
    below(area, bars + 1)
}

/// Draws panes below each other as long as there is room, and gives the area that is left.
fn stack<const N: usize>(panes: [Vec<Line<'static>>; N], area: Rect, picture: &mut Buffer) -> Rect {
    let mut rest = area;
    for pane in panes {
        put(&pane, rest, picture);
        rest = below(rest, lines_of(&pane));
    }
    rest
}

fn put(lines: &[Line<'static>], area: Rect, picture: &mut Buffer) {
    for (line, row) in lines.iter().zip(area.rows()) {
        line.render(row, picture);
    }
}

fn lines_of(lines: &[Line<'static>]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

/// So many lines of an area, from this one on.
fn line(area: Rect, from: u16, count: u16) -> Rect {
    let below = below(area, from);
    Rect { height: count.min(below.height), ..below }
}

fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect { y: area.y + lines, height: area.height - lines, ..area }
}

fn is_less(area: Rect, than: (u16, u16)) -> bool {
    area.width < than.0 || area.height < than.1
}

#[cfg(test)]
mod tests;
