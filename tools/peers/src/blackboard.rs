//! iceoryx2's blackboard: one entry for all words and one for today's, each with two cells.
//!
//! Two entries are two values: a reader of both may get two different ones.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use iceoryx2::node::NodeBuilder;
use iceoryx2::port::reader::{BlackboardValue, EntryHandle};
use iceoryx2::port::writer::EntryHandleMut;
use iceoryx2::prelude::{Config, FileName, SemanticString as _, ServiceName, SignalHandlingMode, ipc};

use crate::system::{Outcome, System, TODAY_WORDS, Words, files_below, is_whole, words_of};

/// iceoryx2's blackboard.
pub(crate) struct Blackboard;

type Today = [u64; TODAY_WORDS];

const ALL: u64 = 1;
const TODAY: u64 = 2;
/// How the names of its shared memory begin: they are apart for each folder.
fn prefix(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    format!("cco-peers-{}-", name.trim_start_matches('.'))
}

/// Its shared memory, which is not in the folder.
fn shared(folder: &Path) -> Vec<PathBuf> {
    let prefix = prefix(folder);
    let is_its =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix));
    files_below(Path::new("/dev/shm")).into_iter().filter(is_its).collect()
}

/// The writing ends of both entries.
pub(crate) struct Ends {
    all: EntryHandleMut<ipc::Service, u64, Words>,
    today: EntryHandleMut<ipc::Service, u64, Today>,
}

/// The reading ends.
pub(crate) struct Entries {
    all: EntryHandle<ipc::Service, u64, Words>,
    today: EntryHandle<ipc::Service, u64, Today>,
}

fn said(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

/// A node whose files are in the folder.
fn node(folder: &Path) -> Outcome<iceoryx2::node::Node<ipc::Service>> {
    let root = folder.join("iceoryx2");
    let root = iceoryx2::prelude::Path::new(root.as_os_str().as_encoded_bytes()).map_err(said)?;
    let mut config = Config::default();
    config.global.set_root_path(&root);
    config.global.prefix = FileName::new(prefix(folder).as_bytes()).map_err(said)?;
    let node = NodeBuilder::new().config(&config).signal_handling_mode(SignalHandlingMode::Disabled);
    node.create::<ipc::Service>().map_err(said)
}

fn name() -> Outcome<ServiceName> {
    "totals".try_into().map_err(said)
}

impl System for Blackboard {
    const NAME: &'static str = "iceoryx2 blackboard";
    type Writer = Ends;
    type Reader = Entries;
    type Error = Infallible;
    type All = BlackboardValue<Words>;
    type Today = BlackboardValue<Today>;

    fn writer(folder: &Path) -> Outcome<Ends> {
        let creator = node(folder)?.service_builder(&name()?).blackboard_creator::<u64>();
        let creator = creator.add::<Words>(ALL, words_of(0)).add::<Today>(TODAY, [0; TODAY_WORDS]);
        let writer = creator.create().map_err(said)?.writer_builder().create().map_err(said)?;
        Ok(Ends { all: writer.entry(&ALL).map_err(said)?, today: writer.entry(&TODAY).map_err(said)? })
    }

    fn write(writer: &mut Ends, number: u64) -> Outcome<()> {
        let words = words_of(number);
        writer.all.update_with_copy(words);
        writer.today.update_with_copy(*words.first_chunk().expect("there are more"));
        Ok(())
    }

    fn reader(folder: &Path) -> Outcome<Entries> {
        let opener = node(folder)?.service_builder(&name()?).blackboard_opener::<u64>();
        let reader = opener.open().map_err(said)?.reader_builder().create().map_err(said)?;
        Ok(Entries { all: reader.entry(&ALL).map_err(said)?, today: reader.entry(&TODAY).map_err(said)? })
    }

    #[inline]
    fn all(reader: &mut Entries) -> Result<BlackboardValue<Words>, Infallible> {
        Ok(reader.all.get())
    }

    #[inline]
    fn today(reader: &mut Entries) -> Result<BlackboardValue<Today>, Infallible> {
        Ok(reader.today.get())
    }

    fn holds(all: &BlackboardValue<Words>) -> bool {
        is_whole(&**all)
    }

    fn all_with_a_stop(
        _: &mut Entries,
        _: impl FnOnce(),
    ) -> Option<Result<BlackboardValue<Words>, Infallible>> {
        None
    }

    fn mapped_name(folder: &Path) -> String {
        prefix(folder)
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files = shared(folder);
        files.extend(files_below(folder));
        files
    }

    fn clean(folder: &Path) {
        for file in shared(folder) {
            // It may be gone by itself.
            let _ = std::fs::remove_file(file);
        }
    }
}
