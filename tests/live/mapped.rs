//! Transcripts that shrink and vanish while they are read.

use std::fs::{self, File};
use std::time::Duration;

use crate::naive::Naive;
use crate::transcript::{Dice, chatter, line, seed};
use crate::world::{World, await_totals};

#[test]
fn transcripts_cut_and_deleted_while_they_are_read_never_end_the_publisher() {
    let mut dice = Dice(seed());
    let world = World::new();
    world.write("p/0.jsonl", &line(0, 0, "s"));
    let mut publisher = world.publisher();
    let mut reader = world.reader();
    world.await_naive(&mut reader);

    // Large enough to be mapped, and to be read for a while.
    let mut large = Vec::new();
    let mut request = 1;
    while large.len() < 6_000_000 {
        large.extend(line(request, 0, "s"));
        large.extend(chatter(20_000));
        request += 1;
    }
    let paths: Vec<_> = (1..4).map(|number| world.path(&format!("p/{number}.jsonl"))).collect();
    std::thread::scope(|scope| {
        for path in &paths {
            let (large, mut dice) = (&large, Dice(dice.roll()));
            scope.spawn(move || {
                for _ in 0..60 {
                    fs::write(path, large).unwrap();
                    std::thread::sleep(Duration::from_micros(dice.roll() % 30_000));
                    match dice.below(3) {
                        0 => fs::remove_file(path).unwrap(),
                        1 => drop(File::create(path).unwrap()),
                        _ => {
                            let length = dice.below(large.len()) as u64;
                            File::options().write(true).open(path).unwrap().set_len(length).unwrap();
                        }
                    }
                }
            });
        }
    });
    assert!(publisher.is_running());

    for path in &paths {
        fs::write(path, &large).unwrap();
    }
    let mut naive = Naive::default();
    naive.look(&world.path(""));
    await_totals(&mut reader, naive.totals(), "all of the large ones, once");
    world.check(&mut reader);
    assert!(publisher.is_running());

    // One cut that is certain to be seen, after all those that may have been.
    File::options().write(true).open(&paths[0]).unwrap().set_len(large.len() as u64 / 2).unwrap();
    world.append("p/1.jsonl", &[b"\n".to_vec(), line(request, 0, "s")].concat());
    naive.look(&world.path(""));
    await_totals(&mut reader, naive.totals(), "what came behind a cut");
    let health = reader.health().unwrap().unwrap();
    println!("{} truncations were seen, {} bytes read", health.truncations, health.bytes_read);
    assert!(health.truncations > 0);
    assert_eq!(health.errors, 0);
}
