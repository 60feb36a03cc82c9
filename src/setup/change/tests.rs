//! Changes to JSON files, made and undone one by one.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const PATH: &str = "settings.json";

fn step(keys: &[&str]) -> Vec<Step> {
    keys.iter().map(|key| Step::from(*key)).collect()
}

/// Makes one change of each kind.
fn made(bytes: &[u8]) -> Result<(Vec<u8>, Vec<Change>), SetupError> {
    let mut file = JsonFile::new(Path::new(PATH), Some(bytes))?;
    file.set(&step(&["a"]), r#"{"type": "ours", "list": [1, 2]}"#)?;
    file.set_missing(&step(&["hooks"]), "{}")?;
    file.set_missing(&step(&["hooks", "Start"]), "[]")?;
    file.push(&step(&["hooks", "Start"]), r#"{"command": "ours"}"#)?;
    file.set(&step(&["ours"]), "0")?;
    Ok(file.finish())
}

fn taken_back(changes: &[Change], bytes: &[u8]) -> Vec<u8> {
    changes.iter().rev().fold(bytes.to_vec(), |bytes, change| {
        change.taken_back(Path::new(PATH), &bytes).unwrap().unwrap_or(bytes)
    })
}

#[test]
fn undone_changes_leave_every_byte_as_it_was() {
    let files = [
        "",
        "\n",
        "// only words\n",
        "{}",
        "{ }\r\n",
        "{\n\n}",
        "\u{feff}{\r\n\t\"a\": 1,\r\n\t\"é\": \"日\"\r\n}",
        "{\"a\":1,\"hooks\":{\"Start\":[],\"Stop\":[1]}}",
        "{\n    \"hooks\": { /* none */ }, // yet\n    \"a\": [ 1,2 ,3 ],\n}\n\n",
        "/* first */ {\n  \"hooks\": {\"Start\": [ // these\n    {\"command\": \"theirs\"}, // last\n  ]}\n} // end",
    ];
    for text in files {
        let (with, changes) = made(text.as_bytes()).unwrap();
        assert_ne!(with, text.as_bytes());
        let back = String::from_utf8(taken_back(&changes, &with)).unwrap();
        assert_eq!(back, text, "from {}", String::from_utf8_lossy(&with));
    }
}

#[test]
fn a_value_of_ours_that_somebody_edited_stays() {
    let (with, changes) = made(b"{}").unwrap();
    let edited = String::from_utf8(with).unwrap().replace("\"ours\": 0", "\"ours\": 7");
    let left = jsonc::value(&String::from_utf8(taken_back(&changes, edited.as_bytes())).unwrap()).unwrap();
    assert_eq!(left, json!({"ours": 7}));
    let rewritten = br#"{"hooks":{"Start":[{"command":"theirs"},{"command":"ours"}]},"b":1}"#;
    let left = jsonc::value(&String::from_utf8(taken_back(&changes, rewritten)).unwrap()).unwrap();
    assert_eq!(left, json!({"hooks": {"Start": [{"command": "theirs"}]}, "b": 1}));
}

#[test]
fn a_file_that_cannot_be_changed_reports_where_and_why() {
    let message = |text: &[u8]| made(text).unwrap_err().to_string();
    assert!(
        message(b"{\"a\": 1,\n \"b\" 2}").starts_with("settings.json:2:6: "),
        "{}",
        message(b"{\"a\": 1,\n \"b\" 2}")
    );
    assert!(
        message(b"{\n\"\xff\": 1}").starts_with("settings.json:2:2: "),
        "{}",
        message(b"{\n\"\xff\": 1}")
    );
    assert!(message(b"[1]").contains("the file is not an object"));
    assert!(message(b"{\"hooks\": 1}").contains("hooks is not an object"));
    assert!(message(b"{\"hooks\": {\"Start\": {}}}").contains("hooks.Start is not a list"));
}

/// JSON objects in the layouts that programs write.
fn object() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just(json!(null)), Just(json!("é\n\"")), any::<i32>().prop_map(|n| json!(n))];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| json!(list)),
            prop::collection::btree_map("[a-d]{1,2}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    });
    let hooks =
        prop::collection::vec(value.clone(), 0..3).prop_map(|list| json!({"Start": list, "Stop": []}));
    let members = prop::collection::btree_map("[a-d]{1,2}", value, 0..5);
    (members, prop::option::of(hooks), 0..4, any::<bool>()).prop_map(|(members, hooks, layout, is_crlf)| {
        let mut object = json!(members);
        if let Some(hooks) = hooks {
            object["hooks"] = hooks;
        }
        let text = match layout {
            0 => object.to_string(),
            1 => serde_json::to_string_pretty(&object).unwrap(),
            2 => serde_json::to_string_pretty(&object).unwrap().replace("  ", "\t") + "\n",
            _ => format!("\u{feff}// settings\n{}\n\n", serde_json::to_string_pretty(&object).unwrap()),
        };
        if is_crlf { text.replace('\n', "\r\n") } else { text }
    })
}

proptest! {
    #[test]
    fn making_and_undoing_changes_restores_the_file(text in object()) {
        let (with, changes) = made(text.as_bytes()).unwrap();
        let back = taken_back(&changes, &with);
        prop_assert_eq!(String::from_utf8(back).unwrap(), text);
    }

    #[test]
    fn an_edit_elsewhere_stays_as_if_ours_had_never_been_made(text in object()) {
        let edit = |bytes: &[u8]| {
            let mut file = JsonFile::new(Path::new(PATH), Some(bytes)).unwrap();
            file.set(&step(&["zzz"]), r#"{"theirs": true}"#).unwrap();
            file.set(&step(&["aa"]), "[]").unwrap();
            file.finish().0
        };
        // In a file that was empty, the other entry may have copied its line breaks from ours.
        prop_assume!(jsonc::value(text.trim_start_matches('\u{feff}')).unwrap() != json!({}));
        let (with, changes) = made(text.as_bytes()).unwrap();
        let back = taken_back(&changes, &edit(&with));
        prop_assert_eq!(String::from_utf8(back).unwrap(), String::from_utf8(edit(text.as_bytes())).unwrap());
    }
}
