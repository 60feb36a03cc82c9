//! CRC-32 (zlib's) of words as stored in the file, for small parts: page 0 and health.
//!
//! A word a step, from tables made at compile time. Invariant: the same sums as crc32fast gives, which sums the
//! rows of tables. That asks the processor for its instructions first, and where a hypervisor answers, a process
//! that looks once at one page waits for the answer longer than for everything else.

/// A sum in the making.
pub(crate) struct Crc(u32);

impl Crc {
    pub(crate) fn new() -> Self {
        Self(!0)
    }

    /// Adds words, each as its eight bytes in the file's order.
    pub(crate) fn update(&mut self, words: &[u64]) {
        for word in words {
            let bytes = (word ^ u64::from(self.0)).to_le_bytes();
            let rest = bytes.iter().zip(TABLES.iter().rev());
            self.0 = rest.fold(0, |sum, (byte, table)| sum ^ table[usize::from(*byte)]);
        }
    }

    pub(crate) fn finish(self) -> u32 {
        !self.0
    }
}

/// The sum of `words`.
pub(crate) fn crc_of_words(words: &[u64]) -> u32 {
    let mut crc = Crc::new();
    crc.update(words);
    crc.finish()
}

/// What a byte adds to a sum when as many bytes as the table's number follow it in its word.
static TABLES: [[u32; 256]; 8] = tables();

#[allow(clippy::cast_possible_truncation)] // numbers of a byte
const fn tables() -> [[u32; 256]; 8] {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = (sum >> 1) ^ (if sum & 1 == 1 { POLYNOMIAL } else { 0 });
            bit += 1;
        }
        tables[0][byte] = sum;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_crc32fast() {
        let mut word = 1u64;
        let words: Vec<u64> = (0..200)
            .map(|_| {
                word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                word
            })
            .collect();
        for length in 0..words.len() {
            let bytes: Vec<u8> = words[..length].iter().flat_map(|word| word.to_le_bytes()).collect();
            assert_eq!(crc_of_words(&words[..length]), crc32fast::hash(&bytes), "{length} words");
        }
    }

    #[test]
    fn a_sum_may_be_fed_in_parts() {
        let words = [u64::MAX, 0, 7, 1 << 63];
        let mut crc = Crc::new();
        crc.update(&words[..1]);
        crc.update(&words[1..]);
        assert_eq!(crc.finish(), crc_of_words(&words));
    }
}
