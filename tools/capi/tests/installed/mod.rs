//! libcco in a temporary prefix, put there by `tools/capi/install`, and programs compiled against it.

#![allow(dead_code)] // each test uses a part

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An installation, and room for programs. It goes when this does.
pub(crate) struct Installed {
    folder: tempfile::TempDir,
}

impl Installed {
    /// Installs what cargo has built for this test.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let installed = Self { folder };
        let script = here().join("install");
        let mut install = Command::new(script);
        install.arg("--prefix").arg(installed.prefix()).arg("--built").arg(installed.built());
        said(install.env_remove("DESTDIR"));
        installed
    }

    /// Where cargo has put the libraries: beside this test's program.
    #[allow(clippy::unused_self)] // an installation comes from there
    pub(crate) fn built(&self) -> PathBuf {
        std::env::current_exe().unwrap().parent().unwrap().to_owned()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn prefix(&self) -> PathBuf {
        self.folder().join("a prefix & more")
    }

    pub(crate) fn lib(&self) -> PathBuf {
        self.prefix().join("lib")
    }

    /// Compiles `sources` with all warnings as errors, for the shared library, or for the static one.
    pub(crate) fn compile(&self, compiler: &str, sources: &[&Path], flags: &[&str], shared: bool) -> PathBuf {
        let name = format!("{}-{}", sources[0].file_name().unwrap().to_str().unwrap(), flags.len());
        let program = self.folder().join(name + if shared { "-shared" } else { "-static" });
        let mut command = Command::new(compiler);
        command.args(["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-g"]);
        command
            .args(flags)
            .args(sources)
            .arg("-I")
            .arg(self.prefix().join("include"))
            .arg("-o")
            .arg(&program);
        if shared {
            command.arg("-L").arg(self.lib()).arg("-lcco");
        } else {
            command.arg(self.lib().join("libcco.a")).args(["-lpthread", "-ldl", "-lm", "-lgcc_s"]);
        }
        said(&mut command);
        program
    }

    /// A program that finds the shared library, and no home, state or configuration but those of the test.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LD_LIBRARY_PATH", self.lib()).env("HOME", self.folder()).current_dir(self.folder());
        command
    }
}

/// The folder of this crate.
pub(crate) fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Whether there is such a program.
pub(crate) fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Runs a command that must succeed, and returns what it printed.
pub(crate) fn said(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?} ended with {status}\n{stdout}{stderr}");
    stdout.into_owned()
}
