//! Which files of a module use each other, and whether they do so in a circle.
//!
//! A file is a module here, so a path such as `super::reader::Reader` names a file. A name that a `mod.rs` only
//! passes on (`pub use reader::Reader`) stands for the file that has it. What files named `tests.rs` and inline
//! `mod tests` use does not count.

use std::collections::{BTreeMap, BTreeSet};

/// A file's place in the tree of modules: `src/a/b.rs` and `src/a/b/mod.rs` are both `["a", "b"]`.
type Module = Vec<String>;

/// A file uses another one: both as paths below `src/`.
pub(super) type Use = (String, String);

/// How often a name is followed from one `pub use` to the next.
const HOPS_MAX: usize = 8;

/// The files of a crate.
struct Tree<'a> {
    /// Path below `src/` and code.
    files: BTreeMap<Module, (&'a str, String)>,
    /// Names that a file passes on, and where they lead: module and name.
    passed_on: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
}

/// The circles among the files of each module, as (path below `src/`, text). Uses in `allowed` do not count.
pub(super) fn circles(files: &[(&str, &str)], allowed: &[(&str, &str)]) -> Vec<Vec<String>> {
    let mut uses = uses(files);
    uses.retain(|(from, to)| !allowed.contains(&(&**from, &**to)));
    let nodes: BTreeSet<&String> = uses.iter().flat_map(|(from, to)| [from, to]).collect();
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        nodes.iter().map(|node| (*node, reach(node, &uses))).collect();
    let mut circles = BTreeSet::new();
    for node in nodes {
        if reached[node].contains(node) {
            let circle = reached[node].iter().filter(|other| reached[**other].contains(node));
            circles.insert(circle.map(|other| (*other).clone()).collect::<Vec<_>>());
        }
    }
    circles.into_iter().collect()
}

/// Which files of the same module use each other.
pub(super) fn uses(files: &[(&str, &str)]) -> BTreeSet<Use> {
    let tree = Tree::of(files);
    let mut uses = BTreeSet::new();
    for (module, (path, code)) in &tree.files {
        for target in tree.used_by(module, code) {
            let is_same_room = !target.is_empty() && target.first() == module.first();
            if is_same_room && target != *module {
                uses.insert(((*path).to_owned(), tree.files[&target].0.to_owned()));
            }
        }
    }
    uses
}

/// Everything that leads on from a file.
fn reach<'a>(from: &String, uses: &'a BTreeSet<Use>) -> BTreeSet<&'a String> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(node) = open.pop() {
        for (_, to) in uses.iter().filter(|(from, _)| from == node) {
            if found.insert(to) {
                open.push(to);
            }
        }
    }
    found
}

impl<'a> Tree<'a> {
    fn of(files: &[(&'a str, &str)]) -> Self {
        let files = files.iter().filter(|(path, _)| !is_test(path));
        let files = files.map(|(path, text)| (module(path), (*path, shipped(text))));
        let mut tree = Self { files: files.collect(), passed_on: BTreeMap::new() };
        let passed_on =
            tree.files.iter().map(|(module, (_, code))| (module.clone(), tree.passed_on(module, code)));
        tree.passed_on = passed_on.collect();
        tree
    }

    /// The files that a file's code names.
    fn used_by(&self, module: &Module, code: &str) -> BTreeSet<Module> {
        let mut found = BTreeSet::new();
        let body = body(code);
        for (path, is_passed_on) in self.paths(module, code) {
            let is_used = || path.last().is_some_and(|name| words(&body).any(|word| word == name));
            if !is_passed_on || is_used() {
                found.insert(self.file_of(&path));
            }
        }
        found
    }

    fn passed_on(&self, module: &Module, code: &str) -> BTreeMap<String, Vec<String>> {
        let paths = self.paths(module, code).into_iter().filter(|(_, is_passed_on)| *is_passed_on);
        paths.filter_map(|(path, _)| Some((path.last()?.clone(), path))).collect()
    }

    /// The file that has what a path from the crate's root names.
    fn file_of(&self, path: &[String]) -> Module {
        let mut path = path.to_vec();
        for _ in 0..HOPS_MAX {
            let depth = (0..=path.len()).rev().find(|depth| self.files.contains_key(&path[..*depth]));
            let (file, rest) = path.split_at(depth.unwrap_or(0));
            let leads_to =
                rest.first().and_then(|name| self.passed_on.get(file).and_then(|names| names.get(name)));
            let Some(leads_to) = leads_to.filter(|leads_to| **leads_to != path) else { return file.to_vec() };
            path = [leads_to, &rest[1..]].concat();
        }
        panic!("`pub use` leads nowhere: {path:?}");
    }

    /// All paths in `code` that can name a file, from the crate's root, and whether they only pass a name on.
    fn paths(&self, module: &Module, code: &str) -> Vec<(Vec<String>, bool)> {
        let mut found = Vec::new();
        let mut last = ' ';
        for (at, c) in code.char_indices() {
            let begins = is_name(c) && !is_name(last) && last != ':';
            last = c;
            if !begins || code[..at].ends_with("pub(in ") {
                continue;
            }
            let first: String = code[at..].chars().take_while(|c| is_name(*c)).collect();
            let rest = &code[at + first.len()..];
            let Some(mut rest) = rest.strip_prefix("::") else { continue };
            let mut base = [&module[..], &inline_modules(&code[..at])].concat();
            match first.as_str() {
                "crate" => base.clear(),
                "self" => {}
                "super" => {
                    base.pop();
                    while let Some(shorter) = rest.strip_prefix("super::") {
                        base.pop();
                        rest = shorter;
                    }
                }
                child => {
                    base.clone_from(module);
                    base.push(child.to_owned());
                    if !self.files.contains_key(&base) {
                        continue;
                    }
                }
            }
            let statement = code[..at].rsplit([';', '}', '{']).next().unwrap_or_default().trim_start();
            let statement = statement.rsplit(']').next().unwrap_or_default().trim_start();
            let is_passed_on = statement.starts_with("pub") && statement.ends_with("use ");
            found.extend(each(rest).into_iter().map(|names| ([&base[..], &names].concat(), is_passed_on)));
        }
        found
    }
}

/// The modules without files of their own that are open at the end of `code`, outermost first.
fn inline_modules(code: &str) -> Vec<String> {
    let mut open: Vec<(&str, &str)> = Vec::new();
    for line in code.lines() {
        let indent = &line[..line.len() - line.trim_start().len()];
        if line.trim_start() == "}" && open.last().is_some_and(|(outer, _)| *outer == indent) {
            open.pop();
        }
        let name = line.strip_suffix(" {").and_then(|line| line.rsplit_once("mod "));
        let is_module = |before: &str, name: &str| {
            name.chars().all(is_name) && (before.trim().is_empty() || before.trim().starts_with("pub"))
        };
        if let Some((_, name)) = name.filter(|(before, name)| is_module(before, name)) {
            open.push((indent, name));
        }
    }
    open.into_iter().map(|(_, name)| name.to_owned()).collect()
}

/// The code of the file's own module, without `use` and `mod` declarations, which begin a line each.
fn body(code: &str) -> String {
    let (mut is_inside, mut is_below) = (false, false);
    let is_kept = |line: &&str| {
        let begins = |word: &str| {
            let line = line.trim_start();
            line.starts_with(&format!("{word} "))
                || line.starts_with("pub") && line.contains(&format!(" {word} "))
        };
        // A module without a file of its own, from its line to the brace at the same place.
        is_below =
            (is_below && *line != "}") || (!line.starts_with(' ') && begins("mod") && line.ends_with('{'));
        let is_declaration = is_inside || begins("use") || begins("mod") && line.ends_with(';');
        is_inside = is_declaration && !line.ends_with(';');
        !is_declaration && !is_below
    };
    code.lines().filter(is_kept).collect::<Vec<_>>().join("\n")
}

/// Each of the paths that `a::{b, c::D}` stands for.
fn each(text: &str) -> Vec<Vec<String>> {
    let Some(list) = text.strip_prefix('{') else {
        let name: String = text.chars().take_while(|c| is_name(*c)).collect();
        let rest = text[name.len()..].strip_prefix("::");
        let rest = rest.filter(|_| !name.is_empty()).map_or(vec![vec![]], each);
        let name = Some(name).filter(|name| !name.is_empty() && name != "self");
        return rest.into_iter().map(|rest| name.iter().cloned().chain(rest).collect()).collect();
    };
    super::items(list).into_iter().flat_map(each).collect()
}

/// The code without tests and comments.
fn shipped(text: &str) -> String {
    let code = super::code(text);
    let tests = code.find("#[cfg(test)]\nmod tests {");
    code[..tests.unwrap_or(code.len())].to_owned()
}

fn module(path: &str) -> Module {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

fn is_test(path: &str) -> bool {
    path.ends_with("tests.rs") || path.contains("/tests/")
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c| !is_name(c))
}
