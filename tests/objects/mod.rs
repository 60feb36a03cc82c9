//! The whole objects of a transcript, as plainly as the rule for damage can be put.

use serde_json::Value;

/// How records begin.
const STARTS: [&str; 3] = ["{\"parentUuid\":", "{\"type\":", "{\"isSidechain\":"];

/// All objects that count as whole, in order. A last line without its newline has not ended: nothing behind damage on
/// it is looked for.
pub(crate) fn objects_of(transcript: &[u8]) -> Vec<Value> {
    let mut lines: Vec<&[u8]> = transcript.split(|&byte| byte == b'\n').collect();
    let last = lines.pop().unwrap_or_default();
    let mut objects = Vec::new();
    for line in lines {
        let mut from = 0;
        for _ in 0..65 {
            let Some(failed) = run_of_objects(line, from, &mut objects) else { break };
            let next = (failed + 1..line.len())
                .find(|&at| STARTS.iter().any(|start| line[at..].starts_with(start.as_bytes())));
            let Some(next) = next else { break };
            from = next;
        }
    }
    run_of_objects(last, 0, &mut objects);
    objects
}

/// Adds the objects from an index on; the index of what is none.
fn run_of_objects(line: &[u8], from: usize, objects: &mut Vec<Value>) -> Option<usize> {
    let mut at = from;
    loop {
        at += line[at..].iter().take_while(|byte| b" \t\r\0".contains(byte)).count();
        if at == line.len() {
            return None;
        }
        let mut values = serde_json::Deserializer::from_slice(&line[at..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(object)) if object.is_object() => objects.push(object),
            _ => return Some(at),
        }
        at += values.byte_offset();
    }
}
