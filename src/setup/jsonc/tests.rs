//! Whatever is inserted into JSON can be removed again, byte for byte, in any layout.

use proptest::prelude::*;

use super::*;

fn key(name: &str) -> Vec<Step> {
    vec![name.into()]
}

#[test]
fn a_member_is_inserted_in_the_style_of_its_neighbours() {
    let cases = [
        ("{}", "{\n  \"x\": 1\n}"),
        ("{\"a\":1}", "{\"a\":1, \"x\": 1}"),
        ("{\n\t\"a\": 1\n}\n", "{\n\t\"a\": 1,\n\t\"x\": 1\n}\n"),
        ("{\r\n    \"a\": 1\r\n}", "{\r\n    \"a\": 1,\r\n    \"x\": 1\r\n}"),
        ("{\n  \"a\": 1, // why\n}", "{\n  \"a\": 1, // why\n  \"x\": 1,\n}"),
        ("{\n  \"a\": 1 // why\n  // more\n}", "{\n  \"a\": 1, // why\n  \"x\": 1\n  // more\n}"),
        ("{\"a\": 1 // why\n}", "{\"a\": 1, // why\n  \"x\": 1\n}"),
        ("{ /* none */ }", "{ /* none */\n  \"x\": 1\n}"),
    ];
    for (before, after) in cases {
        assert_eq!(insert(before, &[], Some("x"), "1").unwrap().unwrap(), after, "{before}");
    }
}

#[test]
fn a_nested_value_is_laid_out_like_the_file() {
    let text = "{\n\t\"a\": {\n\t\t\"b\": [1]\n\t}\n}";
    let path = key("a");
    let value = r#"{"c": {"d": []}, "e": [1, 2]}"#;
    assert_eq!(
        insert(text, &path, Some("x"), value).unwrap().unwrap(),
        "{\n\t\"a\": {\n\t\t\"b\": [1],\n\t\t\"x\": {\n\t\t\t\"c\": {\n\t\t\t\t\"d\": []\n\t\t\t},\n\t\t\t\"e\": [\n\t\t\t\t1,\n\t\t\t\t2\n\t\t\t]\n\t\t}\n\t}\n}"
    );
    assert_eq!(
        insert("{\"a\": {\"b\": 1}}", &path, Some("x"), value).unwrap().unwrap(),
        "{\"a\": {\"b\": 1, \"x\": { \"c\": { \"d\": [] }, \"e\": [ 1, 2 ] }}}"
    );
}

#[test]
fn a_member_added_after_ours_stays_when_ours_is_removed() {
    let cases = ["{\n  \"a\": 1\n}", "{\"a\": 1}", "{\n  \"a\": 1, // why\n}", "{\n  \"a\": 1 // why\n}"];
    for before in cases {
        let ours = insert(before, &[], Some("x"), "{\"y\": [1]}").unwrap().unwrap();
        let theirs = insert(&ours, &[], Some("z"), "true").unwrap().unwrap();
        let expected = insert(before, &[], Some("z"), "true").unwrap().unwrap();
        assert_eq!(remove(&theirs, &key("x")).unwrap(), expected, "{before}");
    }
}

#[test]
fn the_last_of_equal_keys_counts() {
    let text = r#"{"a": 1, "a": 2}"#;
    assert_eq!(at(text, &key("a")).unwrap(), Some("2"));
    assert_eq!(replace(text, &key("a"), "3").unwrap().unwrap(), r#"{"a": 1, "a": 3}"#);
}

#[test]
fn malformed_json_is_refused_with_its_position() {
    for (text, line, column) in [
        ("{\n  \"a\": 1\n  \"b\": 2\n}", 2, 9),
        ("{\"é\": tru}", 1, 7),
        ("{\"a\": 'b'}", 1, 7),
        ("{a: 1}", 1, 2),
    ] {
        let error = value(text).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{text}: {error:?}");
    }
    assert!(value(&"[".repeat(100_000)).is_err());
    assert_eq!(value(" // nothing\n").unwrap(), Value::Null);
}

/// JSON in a random layout: blanks and comments between tokens, and trailing commas.
fn laid_out() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("null"), Just("-1.5e3"), Just("\"é \\\" , ] }\""), Just("true")];
    let blank = || prop::sample::select(vec!["", " ", "\n  ", "\r\n\t", " // c, }\n", "/* [ */"]);
    let comma = prop::sample::select(vec!["", ","]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 20, 4, move |inner| {
        let member = ("[a-c]{1,2}", blank(), blank(), inner.clone(), blank());
        let object = (blank(), prop::collection::vec(member, 0..4), comma.clone(), blank());
        let object = object.prop_map(|(open, members, comma, close)| {
            let members: Vec<_> = members
                .into_iter()
                .map(|(name, a, b, value, c)| format!("\"{name}\"{a}:{b}{value}{c}"))
                .collect();
            let comma = if members.is_empty() { "" } else { comma };
            format!("{{{open}{}{comma}{close}}}", members.join(","))
        });
        let array = (blank(), prop::collection::vec((inner, blank()), 0..4), blank());
        let array = array.prop_map(|(open, elements, close)| {
            let elements: Vec<_> = elements.into_iter().map(|(value, a)| value + a).collect();
            format!("[{open}{}{close}]", elements.join(","))
        });
        prop_oneof![object, array]
    })
}

/// Paths of all non-empty objects and lists.
fn containers(value: &Value, path: &[Step], found: &mut Vec<(Vec<Step>, bool)>) {
    let children: Vec<(Step, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect()
        }
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(index, value)| (Step::Index(index), value)).collect()
        }
        _ => return,
    };
    if !children.is_empty() {
        found.push((path.to_vec(), value.is_object()));
    }
    for (step, value) in children {
        containers(value, &[path, &[step]].concat(), found);
    }
}

proptest! {
    #[test]
    fn an_inserted_value_can_be_removed_exactly(text in laid_out()) {
        let before = value(&text).unwrap();
        let mut paths = Vec::new();
        containers(&before, &[], &mut paths);
        for (path, is_object) in paths {
            let name = is_object.then_some("our own");
            let with = insert(&text, &path, name, r#"{"y": [1, {}]}"#).unwrap().unwrap();
            let step = match name {
                Some(name) => Step::from(name),
                None => {
                    let container = value(at(&text, &path).unwrap().unwrap()).unwrap();
                    Step::Index(container.as_array().unwrap().len())
                }
            };
            let ours = [path, vec![step]].concat();
            let there = at(&with, &ours).unwrap().unwrap();
            prop_assert_eq!(value(there).unwrap(), serde_json::json!({"y": [1, {}]}));
            prop_assert_eq!(remove(&with, &ours).unwrap(), text.clone());
        }
    }
}
