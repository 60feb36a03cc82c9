//! `tools/package/build` where the machine lacks what makes the package quicker: there is one all the same.
//!
//! The tools it calls are played by scripts that note how they were called, so that nothing is built.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The machine that the script believes to be on.
struct Machine {
    folder: tempfile::TempDir,
    /// The tools it has for building, as functions of the shell: no program is written anywhere.
    tools: String,
}

/// How cco-peek was linked, a call each, and what was said.
struct Package {
    links: Vec<String>,
    said: String,
}

const MUSL: &str = "x86_64-unknown-linux-musl";
const GNU: &str = "x86_64-unknown-linux-gnu";

/// What is no tool for building.
const SYSTEM: [&str; 16] = [
    "awk", "bash", "cat", "cp", "cut", "dirname", "gzip", "head", "install", "mkdir", "mktemp", "paste",
    "rm", "sed", "tar", "wc",
];

impl Machine {
    /// One with rustc, cargo and a C compiler, and nothing else.
    fn new() -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap(), tools: String::new() };
        let path = std::env::var_os("PATH").unwrap();
        for program in SYSTEM {
            let mut found = std::env::split_paths(&path).map(|path| path.join(program));
            symlink(found.find(|path| path.exists()).expect(program), machine.own("system", program))
                .unwrap();
        }
        machine
            .with("rustc", &format!("[ \"$1\" = -vV ] && echo 'host: {GNU}' || echo $at/sysroot"))
            .with("cc", "echo libc.a")
            .with(
                "cargo",
                r#"local made words="$*"
case "$1" in
metadata) echo "{\"target_directory\":\"$at/built\"}"; return ;;
build) made=$at/built/release/cco ;;
rustc)
    echo "$words" >>$at/links
    case "$words" in *ordering-file=*) made="${words##*ordering-file=}"; cp "${made%%,*}" $at/first ;; esac
    while [ "$1" != --target ]; do shift; done
    made=$at/built/static/$2/dist/cco-peek ;;
esac
mkdir -p "${made%/*}"
echo '#!/bin/sh' >"$made""#,
            )
    }

    /// With a tool that does this.
    fn with(mut self, tool: &str, script: &str) -> Self {
        self.tools += &format!("{tool}() {{\n{script}\n}}\n");
        self
    }

    fn with_musl(self) -> Self {
        self.own(&format!("sysroot/lib/rustlib/{MUSL}/lib"), "");
        self
    }

    fn with_lld(self) -> Self {
        let lld = self.own(&format!("sysroot/lib/rustlib/{GNU}/bin/gcc-ld"), "ld.lld");
        fs::write(&lld, "").unwrap();
        fs::set_permissions(&lld, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn with_static_glibc(self) -> Self {
        fs::write(self.own("glibc", "libc.a"), "").unwrap();
        self.with("cc", "echo $at/glibc/libc.a")
    }

    /// Names as the linker knows them, and as they are read.
    fn with_nm(self) -> Self {
        self.with(
            "nm",
            r#"local main=_R4main other=_R5other
[ "$2" != -C ] || main=cco_peek::main other=cco::other
printf '0000000000000010 T %s\n0000000000000020 t %s\n' "$main" "$other""#,
        )
    }

    /// A path in a folder of the machine, which is made.
    fn own(&self, folder: &str, name: &str) -> PathBuf {
        let folder = self.folder.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        folder.join(name)
    }

    /// Makes the package, into a folder named as seen from where one stands.
    fn package(&self) -> Package {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/package/build");
        let (tools, at) = (self.own("", "tools.sh"), self.folder.path());
        fs::write(&tools, format!("at={}\n{}", at.display(), self.tools)).unwrap();
        let mut command = Command::new(self.own("system", "bash"));
        command.env_clear().env("PATH", self.own("system", "")).env("BASH_ENV", tools);
        let output = command.arg(script).arg("out").current_dir(at).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        let archive = String::from_utf8(output.stdout).unwrap();
        let archive = Path::new(archive.trim_end());
        assert_eq!(archive.parent(), Some(&*at.join("out")), "{said}");
        let listed = Command::new("tar").arg("-tzf").arg(archive).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        for program in ["/bin/cco\n", "/bin/cco-peek\n"] {
            assert!(listed.contains(program), "{listed}");
        }
        let links = fs::read_to_string(at.join("links")).unwrap();
        Package { links: links.lines().map(str::to_owned).collect(), said }
    }
}

#[test]
fn with_everything_there_what_runs_is_put_together() {
    let machine = Machine::new().with_musl().with_lld().with_nm();
    let Package { links, said } = machine.package();
    assert_eq!(links.len(), 2, "{links:?}");
    assert!(
        links.iter().all(|link| link.contains(MUSL) && link.contains("+crt-static") && link.contains("=lld"))
    );
    assert!(links[1].contains("--symbol-ordering-file="), "{links:?}");
    assert!(said.contains("1 functions"), "{said}");
    assert_eq!(fs::read_to_string(machine.folder.path().join("first")).unwrap(), "_R4main\n");
}

#[test]
fn without_the_linker_or_the_names_it_is_linked_once_and_in_no_order() {
    for machine in [Machine::new().with_musl().with_nm(), Machine::new().with_musl().with_lld()] {
        let Package { links, .. } = machine.package();
        assert_eq!(links.len(), 1, "{links:?}");
        assert!(links[0].contains(MUSL) && links[0].contains("+crt-static") && !links[0].contains("lld"));
    }
}

#[test]
fn without_musl_glibc_is_linked_in() {
    let Package { links, .. } = Machine::new().with_static_glibc().package();
    assert!(links[0].contains(GNU) && links[0].contains("+crt-static"), "{links:?}");
}

#[test]
fn without_anything_to_link_in_the_library_is_left_to_the_system() {
    for machine in [Machine::new(), Machine::new().with_lld().with_nm()] {
        let Package { links, said } = machine.package();
        assert!(links.iter().all(|link| link.contains(GNU)), "{links:?}");
        assert!(
            links.iter().all(|link| !link.contains("crt-static") && !link.contains("relocation")),
            "{links:?}"
        );
        assert!(said.contains("rustup target add x86_64-unknown-linux-musl"), "{said}");
    }
}
