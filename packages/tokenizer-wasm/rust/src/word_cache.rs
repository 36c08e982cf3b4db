//! Short words that were seen lately. Most words of most texts are among a few thousand: these need not be walked through
//! the trie, which is larger than a processor's nearest cache.

use std::cell::Cell;

const BITS: u32 = 13;

/// Short ASCII words with their ids, each in the one place that its letters give it.
#[derive(Debug)]
pub(crate) struct WordCache {
    slots: Box<[Cell<(u64, u32)>; 1 << BITS]>,
}

impl WordCache {
    /// Words of at most this many characters fit: their bytes make up the key.
    pub(crate) const LONGEST: usize = size_of::<u64>();

    pub(crate) fn new() -> Self {
        let slots = vec![Cell::new((0, 0)); 1 << BITS];
        Self { slots: slots.try_into().expect("the length is given") }
    }

    #[inline]
    fn slot(&self, key: u64) -> &Cell<(u64, u32)> {
        // Fibonacci hashing: the upper bits depend on all of the key's.
        &self.slots[(key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - BITS)) as usize]
    }

    /// The id of the word whose bytes make up `key`, if it was seen lately. No word's key is 0.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> Option<u32> {
        let (known, id) = self.slot(key).get();
        (known == key).then_some(id)
    }

    #[inline]
    pub(crate) fn put(&self, key: u64, id: u32) {
        self.slot(key).set((key, id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_until_another_takes_its_place() {
        let cache = WordCache::new();
        assert_eq!(cache.get(1), None);
        for key in 1..100_000 {
            cache.put(key, key as u32);
            assert_eq!(cache.get(key), Some(key as u32));
        }
        let found = (1..100_000).filter(|&key| cache.get(key).is_some_and(|id| id == key as u32)).count();
        assert!(found <= 1 << BITS && found > 1 << (BITS - 1), "{found}");
    }
}
