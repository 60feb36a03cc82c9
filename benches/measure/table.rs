//! Tables as README takes them: Markdown, padded so that a terminal shows them straight.

use std::fmt;

/// A table; all columns but the first hold figures.
#[derive(Clone, Debug)]
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    pub(crate) fn new<const N: usize>(head: [&str; N]) -> Self {
        Self(vec![head.map(str::to_owned).to_vec()])
    }

    pub(crate) fn headed(head: Vec<String>) -> Self {
        Self(vec![head])
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.0.push(cells.map(str::to_owned).to_vec());
    }

    pub(crate) fn cells(&mut self, cells: Vec<String>) {
        self.0.push(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at: usize| self.0.iter().filter_map(|row| Some(row.get(at)?.chars().count())).max();
        let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0).max(3)).collect();
        for (number, row) in self.0.iter().enumerate() {
            for (at, width) in widths.iter().copied().enumerate() {
                let cell = row.get(at).map_or("", String::as_str);
                match at {
                    0 => write!(f, "| {cell:<width$} |")?,
                    _ => write!(f, " {cell:>width$} |")?,
                }
            }
            writeln!(f)?;
            if number == 0 {
                f.write_str("|")?;
                for (at, width) in widths.iter().enumerate() {
                    let line = "-".repeat(if at == 0 { width + 2 } else { width + 1 });
                    write!(f, "{line}{}", if at == 0 { "|" } else { ":|" })?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}
