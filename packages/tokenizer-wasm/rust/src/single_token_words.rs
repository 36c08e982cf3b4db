//! Words that are single tokens, which make up most of a text.

use alloc::boxed::Box;
use alloc::vec;

use crate::short_word::ShortWord;

/// A hash table from words to ids, for words of up to seven ASCII characters that are single tokens.
///
/// A slot has eight bytes and contains the part of the word that the slot's index does not imply. Multiplication by an
/// odd number, modulo 2^56, maps each word to a different number. Its upper bits are the index of the slot; its lower
/// bits are stored in the slot, next to the id. The slots of common words fit in a CPU's L1 and L2 caches.
#[derive(Clone, Debug)]
pub(crate) struct SingleTokenWords {
    slots: Box<[u64; 1 << SLOT_BITS]>,
}

const SLOT_BITS: u32 = 15;
/// The number of lowest bits of a slot that contain the id plus one. An empty slot is 0.
const ID_BITS: u32 = u8::BITS + SLOT_BITS;
/// An odd number, shifted left by eight bits so that the upper 56 bits of the result are the word's number.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15 << u8::BITS;

impl SingleTokenWords {
    /// The maximum length of a word in the table, in bytes.
    const MAX_BYTES: usize = 7;
    /// Results of [`Self::get`] below this value are ids.
    pub(crate) const NONE: u64 = (1 << ID_BITS) - 1;

    pub(crate) fn new() -> Self {
        Self { slots: vec![0; 1 << SLOT_BITS].try_into().expect("the length matches") }
    }

    /// Returns the size of the table in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.slots)
    }

    /// Inserts a token, or replaces its id. Ignores tokens that do not fit the table or whose slot is taken, and tokens with
    /// zeros, which are the padding of words.
    pub(crate) fn insert(&mut self, token: &[u8], id: u32) {
        if token.len() > Self::MAX_BYTES || !token.is_ascii() || token.contains(&0) || u64::from(id) >= Self::NONE {
            return;
        }
        let (index, rest) = slot_of(ShortWord::new(token).low);
        let slot = &mut self.slots[index];
        if *slot == 0 || (*slot ^ rest) >> ID_BITS == 0 {
            *slot = rest | (u64::from(id) + 1);
        }
    }

    /// Returns the id of a word of up to eight bytes, padded with zeros, or a value of at least [`Self::NONE`].
    #[inline]
    pub(crate) fn get(&self, word: u64) -> u64 {
        let (index, rest) = slot_of(word);
        // The table holds no words of eight bytes.
        (self.slots[index] ^ rest).wrapping_sub(1) | (word & 0xff << 56)
    }
}

/// Returns the index of a word's slot, and the part of the word that is stored there.
#[inline]
fn slot_of(word: u64) -> (usize, u64) {
    let number = word.wrapping_mul(MULTIPLIER);
    ((number >> (u64::BITS - SLOT_BITS)) as usize, number << SLOT_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> u64 {
        ShortWord::new(text.as_bytes()).low
    }

    #[test]
    fn only_inserted_words_are_found() {
        let words: Vec<_> =
            (0..20_000).map(|i: u32| format!("{:x}", i.wrapping_mul(0x9e37_79b9) >> (8 + i % 8))).collect();
        let mut table = SingleTokenWords::new();
        for (word, id) in words.iter().zip(0..).step_by(2) {
            table.insert(word.as_bytes(), id);
        }
        let mut found_count = 0;
        for text in &words {
            let id = table.get(word(text));
            if id < SingleTokenWords::NONE {
                // If a word is inserted twice, the last id wins.
                let last = words.iter().step_by(2).rposition(|known| known == text).map(|index| 2 * index as u64);
                assert_eq!(Some(id), last, "{text}");
                found_count += 1;
            }
        }
        // Of 10,000 words in 32,768 slots, 1,000 to 2,000 collide with another word.
        assert!((8000..10_000).contains(&found_count), "{found_count}");
    }

    #[test]
    fn words_that_do_not_fit_are_not_found() {
        let mut table = SingleTokenWords::new();
        for (word, id) in [("abcdefg", 7), ("abcdefgh", 8), ("ä", 9), ("big", u32::MAX), ("\0", 10), ("a", 0)] {
            table.insert(word.as_bytes(), id);
        }
        assert_eq!(table.get(word("abcdefg")), 7);
        assert_eq!(table.get(word("a")), 0);
        // An eighth byte must not make a word match a word of seven bytes, whatever the byte is.
        let same_beginning = (1..=u8::MAX).map(|last| word("abcdefg") | u64::from(last) << 56);
        for absent in same_beginning.chain(["ä", "big", "b", ""].map(word)) {
            assert!(table.get(absent) >= SingleTokenWords::NONE, "{absent:x}");
        }
    }
}
