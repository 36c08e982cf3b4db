//! A hash table of words and their tokens that forgets words.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;

use crate::cached_tokens::Tokens;

/// Two entries whose words have the same hash, the most recent first.
#[derive(Clone, Debug, Default)]
struct Set<Key: Copy>([Cell<(Key, Tokens)>; 2]);

/// A two-way set-associative cache.
#[derive(Clone, Debug)]
pub(crate) struct Table<Key: Copy, const SETS: usize> {
    sets: Box<[Set<Key>; SETS]>,
}

impl<Key: Copy + Default + Eq, const SETS: usize> Table<Key, SETS> {
    /// Returns an empty table, or `None` if there is not enough memory.
    pub(crate) fn new() -> Option<Self> {
        let mut sets = Vec::new();
        sets.try_reserve_exact(SETS).ok()?;
        sets.resize_with(SETS, Default::default);
        Some(Self { sets: sets.try_into().ok()? })
    }

    /// Returns the size of the table in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.sets)
    }

    /// Returns the tokens of a word; [`Tokens::NONE`] if it is not in the table.
    ///
    /// The code has no branches, because a CPU cannot predict whether the word is first, second or absent.
    #[inline]
    pub(crate) fn get(&self, hash: u64, key: Key) -> Tokens {
        let [recent, older] = self.sets[set_index::<SETS>(hash)].0.each_ref().map(Cell::get);
        recent.1.only_if(recent.0 == key).or(older.1.only_if(older.0 == key))
    }

    /// Inserts a word, or replaces its tokens.
    pub(crate) fn put(&self, hash: u64, key: Key, tokens: Tokens) {
        let [recent, older] = &self.sets[set_index::<SETS>(hash)].0;
        // A key must not be in both entries.
        if recent.get().0 == key {
            recent.set((key, tokens));
        } else {
            older.set(recent.replace((key, tokens)));
        }
    }
}

#[inline]
fn set_index<const SETS: usize>(hash: u64) -> usize {
    (hash >> (u64::BITS - SETS.ilog2())) as usize
}
