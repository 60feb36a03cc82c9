//! Checks that lines and objects are found wherever pieces are cut, whatever the damage.

use super::*;
use crate::ingest::claude;

type Lines = super::Lines<claude::Format>;

/// The offsets of objects (`true`) and of damage (`false`).
#[derive(Debug, Default, PartialEq)]
struct Offsets(Vec<(bool, u64)>);

impl Sink<claude::Format> for Offsets {
    fn object(&mut self, _: &claude::Object<'_>, _: &[u8], offset: u64) {
        self.0.push((true, offset));
    }

    fn malformed(&mut self, offset: u64) {
        self.0.push((false, offset));
    }
}

fn read(text: &[u8], piece: usize) -> (Vec<(bool, u64)>, Summary) {
    let (mut lines, mut seen) = (Lines::new(claude::Format::default()), Offsets::default());
    lines.start(0);
    let mut at = 0;
    while at < text.len() {
        let next = text.len().min(at.saturating_add(piece));
        let back = lines.feed(&text[at..next], &mut seen);
        at = back.map_or(next, |back| usize::try_from(back).unwrap());
    }
    let end = lines.finish(&mut seen);
    seen.0.sort_by_key(|&(_, offset)| offset);
    (seen.0, end)
}

#[test]
fn pieces_may_be_cut_anywhere() {
    let text = b"{\"usage\":1}\r\n\n  oops\n{\"a\":\"}\"} {\"usage\":2}{\"b\":[]}x\n{}\n[\"usage\"]\n \n{\"c\":1}{\"usage\"";
    let whole = read(text, text.len());
    let at = |needle: &[u8]| memchr::memmem::find(text, needle).unwrap() as u64;
    let expected = vec![
        (true, 0),
        (false, at(b"oops")),
        (true, at(b"{\"a")),
        (true, at(b"{\"usage\":2")),
        (true, at(b"{\"b")),
        (false, at(b"x\n")),
        (false, at(b"[\"usage")),
        (true, at(b"{\"c")),
    ];
    assert_eq!(whole.0, expected);
    let consumed = at(b"{\"c") + 7;
    assert_eq!(whole.1, Summary { lines: 8, consumed, incomplete: true });
    for piece in 1..text.len() {
        assert_eq!(read(text, piece), whole, "in pieces of {piece}");
    }
}

#[test]
fn a_last_line_counts_as_far_as_it_is_whole() {
    let (seen, end) = read(b"{\"usage\":1}", 4);
    assert_eq!((seen, end), (vec![(true, 0)], Summary { lines: 1, consumed: 11, incomplete: false }));
    let (seen, end) = read(b"{\"usage\":{}", 4);
    assert_eq!((seen, end), (vec![], Summary { lines: 1, consumed: 0, incomplete: true }));
    let (_, end) = read(b"{}\nno object", 4);
    assert_eq!(end, Summary { lines: 2, consumed: 3, incomplete: true });
    assert_eq!(read(b"", 1).1, Summary::default());
}

/// An object of this many bytes that counts.
fn object(length: usize) -> Vec<u8> {
    let frame = br#"{"usage":""}"#;
    let filling = vec![b'x'; length - frame.len()];
    [&frame[..10], &filling, &frame[10..]].concat()
}

#[test]
fn objects_up_to_the_limit_count_on_lines_of_any_length() {
    let limit = OBJECT_BYTES as u64;
    let mut text = [object(OBJECT_BYTES), object(OBJECT_BYTES), object(100)].concat();
    text.push(b'\n');
    text.extend(object(OBJECT_BYTES + 1));
    text.extend(object(100));
    text.push(b'\n');
    text.extend(object(100));
    let second = 2 * limit + 101;
    let expected = vec![
        (true, 0),
        (true, limit),
        (true, 2 * limit),
        (false, second),
        (true, second + limit + 1),
        (true, second + limit + 102),
    ];
    for piece in [5 << 20, 16 << 20, usize::MAX >> 1] {
        assert_eq!(read(&text, piece).0, expected, "in pieces of {piece}");
    }
}

#[test]
fn an_endless_line_is_not_kept_in_memory() {
    let (mut lines, mut seen) = (Lines::new(claude::Format::default()), Offsets::default());
    lines.start(0);
    assert_eq!(lines.feed(b"{\"", &mut seen), None);
    for _ in 0..100 {
        assert_eq!(lines.feed(&[b'x'; 1 << 20], &mut seen), None);
        assert!(lines.line.capacity() <= 2 * OBJECT_BYTES + (2 << 20));
    }
    assert_eq!(lines.feed(b"\n{\"usage\":1}\n", &mut seen), None);
    assert_eq!(seen.0, [(false, 0), (true, (100 << 20) + 3)]);
}

#[test]
fn a_record_after_damage_counts_once_its_line_has_ended() {
    let text = br#"{"type":"x","a":"torn{"type":"usage"}"#;
    let (seen, end) = read(text, 5);
    assert_eq!((seen, end.consumed, end.incomplete), (vec![], 0, true));
    let (seen, _) = read(&[&text[..], b"\n"].concat(), 5);
    assert_eq!(seen, [(false, 0), (true, 21)]);
}

#[test]
fn a_record_after_damage_of_any_length_counts() {
    let record = br#"{"type":"usage"}"#;
    let torn = [&br#"{"type":"usage","a":"#[..], &vec![b'1'; OBJECT_BYTES + 100], b"}}"].concat();
    let (at, limit) = (torn.len() as u64, torn.len());
    let text = [&record[..], &torn, record, b"x", record, b"\n", record].concat();
    let (first, second) = (16 + at, 16 + at + 17);
    for piece in [1 << 20, 5 << 20, limit, usize::MAX] {
        let (seen, end) = read(&text, piece);
        assert_eq!(
            seen,
            [(true, 0), (false, 16), (true, first), (true, second), (true, second + 17)],
            "{piece}"
        );
        assert_eq!((end.lines, end.incomplete), (2, false));
    }
}

#[test]
fn the_65th_failed_decode_ends_a_line() {
    for (stumps, counts) in [(63, true), (64, true), (65, false)] {
        let stump = br#"{"type":"#;
        let text = [&stump.repeat(stumps)[..], br#"{"type":"usage"}"#, b"\n"].concat();
        let record = (true, 8 * stumps as u64);
        let expected = if counts { vec![(false, 0), record] } else { vec![(false, 0)] };
        assert_eq!(read(&text, 100).0, expected, "{stumps}");
    }
}

#[test]
fn zeroes_between_objects_are_blanks_and_at_the_end_may_still_be_written() {
    let (seen, end) = read(b"\0\0{\"usage\":1}\0\0{\"usage\":2}\0\n\0\0\n{\"usage\":3} \0\0", 7);
    assert_eq!(seen, [(true, 2), (true, 15), (true, 31)]);
    assert_eq!(end, Summary { lines: 3, consumed: 42, incomplete: true });
}

#[test]
fn a_byte_order_mark_is_skipped_only_at_the_start_of_a_file() {
    let mark = "\u{feff}".as_bytes();
    let text = [mark, b"{\"usage\":1}\n", mark, b"{\"usage\":2}\n"].concat();
    assert_eq!(read(&text, 2).0, [(true, 3), (false, 15)]);
    assert_eq!(read(&[mark, b"{}\n"].concat(), 2).0, []);
}

#[test]
fn a_line_that_grows_beyond_the_limit_is_reported_once_it_ends() {
    let (mut text, mut from) = (object(OBJECT_BYTES + 1), 0);
    for growth in [&b"xyz"[..], b"\n{}\n"] {
        let (seen, end) = read(&text[from..], 1 << 20);
        assert_eq!((seen, end), (vec![], Summary { lines: 1, consumed: 0, incomplete: true }));
        from += usize::try_from(end.consumed).unwrap();
        text.extend(growth);
    }
    let (seen, end) = read(&text[from..], 1 << 20);
    assert_eq!((seen, end.lines, end.incomplete), (vec![(false, 0)], 2, false));
}
