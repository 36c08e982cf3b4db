//! Words that are tokens: most of what stands in a text.

use crate::short_word::ShortWord;

/// Words of up to seven ASCII characters that are tokens, with their ids.
///
/// A slot is eight bytes, and holds all of the word that its place does not tell: multiplication by an odd number, modulo
/// 2^56, gives every word another number, whose upper bits are the slot's and whose lower bits are in it, beside the id. So
/// the words that make up most of a text stay in a processor's first- and second-level caches.
#[derive(Clone, Debug)]
pub(crate) struct ReadyWords {
    slots: Box<[u64; 1 << SLOT_BITS]>,
}

const SLOT_BITS: u32 = 15;
/// Below the word's, a slot has so many bits for one more than the id; it is 0 where there is no word.
const ID_BITS: u32 = u8::BITS + SLOT_BITS;
/// Odd, and eight bits further up: products are the word's number in their upper 56 bits.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15 << u8::BITS;

impl ReadyWords {
    /// Words of at most this many bytes may be here.
    const LONGEST: usize = 7;
    /// What is less than this is an id.
    pub(crate) const NONE: u64 = (1 << ID_BITS) - 1;

    pub(crate) fn new() -> Self {
        Self { slots: vec![0; 1 << SLOT_BITS].try_into().expect("the length is given") }
    }

    /// Puts a token in, if it can be here and no other has its place, or gives it another id.
    pub(crate) fn insert(&mut self, token: &[u8], id: u32) {
        if token.len() > Self::LONGEST || !token.is_ascii() || u64::from(id) >= Self::NONE {
            return;
        }
        let (place, rest) = place_of(ShortWord::new(token).low);
        let slot = &mut self.slots[place];
        if *slot == 0 || (*slot ^ rest) >> ID_BITS == 0 {
            *slot = rest | (u64::from(id) + 1);
        }
    }

    /// The id of a word of up to eight bytes, filled up with zeros, or something that is not less than [`Self::NONE`].
    #[inline]
    pub(crate) fn get(&self, word: u64) -> u64 {
        let (place, rest) = place_of(word);
        // No word of eight bytes is here.
        (self.slots[place] ^ rest).wrapping_sub(1) | (word & 0xff << 56)
    }
}

/// A word's slot, and what is kept of it there.
#[inline]
fn place_of(word: u64) -> (usize, u64) {
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
    fn words_are_found_with_their_ids_and_no_others_are() {
        let words: Vec<_> =
            (0..20_000).map(|i: u32| format!("{:x}", i.wrapping_mul(0x9e37_79b9) >> (8 + i % 8))).collect();
        let mut ready = ReadyWords::new();
        for (word, id) in words.iter().zip(0..).step_by(2) {
            ready.insert(word.as_bytes(), id);
        }
        let mut found = 0;
        for text in &words {
            let id = ready.get(word(text));
            if id < ReadyWords::NONE {
                // Of those that come again, the last counts.
                let last = words.iter().step_by(2).rposition(|known| known == text).map(|place| 2 * place as u64);
                assert_eq!(Some(id), last, "{text}");
                found += 1;
            }
        }
        // Of ten thousand in thirty-two thousand slots, one or two thousand have none.
        assert!((8000..10_000).contains(&found), "{found}");
    }

    #[test]
    fn words_that_cannot_be_here_are_not_found() {
        let mut ready = ReadyWords::new();
        for (word, id) in [("abcdefg", 7), ("abcdefgh", 8), ("ä", 9), ("big", u32::MAX), ("a", 0)] {
            ready.insert(word.as_bytes(), id);
        }
        assert_eq!(ready.get(word("abcdefg")), 7);
        assert_eq!(ready.get(word("a")), 0);
        // An eighth letter could make the word in the slot of one of seven: whatever it is, it is seen.
        let same_beginning = (1..=u8::MAX).map(|last| word("abcdefg") | u64::from(last) << 56);
        for absent in same_beginning.chain(["ä", "big", "b", ""].map(word)) {
            assert!(ready.get(absent) >= ReadyWords::NONE, "{absent:x}");
        }
    }
}
