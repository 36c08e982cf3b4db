//! A cache of recent words and their tokens, so that a repeated word is not split again.
//!
//! A few thousand words make up most of a text and should fit in a CPU's L2 cache. Most words have up to eight bytes,
//! and an entry for such a word takes 16 bytes including its tokens. There are many rare words, and in WebAssembly
//! splitting a word takes longer than fetching it from main memory, so the cache has space for 100,000 words.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::{Cell, OnceCell};

use crate::cached_tokens::{IdStore, Tokens};
use crate::short_word::{ShortWord, hash_eight};

/// Two entries whose words have the same hash, the most recent first.
type Set<Key> = [Cell<(Key, Tokens)>; 2];

/// A two-way set-associative cache.
#[derive(Clone, Debug)]
struct Table<Key: Copy, const SETS: usize> {
    sets: Box<[Set<Key>; SETS]>,
}

impl<Key: Copy + Default + Eq, const SETS: usize> Table<Key, SETS> {
    /// Returns an empty table, or `None` if there is not enough memory.
    fn new() -> Option<Self> {
        let mut sets = Vec::new();
        sets.try_reserve_exact(SETS).ok()?;
        sets.resize(SETS, Default::default());
        Some(Self { sets: sets.try_into().ok()? })
    }

    /// Returns the size of the table in bytes.
    fn memory(&self) -> usize {
        size_of_val(&*self.sets)
    }

    /// Returns the tokens of a word; [`Tokens::NONE`] if it is not in the table.
    ///
    /// The code has no branches, because a CPU cannot predict whether the word is first, second or absent.
    #[inline]
    fn get(&self, hash: u64, key: Key) -> Tokens {
        let [recent, older] = self.sets[set_index::<SETS>(hash)].each_ref().map(Cell::get);
        recent.1.only_if(recent.0 == key).or(older.1.only_if(older.0 == key))
    }

    fn put(&self, hash: u64, key: Key, tokens: Tokens) {
        let [recent, older] = &self.sets[set_index::<SETS>(hash)];
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

/// The number of words that are split before memory for the cache is allocated. Allocating the cache takes as long as
/// splitting a few thousand words, and many tokenizers encode only short texts.
const WORDS_BEFORE_CACHE: u32 = 1 << 11;

/// The cache of words, for which memory is allocated once many words were split. The keys are ASCII words in their normalized
/// form, and the bytes of foreign words in the text, whose ASCII letters are converted to lower case if the options request it.
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
    eight: Table<u64, { 1 << 16 }>,
    /// Words of up to 15 bytes: 1.5 MB. The key of a foreign word has a flag.
    fifteen: Table<ShortWord, { 1 << 15 }>,
    /// Words of up to 30 bytes: 0.6 MB.
    thirty: Table<LongWord, { 1 << 13 }>,
    store: IdStore,
}

impl WordCache {
    /// Returns the tables, unless no memory has been allocated for them yet.
    #[inline]
    pub(crate) fn tables(&self) -> Option<&CacheTables> {
        self.tables.get()
    }

    /// Returns the size of the tables in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.tables().map_or(0, CacheTables::memory)
    }

    /// Allocates the tables. If there is not enough memory, words are split without a cache.
    #[cold]
    pub(crate) fn allocate(&self) {
        if let Some(tables) = CacheTables::new() {
            self.tables.get_or_init(|| tables);
        }
        self.split.set(0);
    }

    /// Returns the tables to insert a word that was split. Without tables, counts the word, and allocates the tables once
    /// they pay off.
    #[inline]
    fn tables_for_insertion(&self) -> Option<&CacheTables> {
        let tables = self.tables();
        if tables.is_none() {
            self.split.set(self.split.get() + 1);
            if self.split.get() >= WORDS_BEFORE_CACHE {
                self.allocate();
            }
        }
        tables
    }

    /// Returns the tokens of a word, which contains no zeros; [`Tokens::NONE`] if the word is not cached.
    #[inline]
    pub(crate) fn get(&self, word: ShortWord) -> Tokens {
        self.tables().map_or(Tokens::NONE, |tables| tables.get(word))
    }

    /// Returns the ids of tokens that are in the store; `None` if they have been overwritten.
    #[inline]
    pub(crate) fn stored(&self, tokens: Tokens) -> Option<&[Cell<u32>]> {
        self.tables()?.store.get(tokens)
    }

    /// Caches the tokens of a word, which contains no zeros, unless the word has too many tokens.
    #[inline]
    pub(crate) fn insert(&self, word: ShortWord, ids: &[u32]) {
        if let Some(tables) = self.tables_for_insertion() {
            tables.insert(word, ids);
        }
    }

    /// Caches the tokens of a foreign word, or of a word of more than 15 bytes, unless it has none or too many.
    #[inline]
    pub(crate) fn insert_long(&self, word: LongWord, ids: &[u32]) {
        if let Some(tables) = self.tables_for_insertion() {
            tables.insert_long(word, ids);
        }
    }
}

impl CacheTables {
    fn new() -> Option<Self> {
        Some(Self { eight: Table::new()?, fifteen: Table::new()?, thirty: Table::new()?, store: IdStore::new()? })
    }

    fn memory(&self) -> usize {
        self.eight.memory() + self.fifteen.memory() + self.thirty.memory() + self.store.memory()
    }

    /// Returns the tokens of a word of up to eight bytes, padded with zeros; [`Tokens::NONE`] if the word is not
    /// cached.
    #[inline]
    pub(crate) fn get_up_to_8_bytes(&self, word: u64) -> Tokens {
        self.eight.get(hash_eight(word), word)
    }

    /// Returns the tokens of a word of 9 to 15 bytes; [`Tokens::NONE`] if the word is not cached.
    #[inline]
    pub(crate) fn get_9_to_15_bytes(&self, word: ShortWord) -> Tokens {
        self.fifteen.get(word.hash(), word)
    }

    #[inline]
    fn get(&self, word: ShortWord) -> Tokens {
        if word.length() <= 8 { self.get_up_to_8_bytes(word.low) } else { self.get_9_to_15_bytes(word) }
    }

    /// Returns the tokens of a foreign word, or of a word of more than 15 bytes; [`Tokens::NONE`] if it is not cached.
    #[inline]
    pub(crate) fn get_long(&self, word: LongWord) -> Tokens {
        match word.short() {
            Some(short) => self.fifteen.get(short.hash(), short),
            None => self.thirty.get(word.hash(), word),
        }
    }

    fn insert(&self, word: ShortWord, ids: &[u32]) {
        match self.tokens(ids) {
            Some(tokens) if word.length() <= 8 => self.eight.put(hash_eight(word.low), word.low, tokens),
            Some(tokens) => self.fifteen.put(word.hash(), word, tokens),
            None => {}
        }
    }

    fn insert_long(&self, word: LongWord, ids: &[u32]) {
        match (self.tokens(ids), word.short()) {
            (None | Some(Tokens::NONE), _) => {}
            (Some(tokens), Some(short)) => self.fifteen.put(short.hash(), short, tokens),
            (Some(tokens), None) => self.thirty.put(word.hash(), word, tokens),
        }
    }

    fn tokens(&self, ids: &[u32]) -> Option<Tokens> {
        Tokens::new(ids).or_else(|| self.store.put(ids))
    }
}

/// A word of up to [`LongWord::MAX_BYTES`] bytes, padded with zeros. Foreign words may be short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LongWord {
    low: ShortWord,
    high: ShortWord,
}

/// The flag in the length of a short foreign word.
const FOREIGN: u64 = 0x80 << 56;

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

    /// Returns the key of a word of up to [`ShortWord::MAX_BYTES`] bytes.
    #[inline]
    fn short(self) -> Option<ShortWord> {
        let ShortWord { low, high } = self.low;
        (self.high.length() == 0).then_some(ShortWord { low, high: high | FOREIGN })
    }

    #[inline]
    fn hash(self) -> u64 {
        hash_eight(self.low.hash() ^ self.high.hash().rotate_left(32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cached_tokens::{ID_BITS, MAX_CACHED_TOKENS, MAX_STORED};

    fn word(number: u64) -> ShortWord {
        ShortWord::new(format!("{number:x}").as_bytes())
    }

    fn allocated() -> WordCache {
        let cache = WordCache::default();
        cache.allocate();
        cache
    }

    fn cached(cache: &WordCache, word: ShortWord) -> Option<Vec<u32>> {
        ids_of(cache, cache.get(word))
    }

    fn ids_of(cache: &WordCache, tokens: Tokens) -> Option<Vec<u32>> {
        if tokens.are_stored() {
            return cache.stored(tokens).map(|ids| ids.iter().map(Cell::get).collect());
        }
        (tokens != Tokens::NONE).then(|| tokens.ids()[..tokens.count()].to_vec())
    }

    #[test]
    fn a_word_is_found_until_it_is_evicted() {
        let cache = allocated();
        assert_eq!(cached(&cache, word(1)), None);
        // Words of up to eight bytes, and of ten.
        for (first, capacity) in [(1, 1 << 17), (1 << 36, 1 << 16)] {
            let numbers = first..first + 200_000;
            for number in numbers.clone() {
                let ids = [(number % 999_983) as u32, 0, (1 << ID_BITS) - 1];
                let ids = &ids[..=number as usize % MAX_CACHED_TOKENS];
                cache.insert(word(number), ids);
                assert_eq!(cached(&cache, word(number)).as_deref(), Some(ids));
            }
            let cached_count = numbers.filter(|&number| cache.get(word(number)) != Tokens::NONE).count();
            assert!(cached_count <= capacity && cached_count > capacity / 2, "{cached_count}");
        }
    }

    #[test]
    fn words_with_many_tokens_or_large_ids_are_found() {
        let cache = allocated();
        let ids: Vec<u32> = (0..=MAX_STORED as u32).map(|id| id << 15).collect();
        for count in 1..=MAX_STORED {
            cache.insert(word(count as u64), &ids[..count]);
        }
        for count in 1..=MAX_STORED {
            assert_eq!(cached(&cache, word(count as u64)).as_deref(), Some(&ids[..count]), "{count}");
        }
        cache.insert(word(100), &ids);
        assert_eq!(cached(&cache, word(100)), None);
    }

    #[test]
    fn a_word_whose_ids_were_overwritten_is_replaced() {
        let cache = allocated();
        let ids = [1; MAX_STORED];
        cache.insert(word(1), &ids);
        let overwritten = (2..100_000).find(|&number| {
            cache.insert(word(number), &ids);
            cached(&cache, word(1)).is_none()
        });
        assert!(overwritten.is_some() && cache.get(word(1)) != Tokens::NONE);
        cache.insert(word(1), &[7]);
        assert_eq!(cached(&cache, word(1)), Some(vec![7]));
    }

    #[test]
    fn foreign_words_differ_from_words_with_the_same_bytes() {
        let cache = allocated();
        let bytes: [u8; 32] = core::array::from_fn(|i| 0xc0 + i as u8);
        let get = |length| cache.tables().map(|tables| tables.get_long(LongWord::read(&bytes, length)));
        for length in 1..=LongWord::MAX_BYTES {
            assert_eq!(get(length), Some(Tokens::NONE));
            cache.insert_long(LongWord::read(&bytes, length), &[length as u32]);
            if length <= ShortWord::MAX_BYTES {
                assert_eq!(cache.get(ShortWord::new(&bytes[..length])), Tokens::NONE);
            }
        }
        for length in 1..=LongWord::MAX_BYTES {
            assert_eq!(ids_of(&cache, get(length).unwrap()), Some(vec![length as u32]));
        }
    }

    #[test]
    fn memory_is_allocated_after_many_words() {
        let cache = WordCache::default();
        cache.insert(word(1), &[1]);
        assert_eq!((cache.get(word(1)), cache.memory()), (Tokens::NONE, 0));
        for number in 0..u64::from(WORDS_BEFORE_CACHE) {
            cache.insert(word(number), &[1]);
        }
        cache.insert(word(1), &[1]);
        assert_eq!(cached(&cache, word(1)), Some(vec![1]));
        assert!(cache.memory() > 1 << 20);
    }
}
