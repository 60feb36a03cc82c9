//! Checks that the shapes read every object exactly as a walk does, and that their memory is bounded.

use super::*;
use proptest::prelude::*;

/// The result of the shapes and the result of a walk, as text.
fn both(shapes: &mut Shapes, bytes: &[u8]) -> (String, String) {
    let mut nest = Nest::default();
    let shaped = format!("{:?}", shapes.object(bytes, &mut nest));
    let mut cursor = Cursor::new(bytes, &mut nest);
    let walked = walk::object(&mut cursor, &mut Trace::default());
    let walked = walked.map(|object| (object, cursor.consumed()));
    (shaped, format!("{walked:?}"))
}

#[test]
fn a_known_shape_is_not_walked_again() {
    let mut shapes = Shapes::default();
    let mut nest = Nest::default();
    for (text, is_known) in [
        (r#"{"type":"a","message":{"usage":{"input_tokens":1}},"x":[1,2]}"#, false),
        (r#"{"type":"bcd","message":{"usage":{"input_tokens":234}},"x":"y"}"#, true),
        (r#"{"type":"a","message":{"usage":{"output_tokens":1}},"x":[1,2]}"#, false),
        (r#"{"type":null,"message":{"usage":{"output_tokens":[]}},"x":{}} "#, true),
        (r#"{"type":"a","message":null}"#, false),
        (r#"{"type":"b","message":null}"#, true),
        (r#"{"type":"b","message":{}}"#, false),
        (r#"{"type":"b","message":"text"}"#, false),
        (r#"{"type":"c","message":"text"}"#, false),
    ] {
        let mut cursor = Cursor::new(text.as_bytes(), &mut nest);
        assert_eq!(shapes.follow(&mut cursor).is_some(), is_known, "{text}");
        let (shaped, walked) = both(&mut shapes, text.as_bytes());
        assert_eq!(shaped, walked);
    }
}

#[test]
fn memory_is_bounded_whatever_the_objects() {
    let mut shapes = Shapes::default();
    for n in 0..3 * MAX_NODES {
        let text = format!(r#"{{"type":1,"{:b}":2,"{n}":3,"{}":4}}"#, n % 16, "k".repeat(n % 400));
        let (shaped, walked) = both(&mut shapes, text.as_bytes());
        assert_eq!(shaped, walked);
        assert!(shapes.nodes.len() <= MAX_NODES + Trace::MAX);
        let edges = shapes.nodes.iter().flatten();
        assert!(edges.clone().count() <= shapes.nodes.len() * MAX_EDGES);
        assert!(edges.map(|edge| edge.glue.len()).all(|length| length <= MAX_GLUE));
    }
    let many: Vec<String> = (0..2 * Trace::MAX).map(|n| format!(r#""{n}":{n}"#)).collect();
    let (shaped, walked) = both(&mut shapes, format!("{{{}}}", many.join(",")).as_bytes());
    assert_eq!(shaped, walked);
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        (0u64..1 << 60).prop_map(|number| number.to_string()),
        "-?[1-9]\\.[0-9]e[0-9]",
        r#""([a-z:,}{\[ ]|\\\\|\\")*""#,
    ];
    leaf.prop_recursive(4, 24, 6, |value| {
        prop_oneof![
            3 => proptest::collection::vec((key(), value.clone(), 0..12u8), 0..6).prop_map(object),
            1 => proptest::collection::vec(value, 0..3).prop_map(|values| format!("[{}]", values.join(","))),
        ]
    })
}

/// Mostly keys that count, so they often end up where they count.
fn key() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "message",
        "message",
        "usage",
        "usage",
        "data",
        "cache_creation",
        "server_tool_use",
        "iterations",
        "type",
        "id",
        "model",
        "speed",
        "timestamp",
        "input_tokens",
        "ephemeral_1h_input_tokens",
        "web_search_requests",
        "other",
    ])
}

fn object(members: Vec<(&'static str, String, u8)>) -> String {
    let members: Vec<String> = members
        .into_iter()
        .map(|(key, value, space)| match space {
            0 => format!(" \"{key}\" : {value} "),
            1 => format!("\t\"{key}\":{value}"),
            2 => format!("\"{key}\":\r {value}"),
            _ => format!("\"{key}\":{value}"),
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn following_a_shape_gives_what_a_walk_gives(
        members in proptest::collection::vec(
            proptest::collection::vec((key(), value(), 0..12u8), 0..7), 1..5),
        damage in proptest::collection::vec((0usize..5, 0usize..300, any::<u8>()), 0..6),
    ) {
        let whole: Vec<String> = members.into_iter().map(object).collect();
        let mut shapes = Shapes::default();
        // Read each twice: the second time its shape is known.
        for text in whole.iter().chain(&whole) {
            let (shaped, walked) = both(&mut shapes, text.as_bytes());
            prop_assert_eq!(shaped, walked, "{}", text);
        }
        for (which, at, byte) in damage {
            let mut bytes = whole[which % whole.len()].clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let (shaped, walked) = both(&mut shapes, &bytes);
            prop_assert_eq!(shaped, walked, "{}", String::from_utf8_lossy(&bytes));
            let (shaped, walked) = both(&mut shapes, &bytes[..at]);
            prop_assert_eq!(shaped, walked, "{}", String::from_utf8_lossy(&bytes[..at]));
        }
        for edges in &shapes.nodes {
            let beginning_with = |glue: &[u8]| edges.iter().filter(|edge| edge.glue.starts_with(glue)).count();
            prop_assert!(edges.iter().all(|edge| beginning_with(&edge.glue) == 1), "{:?}", edges);
        }
    }
}
