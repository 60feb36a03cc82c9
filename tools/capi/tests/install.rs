//! libcco as others find it: through pkg-config, through CMake, and where a package puts it.
#![cfg(target_os = "linux")]

mod installed;
mod made;
#[path = "../../../tests/skipped/mod.rs"]
mod skipped;

use std::path::Path;
use std::process::Command;

use installed::{Installed, has, here, said};
use skipped::skipped;

/// Whether all of these programs are there; says which are not.
fn have(programs: &[&str]) -> bool {
    let missing: Vec<&str> = programs.iter().copied().filter(|program| !has(program)).collect();
    if !missing.is_empty() {
        skipped(format!("no {}", missing.join(", ")));
    }
    missing.is_empty()
}

/// What the status line of the examples, linked in some way, says of a snapshot of the past.
fn says_what_it_should(installed: &Installed, statusline: &Path) {
    let folder = tempfile::tempdir_in(installed.folder()).unwrap();
    let snapshot = folder.path().join("usage.snapshot");
    let _publisher = made::snapshot(&snapshot);
    assert_eq!(said(installed.command(statusline).arg(&snapshot)), "nothing published today\n");
}

#[test]
fn pkg_config_leads_to_the_shared_and_to_the_static_library() {
    if !have(&["gcc", "pkg-config"]) {
        return;
    }
    let installed = Installed::new();
    for flags in ["", "--static"] {
        let script = format!(
            "eval gcc -std=c11 -Wall -Werror {}/examples/statusline.c \
             \"$(pkg-config --cflags --libs {flags} 'cco >= 1.0')\" -o statusline",
            here().display()
        );
        let mut command = installed.command("sh");
        command.args(["-euc", &script]).env("PKG_CONFIG_PATH", installed.lib().join("pkgconfig"));
        said(&mut command);
        says_what_it_should(&installed, &installed.folder().join("statusline"));
        let _ = std::fs::remove_file(installed.lib().join("libcco.so"));
    }
}

#[test]
fn cmake_leads_to_both_libraries_and_knows_the_version() {
    if !have(&["gcc", "g++", "cmake", "make"]) {
        return;
    }
    let installed = Installed::new();
    let project = installed.folder().join("project");
    std::fs::create_dir(&project).unwrap();
    let source = here().join("examples/statusline.c");
    let lists = format!(
        "cmake_minimum_required(VERSION 3.13)\nproject(statuslines C)\nfind_package(cco 1.0 REQUIRED CONFIG)\n\
         add_executable(shared {0})\ntarget_link_libraries(shared PRIVATE cco::cco)\n\
         add_executable(static {0})\ntarget_link_libraries(static PRIVATE cco::cco_static)\n",
        source.display()
    );
    std::fs::write(project.join("CMakeLists.txt"), lists).unwrap();
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", installed.prefix().display());
    said(installed.command("cmake").args(["-S", "project", "-B", "build", &prefix]));
    said(installed.command("cmake").args(["--build", "build"]));
    for program in ["shared", "static"] {
        says_what_it_should(&installed, &installed.folder().join("build").join(program));
    }
    let newer = "cmake_minimum_required(VERSION 3.13)\nproject(p C)\nfind_package(cco 2.0 REQUIRED CONFIG)\n";
    std::fs::write(project.join("CMakeLists.txt"), newer).unwrap();
    let refused =
        installed.command("cmake").args(["-S", "project", "-B", "other", &prefix]).output().unwrap();
    assert!(!refused.status.success(), "another interface is another library");
}

#[test]
fn a_package_gets_everything_below_its_own_root() {
    let installed = Installed::new();
    let root = installed.folder().join("root");
    let mut install = Command::new(here().join("install"));
    install.args(["--prefix", "/usr", "--libdir", "/usr/lib/here", "--built"]).arg(installed.built());
    said(install.env("DESTDIR", &root));
    let lib = root.join("usr/lib/here");
    for file in ["libcco.so", "libcco.so.1", "libcco.so.1.0.0", "libcco.a", "cmake/cco/ccoConfig.cmake"] {
        assert!(lib.join(file).exists(), "{file}");
    }
    let header = std::fs::read(root.join("usr/include/cco.h")).unwrap();
    assert_eq!(header, std::fs::read(here().join("include/cco.h")).unwrap());
    let pc = std::fs::read_to_string(lib.join("pkgconfig/cco.pc")).unwrap();
    assert!(pc.contains("prefix=/usr\n") && pc.contains("libdir=/usr/lib/here\n"), "{pc}");
    assert!(!pc.contains('@') && !pc.contains(root.to_str().unwrap()), "{pc}");
    let cmake = std::fs::read_to_string(lib.join("cmake/cco/ccoConfig.cmake")).unwrap();
    assert!(!cmake.contains('@') && !cmake.contains(root.to_str().unwrap()), "{cmake}");
}

#[test]
fn a_prefix_that_programs_could_not_find_is_refused() {
    let mut install = Command::new(here().join("install"));
    let refused = install.args(["--prefix", "relative"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("relative is not an absolute path"),
        "{refused:?}"
    );
}
