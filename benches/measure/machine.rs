//! What the figures were measured on, in words, and how many cores there are.

use std::fmt::Write as _;

/// Processor, cores and system: a table without them says nothing.
pub(crate) fn described() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let mut text = model.map_or("an unknown processor", |(_, model)| model).to_owned();
    let _ = write!(text, ", {} cores", cores());
    if let Ok(release) = std::fs::read_to_string("/proc/sys/kernel/osrelease") {
        let _ = write!(text, ", Linux {}", release.trim());
    }
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        let _ = write!(text, ", load {} at the beginning", load.split(' ').next().unwrap_or("unknown"));
    }
    text
}

/// Cores that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Numbers of cores by which scaling is told: 1, 2, 4 and so on, and all. One number where processes cannot be
/// confined.
pub(crate) fn core_counts() -> Vec<usize> {
    let all = cores();
    if !cfg!(target_os = "linux") {
        return vec![all];
    }
    let mut counts: Vec<usize> = (0..).map(|power| 1 << power).take_while(|count| *count < all).collect();
    counts.push(all);
    counts
}
