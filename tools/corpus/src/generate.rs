//! Fills a folder with a corpus, using all cores.
//!
//! Invariant: files are only created, so no existing file is changed. `corpus-<seed>.json` is written last.
//! It has the truth and marks the folder as a corpus that [`crate::append()`] may write to.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};
use std::{fmt, thread};

use crate::family::File;
use crate::made::Made;
use crate::plan::Plan;
use crate::pool::Pool;
use crate::spec::{InvalidSpec, Spec};

/// Why a corpus was not generated, or only a part of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum GenerateError {
    /// The spec is invalid.
    Spec(InvalidSpec),
    /// The folder is not empty.
    NotEmpty(PathBuf),
    /// A file of the corpus already exists.
    Exists(PathBuf),
    /// Writing failed.
    Io {
        /// The path that could not be written.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl fmt::Display for GenerateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spec(_) => f.write_str("cannot generate this corpus"),
            Self::NotEmpty(path) => {
                write!(f, "{} is not empty: use another folder, or --force to add to it", path.display())
            }
            Self::Exists(path) => write!(
                f,
                "{} already exists and was not changed: use another --seed or an empty folder",
                path.display()
            ),
            Self::Io { path, .. } => {
                write!(
                    f,
                    "cannot write {}: check the folder's permissions and the free space",
                    path.display()
                )
            }
        }
    }
}

impl std::error::Error for GenerateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Spec(error) => Some(error),
            Self::Io { source, .. } => Some(source),
            Self::NotEmpty(_) | Self::Exists(_) => None,
        }
    }
}

impl From<InvalidSpec> for GenerateError {
    fn from(error: InvalidSpec) -> Self {
        Self::Spec(error)
    }
}

/// Generates the corpus that `spec` describes. `folder` is created if it does not exist; it must be empty.
pub fn generate(spec: &Spec, folder: &Path) -> Result<Made, GenerateError> {
    let plan = Plan::new(spec)?;
    if !is_empty(folder)? {
        return Err(GenerateError::NotEmpty(folder.to_owned()));
    }
    write(spec, &plan, folder)
}

impl Spec {
    /// The same as [`generate()`] for a folder that need not be empty. Existing files are not changed.
    pub fn generate_beside(&self, folder: &Path) -> Result<Made, GenerateError> {
        let plan = Plan::new(self)?;
        write(self, &plan, folder)
    }
}

fn is_empty(folder: &Path) -> Result<bool, GenerateError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(GenerateError::Io { path: folder.to_owned(), source }),
    }
}

/// The name of the file that marks a folder as a corpus.
pub(crate) fn marker_name(seed: u64) -> String {
    format!("corpus-{seed}.json")
}

fn write(spec: &Spec, plan: &Plan, folder: &Path) -> Result<Made, GenerateError> {
    // Check this first, so generating the same corpus twice fails before anything is written.
    let marker = folder.join(marker_name(spec.seed));
    if marker.exists() {
        return Err(GenerateError::Exists(marker));
    }
    let pool = Pool::new();
    let next = AtomicUsize::new(0);
    let sum = Mutex::new(Ok(Made::default()));
    let work = || {
        while let Some(family) = plan.families.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (files, made) = family.write(&plan.range_ms, &pool);
            let written = files.iter().try_for_each(|file| write_file(file, folder));
            let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match (&mut *sum, written) {
                (Ok(sum), Ok(())) => sum.add(&made),
                (Ok(_), Err(error)) => *sum = Err(error),
                (Err(_), _) => return,
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let made = sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)?;
    create(&marker, made.to_json().as_bytes()).map_err(|error| failed(marker, error))?;
    Ok(made)
}

fn write_file(file: &File, folder: &Path) -> Result<(), GenerateError> {
    let path = folder.join(&file.path);
    let written = (|| {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let made = create(&path, file.transcript.text().as_bytes())?;
        // Make the file as old as its last line.
        let age = Duration::from_millis(u64::try_from(file.transcript.now_ms).unwrap_or(0));
        made.set_modified(UNIX_EPOCH + age)
    })();
    written.map_err(|error| failed(path, error))
}

fn create(path: &Path, content: &[u8]) -> io::Result<fs::File> {
    let mut out = BufWriter::new(fs::File::create_new(path)?);
    out.write_all(content)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

fn failed(path: PathBuf, source: io::Error) -> GenerateError {
    match source.kind() {
        io::ErrorKind::AlreadyExists => GenerateError::Exists(path),
        _ => GenerateError::Io { path, source },
    }
}
