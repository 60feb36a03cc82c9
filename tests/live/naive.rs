//! The rule of counting for the lines that these tests make, as plainly as it can be put.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cco::snapshot::{Counters, Picodollars};
use serde_json::Value;
use walkdir::WalkDir;

use crate::objects::objects_of;
use crate::transcript::UNPRICED;

/// Requests by id: the line with the most output, which tells of them best; and the ids that some line calls final.
#[derive(Default)]
pub(crate) struct Naive(BTreeMap<String, Value>, BTreeSet<String>);

impl Naive {
    /// Takes in every whole object of every transcript below a folder.
    pub(crate) fn look(&mut self, folder: &Path) {
        for entry in WalkDir::new(folder).into_iter().filter_map(Result::ok) {
            if entry.file_type().is_file() && entry.path().extension().is_some_and(|end| end == "jsonl") {
                self.read(&std::fs::read(entry.path()).unwrap());
            }
        }
    }

    /// Takes in what stands whole in these bytes.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        for object in objects_of(bytes).into_iter().filter(|object| object["type"] == "assistant") {
            let id = object["message"]["id"].as_str().unwrap().to_owned();
            if !object["message"]["stop_reason"].is_null() {
                self.1.insert(id.clone());
            }
            let known = self.0.entry(id).or_insert_with(|| object.clone());
            if output(&object) > output(known) {
                *known = object;
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What all of them used, but for the cost.
    pub(crate) fn totals(&self) -> Counters {
        let mut totals = Counters::default();
        for (id, object) in &self.0 {
            let (model, usage) = (&object["message"]["model"], &object["message"]["usage"]);
            totals.messages += 1;
            if !self.1.contains(id) {
                totals.provisional_messages += 1;
                totals.provisional_output_tokens += output(object);
            }
            add(&mut totals, model, usage);
            for iteration in usage["iterations"].as_array().into_iter().flatten() {
                if iteration["type"] == "advisor_message" {
                    add(&mut totals, &iteration["model"], iteration);
                }
            }
        }
        totals
    }
}

fn output(object: &Value) -> u64 {
    object["message"]["usage"]["output_tokens"].as_u64().unwrap()
}

fn add(totals: &mut Counters, model: &Value, usage: &Value) {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let (input, output) = (count(&usage["input_tokens"]), count(&usage["output_tokens"]));
    let write = count(&usage["cache_creation_input_tokens"]);
    let read = count(&usage["cache_read_input_tokens"]);
    totals.requests += 1;
    totals.input_tokens += input;
    totals.output_tokens += output;
    totals.cache_write_5m_tokens += write;
    totals.cache_read_tokens += read;
    totals.web_search_requests += count(&usage["server_tool_use"]["web_search_requests"]);
    if model == UNPRICED {
        totals.unpriced_tokens += input + output + write + read;
    }
}

/// Counters without their cost, which the naive count does not know.
pub(crate) fn costless(counters: Counters) -> Counters {
    Counters { cost: Picodollars(0), ..counters }
}
