//! All vectors with their answers, and the files that hold them.
//!
//! Invariant: an answer is what the reader of this repository says only after it was held to what the document says of
//! that vector, so a wrong reader stops this from making vectors.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

use crate::answer::{answer, error};
use crate::golden::{EVERYTHING, Golden, goldens};
use crate::hostile::{self, Case, Verdict};
use crate::json::{Json, differences};
use crate::placed::{place, remove};

/// All vectors, each with its answer.
pub struct Vectors {
    /// Files that are read.
    pub goldens: Vec<(Golden, Json)>,
    /// Files that nobody should have.
    pub cases: Vec<(Case, Json)>,
}

impl Vectors {
    /// Makes them, in an empty `folder`.
    pub fn make(folder: &Path) -> Result<Self, String> {
        let path = folder.join("usage.snapshot");
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut made = Self { goldens: Vec::new(), cases: Vec::new() };
        for golden in goldens(folder)? {
            fs::write(&path, &golden.image.0).map_err(failed)?;
            let answer = answer(&path, golden.now, golden.is_held);
            fs::remove_file(&path).map_err(failed)?;
            if snapshot(&answer).is_none() {
                return Err(format!("{} is not read: {answer}", golden.name));
            }
            made.goldens.push((golden, answer));
        }
        let everything =
            made.golden(EVERYTHING).ok_or("the base of hostile vectors is not there")?.image.clone();
        for case in hostile::cases(EVERYTHING, &everything)? {
            let base = if case.base.is_some() { everything.0.as_slice() } else { &[] };
            place(&path, &case, base).map_err(failed)?;
            let answer = answer(&path, Case::NOW, true);
            remove(&path, &case).map_err(failed)?;
            let holds = match case.verdict {
                Verdict::Error(code) => answer == error(code),
                Verdict::Reads => snapshot(&answer).is_some(),
                Verdict::ReadsOrDamaged => {
                    snapshot(&answer).is_some() || answer == error(cco::snapshot::Code::Damaged)
                }
            };
            if !holds {
                return Err(format!(
                    "{} should be {:?}, but the reader says {answer}",
                    case.name, case.verdict
                ));
            }
            made.cases.push((case, answer));
        }
        Ok(made)
    }

    /// A golden vector by its name.
    pub fn golden(&self, name: &str) -> Option<&Golden> {
        self.goldens.iter().map(|(golden, _)| golden).find(|golden| golden.name == name)
    }

    /// The files of the vectors, each with its path in their folder.
    pub fn files(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, String> {
        let mut files = Vec::new();
        for (golden, answer) in &self.goldens {
            let path = Path::new("golden").join(golden.name);
            let packed = packed(&golden.image.0).map_err(|error| error.to_string())?;
            files.push((path.with_extension("snapshot.gz"), packed));
            files.push((path.with_extension("json"), golden_text(golden, answer).into_bytes()));
        }
        files.push(("hostile.json".into(), self.hostile_text()?.into_bytes()));
        Ok(files)
    }

    fn hostile_text(&self) -> Result<String, String> {
        let base = self.goldens.iter().find(|(golden, _)| golden.name == EVERYTHING);
        let (_, base) = base.ok_or("the base of hostile vectors is not there")?;
        let lines: Vec<String> =
            self.cases.iter().map(|(case, answer)| case_line(case, answer, base)).collect();
        Ok(format!("{{\"now_ms\":{},\"held\":true,\"cases\":[\n{}\n]}}\n", Case::NOW, lines.join(",\n")))
    }
}

/// Writes the files into `folder`; files of vectors that are no more are removed.
pub fn write(folder: &Path, files: &[(PathBuf, Vec<u8>)]) -> std::io::Result<()> {
    let golden = folder.join("golden");
    fs::create_dir_all(&golden)?;
    for entry in fs::read_dir(&golden)? {
        let entry = entry?;
        let path = Path::new("golden").join(entry.file_name());
        if files.iter().all(|(known, _)| *known != path) {
            fs::remove_file(entry.path())?;
        }
    }
    files.iter().try_for_each(|(path, bytes)| fs::write(folder.join(path), bytes))
}

/// What an answer says of a snapshot; `None` if it is an error.
pub fn snapshot(answer: &Json) -> Option<&Json> {
    match answer {
        Json::Object(members) => members.iter().find(|(name, _)| *name == "snapshot").map(|(_, value)| value),
        _ => None,
    }
}

/// Without a name and a time, so that the same bytes are packed into the same bytes.
fn packed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    packer.finish()
}

/// A member of the snapshot a line, for those who read differences.
fn golden_text(golden: &Golden, answer: &Json) -> String {
    let Some(Json::Object(members)) = snapshot(answer) else { return String::new() };
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!(
        "{{\"why\":{},\n\"now_ms\":{},\"held\":{},\n\"answer\":{{\"snapshot\":{{\n{}\n}}}}}}\n",
        Json::from(golden.why),
        golden.now,
        golden.is_held,
        members.join(",\n")
    )
}

/// A case on a line. An answer that is a snapshot is told as its differences from that of the base, if that can be done.
fn case_line(case: &Case, answer: &Json, base: &Json) -> String {
    let mut members = vec![("name", Json::from(case.name.as_str())), ("group", case.group.into())];
    if case.kind != hostile::Kind::File {
        members.push(("kind", case.kind.word().into()));
    }
    members.push(("base", case.base.map_or(Json::Null, Json::from)));
    if let Some(length) = case.length {
        members.push(("length", length.into()));
    }
    if !case.edits.is_empty() {
        let edit = |(at, bytes): &(usize, Vec<u8>)| {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Json::List(vec![(*at as u64).into(), hex.into()])
        };
        members.push(("edits", Json::List(case.edits.iter().map(edit).collect())));
    }
    let told = match differences(base, answer) {
        Some(differences) if snapshot(answer).is_some() => {
            let pairs = differences.into_iter().map(|(place, value)| Json::List(vec![place.into(), value]));
            Json::Object(vec![("like", EVERYTHING.into()), ("but", Json::List(pairs.collect()))])
        }
        _ => answer.clone(),
    };
    members.push(("answer", told));
    Json::Object(members).to_string()
}
