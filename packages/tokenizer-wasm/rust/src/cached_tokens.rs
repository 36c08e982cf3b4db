//! The tokens of cached words, in eight bytes for each word.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;

/// The maximum number of tokens of a word that are stored together with the word.
pub(crate) const MAX_CACHED_TOKENS: usize = 3;

/// The tokens of a word. Either the upper bits are the count and the lower bits the ids, or the ids are in an [`IdStore`]:
/// then the upper bits are [`STORED`], and the lower bits are the position and the count of the ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens(u64);

/// The number of bits of an id.
pub(crate) const ID_BITS: u32 = 20;
/// The position of the upper bits.
const COUNT_SHIFT: u32 = MAX_CACHED_TOKENS as u32 * ID_BITS;
/// The value of the upper bits if the ids are in a store.
const STORED: u64 = 15;
/// The number of bits of the count of ids in a store.
const STORED_COUNT_BITS: u32 = 6;

impl Tokens {
    /// The empty list of tokens, which marks a word that is not in the cache.
    pub(crate) const NONE: Self = Self(0);

    /// Packs at most [`MAX_CACHED_TOKENS`] ids of at most [`ID_BITS`] bits; `None` if they do not fit.
    pub(crate) fn new(ids: &[u32]) -> Option<Self> {
        if ids.len() > MAX_CACHED_TOKENS || ids.iter().any(|id| id >> ID_BITS != 0) {
            return None;
        }
        let packed = ids.iter().rev().fold(0, |packed, &id| packed << ID_BITS | u64::from(id));
        Some(Self((ids.len() as u64) << COUNT_SHIFT | packed))
    }

    /// Returns whether the ids are in an [`IdStore`].
    #[inline]
    pub(crate) fn are_stored(self) -> bool {
        self.0 >> COUNT_SHIFT == STORED
    }

    /// Returns the number of tokens, if they are not in a store.
    #[inline]
    pub(crate) fn count(self) -> usize {
        (self.0 >> COUNT_SHIFT) as usize
    }

    /// Returns all ids, of which only the first [`Self::count`] are valid, if they are not in a store.
    #[inline]
    pub(crate) fn ids(self) -> [u32; MAX_CACHED_TOKENS] {
        core::array::from_fn(|i| (self.0 >> (i as u32 * ID_BITS)) as u32 & ((1 << ID_BITS) - 1))
    }

    /// Returns these tokens if they are not [`Self::NONE`], and otherwise the others.
    #[inline]
    pub(crate) fn or(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Returns these tokens if the condition is true, and otherwise [`Self::NONE`]. Compiles to code without branches.
    #[inline]
    pub(crate) fn only_if(self, condition: bool) -> Self {
        Self(core::hint::select_unpredictable(condition, self.0, 0))
    }
}

/// A ring buffer of the ids of words with many tokens. When it is full, the oldest ids are overwritten.
#[derive(Clone, Debug)]
pub(crate) struct IdStore {
    ids: Box<[Cell<u32>]>,
    /// The number of ids stored so far.
    count: Cell<u64>,
}

/// The number of ids in the ring buffer, a power of two: 1 MB.
const STORE_SIZE: usize = 1 << 18;
/// The maximum number of ids of a word.
pub(crate) const MAX_STORED: usize = 40;

impl IdStore {
    /// Returns an empty store, or `None` if there is not enough memory.
    pub(crate) fn new() -> Option<Self> {
        // A word that starts before the end of the buffer may continue behind it.
        let size = STORE_SIZE + MAX_STORED;
        let mut ids = Vec::new();
        ids.try_reserve_exact(size).ok()?;
        ids.resize(size, Cell::new(0));
        Some(Self { ids: ids.into(), count: Cell::new(0) })
    }

    /// Returns the size of the store in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.ids)
    }

    /// Stores the ids of a word; `None` if there are too many.
    pub(crate) fn put(&self, ids: &[u32]) -> Option<Tokens> {
        if ids.len() > MAX_STORED {
            return None;
        }
        let position = self.count.get();
        let start = position as usize % STORE_SIZE;
        for (stored, &id) in self.ids[start..].iter().zip(ids) {
            stored.set(id);
        }
        // The next word starts at the beginning of the buffer if this one continues behind its end.
        self.count.set(position + ids.len().min(STORE_SIZE - start) as u64);
        Some(Tokens(STORED << COUNT_SHIFT | position << STORED_COUNT_BITS | ids.len() as u64))
    }

    /// Returns ids that were stored; `None` if they have been overwritten.
    #[inline]
    pub(crate) fn get(&self, tokens: Tokens) -> Option<&[Cell<u32>]> {
        let count = (tokens.0 & ((1 << STORED_COUNT_BITS) - 1)) as usize;
        let position = (tokens.0 & ((1 << COUNT_SHIFT) - 1)) >> STORED_COUNT_BITS;
        if self.count.get() - position > STORE_SIZE as u64 {
            return None;
        }
        let start = position as usize % STORE_SIZE;
        self.ids.get(start..start + count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_ids_are_returned_until_they_are_overwritten() {
        let store = IdStore::new().unwrap();
        let ids = |seed: usize| (0..=seed % MAX_STORED).map(|i| (seed * 31 + i) as u32).collect::<Vec<_>>();
        let all: Vec<_> = (0..40_000).map(|seed| (seed, store.put(&ids(seed)).unwrap())).collect();
        assert!(store.count.get() > 2 * STORE_SIZE as u64);
        let found = all.iter().filter_map(|&(seed, tokens)| {
            assert!(tokens.are_stored());
            let found: Vec<_> = store.get(tokens)?.iter().map(Cell::get).collect();
            assert_eq!(found, ids(seed));
            Some(found.len())
        });
        let kept: usize = found.sum();
        assert!((STORE_SIZE - 2 * MAX_STORED..=STORE_SIZE + MAX_STORED).contains(&kept), "{kept}");
        assert_eq!(store.put(&[0; MAX_STORED + 1]), None);
    }
}
