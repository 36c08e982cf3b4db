//! Words of up to fifteen bytes, as two numbers.

/// The bytes of a short word, and its length: what the word is known by.
///
/// Bytes 0 to 14 are the word's, filled up with zeros, and byte 15 is its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShortWord {
    pub(crate) low: u64,
    pub(crate) high: u64,
}

impl ShortWord {
    /// Words of at most this many bytes are short.
    pub(crate) const LONGEST: usize = 15;

    /// The word made of the first `length` bytes, which are at most [`Self::LONGEST`].
    #[inline]
    pub(crate) fn read(bytes: &[u8; 16], length: usize) -> Self {
        let keep = KEEP[16 - length.min(16)..].first_chunk().expect("there are sixteen more");
        let word = u128::from_le_bytes(*bytes) & u128::from_le_bytes(*keep);
        Self { low: word as u64, high: (word >> 64) as u64 | (length as u64) << 56 }
    }

    /// The word with its capitals become `case`. It is ASCII.
    pub(crate) fn with_case(self, case: Case) -> Self {
        // A length is below all capitals.
        Self { low: with_case(self.low, case), high: with_case(self.high, case) }
    }

    /// Multiplicative hashing: the upper bits depend on all of the word's.
    #[inline]
    pub(crate) fn hash(self) -> u64 {
        (self.low ^ self.high.wrapping_mul(0xa076_1d64_78bd_642f)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// The word's bytes, filled up with zeros: sixteen bytes from any of them on can be read.
    #[inline]
    pub(crate) fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.low.to_le_bytes());
        bytes[8..16].copy_from_slice(&(self.high & !(0xff << 56)).to_le_bytes());
        bytes
    }

    pub(crate) fn length(self) -> usize {
        (self.high >> 56) as usize
    }
}

/// Ones for the first so many bytes: read from `16 - length` on.
static KEEP: [u8; 32] = {
    let mut keep = [0; 32];
    let mut i = 0;
    while i < 16 {
        keep[i] = 0xff;
        i += 1;
    }
    keep
};

/// What becomes of ASCII capitals: the bit that is set in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Case {
    Kept = 0,
    Lowered = 0x20,
}

/// What becomes of eight ASCII characters when capitals become `case`.
#[inline]
pub(crate) fn with_case(ascii: u64, case: Case) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let from_a = ascii + (0x80 - u64::from(b'A')) * EACH;
    let beyond_z = ascii + (0x80 - u64::from(b'Z') - 1) * EACH;
    ascii | ((from_a & !beyond_z & (0x80 * EACH)) >> 2) & (case as u64 * EACH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_keeps_the_first_bytes() {
        let bytes = *b"AZaz@[`{\xc3\x9c\xff\x000Z_!";
        for length in 0..=ShortWord::LONGEST {
            let mut expected = [0; 32];
            expected[..length].copy_from_slice(&bytes[..length]);
            let word = ShortWord::read(&bytes, length);
            assert_eq!(word.bytes(), expected);
            assert_eq!(word.length(), length);
        }
    }

    #[test]
    fn words_that_end_in_zeros_differ_by_their_lengths() {
        assert_ne!(ShortWord::read(&[0; 16], 1), ShortWord::read(&[0; 16], 2));
    }

    #[test]
    fn with_case_lower_cases_every_ascii_character_and_no_length() {
        for byte in 0..0x80 {
            let mut bytes = [byte; 16];
            bytes[..8].copy_from_slice(&[b'A', 0, b'Z', b'@', b'[', 0x7f, byte, byte]);
            for length in 0..=ShortWord::LONGEST {
                let word = ShortWord::read(&bytes, length);
                let lowered = ShortWord::read(&bytes.map(|byte| byte.to_ascii_lowercase()), length);
                assert_eq!(word.with_case(Case::Lowered), lowered);
                assert_eq!(word.with_case(Case::Kept), word);
            }
        }
    }
}
