//! Words of up to 15 bytes, packed into two integers.

/// The bytes and length of a short word, as a key.
///
/// Bytes 0 to 14 are the bytes of the word, padded with zeros. Byte 15 is its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShortWord {
    pub(crate) low: u64,
    pub(crate) high: u64,
}

impl ShortWord {
    /// The maximum length of a short word in bytes.
    pub(crate) const MAX_BYTES: usize = 15;

    /// Creates a word from at most [`Self::MAX_BYTES`] bytes.
    pub(crate) fn new(word: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes[..word.len()].copy_from_slice(word);
        Self::read(&bytes, word.len())
    }

    /// Creates a word from the first `length` bytes, at most [`Self::MAX_BYTES`].
    #[inline]
    pub(crate) fn read(bytes: &[u8; 16], length: usize) -> Self {
        let mask = MASKS[16 - length.min(16)..].first_chunk().expect("at least sixteen bytes follow");
        let word = u128::from_le_bytes(*bytes) & u128::from_le_bytes(*mask);
        Self { low: word as u64, high: (word >> 64) as u64 | (length as u64) << 56 }
    }

    /// Creates a word from the first `length` bytes. `length` is at least 9 and at most [`Self::MAX_BYTES`].
    #[inline]
    pub(crate) fn from_bits(bytes: u128, length: usize) -> Self {
        let high = (bytes >> 64) as u64 & u64::MAX >> (128 - 8 * length);
        Self { low: bytes as u64, high: high | (length as u64) << 56 }
    }

    /// Returns the hash of the word. Multiplicative hashing makes its upper bits depend on every byte.
    #[inline]
    pub(crate) fn hash(self) -> u64 {
        hash_eight(self.low ^ self.high.wrapping_mul(0xa076_1d64_78bd_642f))
    }

    /// Returns the word's bytes, padded with zeros.
    #[inline]
    pub(crate) fn bytes(self) -> u128 {
        u128::from(self.low) | u128::from(self.high & !(0xff << 56)) << 64
    }

    #[inline]
    pub(crate) fn length(self) -> usize {
        (self.high >> 56) as usize
    }
}

/// Returns the hash of eight bytes. Multiplicative hashing makes its upper bits depend on every byte.
#[inline]
pub(crate) fn hash_eight(bytes: u64) -> u64 {
    bytes.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Bytes that contain the mask of the first `length` bytes at index `16 - length`.
static MASKS: [u8; 32] = {
    let mut masks = [0; 32];
    let mut i = 0;
    while i < 16 {
        masks[i] = 0xff;
        i += 1;
    }
    masks
};

/// The case conversion of ASCII capital letters. The value is the bit to set in a capital letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Case {
    Unchanged = 0,
    Lower = 0x20,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_keeps_the_first_bytes() {
        let bytes = *b"AZaz@[`{\xc3\x9c\xff\x000Z_!";
        for length in 0..=ShortWord::MAX_BYTES {
            let mut expected = [0; 16];
            expected[..length].copy_from_slice(&bytes[..length]);
            let word = ShortWord::read(&bytes, length);
            assert_eq!(word.bytes().to_le_bytes(), expected);
            if length > 8 {
                assert_eq!(ShortWord::from_bits(u128::from_le_bytes(bytes), length), word);
            }
            assert_eq!(word.length(), length);
        }
    }

    #[test]
    fn words_that_end_in_zeros_differ_by_their_lengths() {
        assert_ne!(ShortWord::read(&[0; 16], 1), ShortWord::read(&[0; 16], 2));
    }
}
