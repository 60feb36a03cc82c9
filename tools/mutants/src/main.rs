//! Breaks the snapshot protocol on purpose, one fault at a time in a copy of the source, and shows which proof notices.
//!
//! ```text
//! cargo run -p cco-mutants                   all of them, against all of their proofs
//! cargo run -p cco-mutants -- --only bank    those whose fault mentions a bank
//! cargo run -p cco-mutants -- --write        the same as the first, and the table in docs/reliability.md
//! ```
//!
//! Invariant: a fault counts as noticed only if its proof passes on the source without it. Ends with 1 if a fault
//! survives, or a proof could not be run.

mod list;
mod proof;
mod table;
mod tree;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use list::{MUTANTS, Mutant};
use proof::{Proof, Verdict};
use tree::Tree;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (only, writes) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => (None, false),
        ["--write"] => (None, true),
        ["--only", word] => (Some(word.to_owned()), false),
        _ => {
            eprintln!("usage: cco-mutants [--only WORD | --write]");
            return ExitCode::from(2);
        }
    };
    match run(only.as_deref(), writes) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cco-mutants: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every fault was noticed by all of its proofs.
fn run(only: Option<&str>, writes: bool) -> std::io::Result<bool> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let target = package.join("target");
    let tree = Tree::copy(&package, &target.join("mutants"))?;
    let mut sound = BTreeMap::new();
    let mut rows = Vec::new();
    let mut all_noticed = true;
    let began = Instant::now();
    for mutant in MUTANTS.iter().filter(|mutant| only.is_none_or(|word| mutant.fault.contains(word))) {
        let mut killers = Vec::new();
        for &proof in mutant.proofs {
            let is_sound = match sound.get(&proof) {
                Some(is_sound) => *is_sound,
                None => is_sound(&tree, &target, proof)?,
            };
            sound.insert(proof, is_sound);
            let verdict = try_one(&tree, &target, mutant, proof)?;
            match verdict {
                Verdict::Fails(tests) if is_sound => {
                    killers.extend(tests.into_iter().map(|test| (proof.judge(), test)));
                }
                Verdict::Hangs if is_sound => killers.push((proof.judge(), "it never ended".into())),
                other => {
                    all_noticed = false;
                    println!("SURVIVED {proof:?}: {}: {other:?}", mutant.fault);
                }
            }
        }
        for (judge, test) in &killers {
            println!("{:4} s  {}: killed by {judge}, {test}", began.elapsed().as_secs(), mutant.fault);
        }
        rows.push(table::row(mutant.fault, mutant.file, &killers));
    }
    println!("{} mutants, {}", rows.len(), if all_noticed { "all killed" } else { "NOT ALL KILLED" });
    if writes && all_noticed {
        table::write(&package.join("docs/reliability.md"), &rows)?;
    }
    Ok(all_noticed)
}

/// Whether a proof passes on the source as it is, without which its failures prove nothing.
fn is_sound(tree: &Tree, target: &Path, proof: Proof) -> std::io::Result<bool> {
    let verdict = proof.run(tree.path(), target)?;
    if verdict != Verdict::Passes {
        println!("NOT A PROOF {proof:?}: {verdict:?}");
    }
    Ok(verdict == Verdict::Passes)
}

fn try_one(tree: &Tree, target: &Path, mutant: &Mutant, proof: Proof) -> std::io::Result<Verdict> {
    let changed = tree.change(mutant.file, mutant.original, mutant.mutant)?;
    let verdict = proof.run(tree.path(), target)?;
    changed.restore()?;
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(file: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)).unwrap()
    }

    #[test]
    fn every_mutant_changes_one_place_of_the_source_as_it_is() {
        for mutant in MUTANTS {
            let places = text(mutant.file).matches(mutant.original).count();
            assert_eq!(places, 1, "{}: in {}", mutant.fault, mutant.file);
            assert_ne!(mutant.original, mutant.mutant);
            assert!(!mutant.proofs.is_empty());
        }
    }

    #[test]
    fn the_table_of_the_document_has_every_mutant() {
        let document = text("docs/reliability.md");
        let rows = table::faults(&document);
        let faults: Vec<_> = MUTANTS.iter().map(|mutant| mutant.fault).collect();
        assert_eq!(rows, faults, "run `cargo run -p cco-mutants -- --write`");
    }
}
