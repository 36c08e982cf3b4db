//! A cache of recent short words and their tokens, so that a repeated word is not split again.
//!
//! A few thousand words make up most of a text and should fit in a CPU's L2 cache. Most words have up to eight bytes,
//! and an entry for such a word takes 16 bytes including its tokens. There are many rare words, and in WebAssembly
//! splitting a word takes longer than fetching it from main memory, so the cache has space for 100,000 words.

use std::cell::{Cell, OnceCell};
use std::hint::select_unpredictable;

use crate::short_word::{ShortWord, hash_eight};

/// The maximum number of tokens of a cached word of up to eight bytes. Longer words may have twice as many.
pub(crate) const MAX_CACHED_TOKENS: usize = 3;

/// A word's tokens: the count in the upper bits, the ids in the lower bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens(u64);

/// The number of bits of an id.
const ID_BITS: u32 = 20;

impl Tokens {
    /// The empty list of tokens, which marks a word that is not in the cache.
    pub(crate) const NONE: Self = Self(0);

    /// Packs at most [`MAX_CACHED_TOKENS`] ids of at most [`ID_BITS`] bits; `None` if they do not fit.
    fn new(ids: &[u32]) -> Option<Self> {
        if ids.len() > MAX_CACHED_TOKENS || ids.iter().any(|id| id >> ID_BITS != 0) {
            return None;
        }
        let packed = ids.iter().rev().fold(0, |packed, &id| packed << ID_BITS | u64::from(id));
        Some(Self((ids.len() as u64) << (MAX_CACHED_TOKENS as u32 * ID_BITS) | packed))
    }

    #[inline]
    pub(crate) fn count(self) -> usize {
        (self.0 >> (MAX_CACHED_TOKENS as u32 * ID_BITS)) as usize
    }

    /// Returns all ids, of which only the first [`Self::count`] are valid.
    #[inline]
    pub(crate) fn ids(self) -> [u32; MAX_CACHED_TOKENS] {
        std::array::from_fn(|i| (self.0 >> (i as u32 * ID_BITS)) as u32 & ((1 << ID_BITS) - 1))
    }
}

/// Two entries whose words have the same hash, the most recent first.
type Set<Key, Value> = [Cell<(Key, Value)>; 2];

/// A two-way set-associative cache.
#[derive(Clone, Debug)]
struct Table<Key: Copy, Value: Copy, const SETS: usize> {
    sets: Box<[Set<Key, Value>; SETS]>,
}

impl<Key: Copy + Default + Eq, Value: Copy + Default, const SETS: usize> Table<Key, Value, SETS> {
    /// Returns an empty table, or `None` if there is not enough memory.
    fn new() -> Option<Self> {
        let mut sets = Vec::new();
        sets.try_reserve_exact(SETS).ok()?;
        sets.resize(SETS, Default::default());
        Some(Self { sets: sets.try_into().ok()? })
    }

    #[inline]
    fn set(&self, hash: u64) -> [(Key, Value); 2] {
        self.sets[set_index::<SETS>(hash)].each_ref().map(Cell::get)
    }

    fn put(&self, hash: u64, key: Key, value: Value) {
        let [recent, older] = &self.sets[set_index::<SETS>(hash)];
        older.set(recent.replace((key, value)));
    }
}

#[inline]
fn set_index<const SETS: usize>(hash: u64) -> usize {
    (hash >> (u64::BITS - SETS.ilog2())) as usize
}

/// The number of words that are split before memory for the cache is allocated. Allocating the cache takes as long as
/// splitting a few thousand words, and many tokenizers encode only short texts.
const WORDS_BEFORE_CACHE: u32 = 1 << 11;

/// The cache of short words, for which memory is allocated once many words were split.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordCache {
    tables: OnceCell<CacheTables>,
    /// The number of words that were split without a cache.
    split: Cell<u32>,
}

/// The tables of a cache.
#[derive(Clone, Debug)]
pub(crate) struct CacheTables {
    /// Words of up to eight bytes: 2 MB.
    eight: Table<u64, Tokens, { 1 << 16 }>,
    /// Longer words, with up to twice as many tokens: 1 MB.
    fifteen: Table<ShortWord, [Tokens; 2], { 1 << 14 }>,
}

impl WordCache {
    /// Returns the tables, unless no memory has been allocated for them yet.
    #[inline]
    pub(crate) fn tables(&self) -> Option<&CacheTables> {
        self.tables.get()
    }

    /// Returns the size of the tables in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.tables().map_or(0, |tables| size_of_val(&*tables.eight.sets) + size_of_val(&*tables.fifteen.sets))
    }

    /// Allocates the tables. If there is not enough memory, words are split without a cache.
    #[cold]
    pub(crate) fn allocate(&self) {
        if let (Some(eight), Some(fifteen)) = (Table::new(), Table::new()) {
            self.tables.get_or_init(|| CacheTables { eight, fifteen });
        }
        self.split.set(0);
    }

    /// Returns the tokens of a word, which contains no zeros, if it is in the cache.
    #[inline]
    pub(crate) fn get(&self, word: ShortWord) -> Option<[Tokens; 2]> {
        self.tables()?.get(word)
    }

    /// Caches the tokens of a word, which contains no zeros, unless the word has too many tokens.
    #[inline]
    pub(crate) fn insert(&self, word: ShortWord, ids: &[u32]) {
        let Some(tables) = self.tables() else {
            self.split.set(self.split.get() + 1);
            if self.split.get() >= WORDS_BEFORE_CACHE {
                self.allocate();
            }
            return;
        };
        tables.insert(word, ids);
    }
}

impl CacheTables {
    /// Returns the tokens of a word of up to eight bytes, padded with zeros; [`Tokens::NONE`] if the word is not
    /// cached.
    ///
    /// The code has no branches, because a CPU cannot predict whether the word is first, second or absent.
    #[inline]
    pub(crate) fn get_up_to_8_bytes(&self, word: u64) -> Tokens {
        let [recent, older] = self.eight.set(hash_eight(word));
        let tokens_of = |(known, tokens): (u64, Tokens)| select_unpredictable(known == word, tokens.0, 0);
        Tokens(tokens_of(recent) | tokens_of(older))
    }

    /// Returns the tokens of a word of 9 to 15 bytes; [`Tokens::NONE`] if the word has more than [`MAX_CACHED_TOKENS`]
    /// or is not cached.
    #[inline]
    pub(crate) fn get_9_to_15_bytes(&self, word: ShortWord) -> Tokens {
        let [recent, older] = self.fifteen.set(word.hash());
        let tokens_of = |(known, [tokens, more]): (ShortWord, [Tokens; 2])| {
            select_unpredictable(known == word && more == Tokens::NONE, tokens.0, 0)
        };
        Tokens(tokens_of(recent) | tokens_of(older))
    }

    #[inline]
    fn get(&self, word: ShortWord) -> Option<[Tokens; 2]> {
        let tokens = if word.length() <= 8 {
            [self.get_up_to_8_bytes(word.low), Tokens::NONE]
        } else {
            let set = self.fifteen.set(word.hash());
            set.into_iter().find(|&(known, _)| known == word)?.1
        };
        (tokens[0] != Tokens::NONE).then_some(tokens)
    }

    fn insert(&self, word: ShortWord, ids: &[u32]) {
        let (first, others) = ids.split_at(ids.len().min(MAX_CACHED_TOKENS));
        match (Tokens::new(first), Tokens::new(others)) {
            (Some(tokens), Some(Tokens::NONE)) if word.length() <= 8 => {
                self.eight.put(hash_eight(word.low), word.low, tokens);
            }
            (Some(first), Some(others)) if word.length() > 8 => self.fifteen.put(word.hash(), word, [first, others]),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(number: u64) -> ShortWord {
        ShortWord::new(format!("{number:x}").as_bytes())
    }

    fn allocated() -> WordCache {
        let cache = WordCache::default();
        cache.allocate();
        cache
    }

    fn cached(cache: &WordCache, word: ShortWord) -> Option<Vec<u32>> {
        cache.get(word).map(|tokens| {
            let ids = tokens.iter().flat_map(|tokens| tokens.ids()[..tokens.count()].to_vec());
            ids.collect()
        })
    }

    #[test]
    fn a_word_is_found_until_it_is_evicted() {
        let cache = allocated();
        assert_eq!(cached(&cache, word(1)), None);
        // Words of up to eight bytes, and of ten.
        for (first, capacity, most) in [(1, 1 << 17, MAX_CACHED_TOKENS), (1 << 36, 1 << 15, 2 * MAX_CACHED_TOKENS)] {
            let numbers = first..first + 200_000;
            for number in numbers.clone() {
                let ids = [(number % 999_983) as u32, 0, (1 << ID_BITS) - 1, 7, (number % 7) as u32, 0];
                let ids = &ids[..=number as usize % most];
                cache.insert(word(number), ids);
                assert_eq!(cached(&cache, word(number)).as_deref(), Some(ids));
            }
            let cached_count = numbers.filter(|&number| cache.get(word(number)).is_some()).count();
            assert!(cached_count <= capacity && cached_count > capacity / 2, "{cached_count}");
        }
    }

    #[test]
    fn words_with_many_tokens_or_large_ids_are_not_cached() {
        let cache = allocated();
        let long = word(1 << 36);
        cache.insert(word(1), &[0; MAX_CACHED_TOKENS + 1]);
        cache.insert(word(2), &[1, 1 << ID_BITS]);
        cache.insert(long, &[0; 2 * MAX_CACHED_TOKENS + 1]);
        cache.insert(long, &[0, 0, 0, 1 << ID_BITS]);
        assert_eq!((cache.get(word(1)), cache.get(word(2)), cache.get(long)), (None, None, None));
    }

    #[test]
    fn memory_is_allocated_after_many_words() {
        let cache = WordCache::default();
        for number in 1..u64::from(WORDS_BEFORE_CACHE) {
            cache.insert(word(number), &[1]);
            assert_eq!((cache.get(word(number)), cache.memory()), (None, 0));
        }
        cache.insert(word(1 << 20), &[1]);
        cache.insert(word(1 << 20), &[2]);
        assert_eq!((cached(&cache, word(1 << 20)), cache.memory()), (Some(vec![2]), 3 << 20));
    }
}
