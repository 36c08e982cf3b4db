//! Words of up to 30 bytes, as keys.

use crate::short_word::{ShortWord, hash_eight};

/// A word of up to [`LongWord::MAX_BYTES`] bytes, padded with zeros. Foreign words may be short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LongWord {
    low: ShortWord,
    high: ShortWord,
}

impl LongWord {
    /// The maximum length in bytes.
    pub(crate) const MAX_BYTES: usize = 2 * ShortWord::MAX_BYTES;

    /// Reads the word in the first `length` bytes, which contain no zeros and are at most [`Self::MAX_BYTES`].
    #[inline]
    pub(crate) fn read(bytes: &[u8; 32], length: usize) -> Self {
        let half = |from: usize| bytes[from..].first_chunk().expect("16 bytes");
        let (low, high) = (length.min(ShortWord::MAX_BYTES), length.saturating_sub(ShortWord::MAX_BYTES));
        Self { low: ShortWord::read(half(0), low), high: ShortWord::read(half(ShortWord::MAX_BYTES), high) }
    }

    /// Returns the word if it has at most [`ShortWord::MAX_BYTES`] bytes.
    #[inline]
    pub(crate) fn short(self) -> Option<ShortWord> {
        (self.high.length() == 0).then_some(self.low)
    }

    #[inline]
    pub(crate) fn hash(self) -> u64 {
        hash_eight(self.low.hash() ^ self.high.hash().rotate_left(32))
    }
}
