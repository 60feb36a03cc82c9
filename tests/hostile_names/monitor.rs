//! The monitor over names of strangers: they do nothing to the terminal, in any view.

use crate::names::is_raw;
use crate::on_terminal::Terminal;
use crate::{cco, place};

#[test]
fn no_view_of_the_monitor_lets_a_name_do_anything() {
    let place = place();
    assert!(cco(&place, &["publish", "--once"]).status.success());
    for size in [(40, 12), (80, 24), (200, 60)] {
        let mut monitor = Terminal::start(place.command(&["monitor"]), size);
        monitor.until("the publisher stopped");
        for (view, title) in ["Overview", "Block", "Models", "Projects", "Sessions", "Days", "Publisher"]
            .into_iter()
            .enumerate()
        {
            monitor.press(&(view + 1).to_string());
            monitor.until(&format!("[{} {title}]", view + 1));
            monitor.press("jjjjjjG\r");
            monitor.press("\u{1b}");
            monitor.press("g");
            let text = monitor.text();
            let raw = text.chars().find(|c| is_raw(*c));
            assert_eq!(raw, None, "{title} at {size:?}: {text}");
        }
        monitor.press("q");
        assert_eq!(monitor.end(), Some(0));
        let bytes = monitor.raw();
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        for part in [&b"\x1b]"[..], b"\x07", b"\xc2\x9b", b"\x08", b"\xe2\x80\xae", b"\x1b[5m"] {
            assert!(!has(part), "{part:?} at {size:?}");
        }
    }
}
