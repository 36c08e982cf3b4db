//! A cache of recent words and their tokens, so that a repeated word is not split again.
//!
//! A few thousand words make up most of a text and should fit in a CPU's L2 cache. Most words have up to eight bytes,
//! and an entry for such a word takes 16 bytes including its tokens. There are many rare words, and in WebAssembly
//! splitting a word takes longer than fetching it from main memory, so the cache has space for 200,000 ASCII words and 100,000
//! others.

use core::cell::{Cell, OnceCell};

use crate::cache_table::Table;
use crate::cached_tokens::{StoredToken, TokenStore, Tokens};
use crate::long_word::LongWord;
use crate::memory::can_allocate;
use crate::short_word::{ShortWord, hash_eight};

/// The number of words that are split before memory for the cache is allocated. Allocating the cache takes as long as
/// splitting a few thousand words, and many tokenizers encode only short texts.
const WORDS_BEFORE_CACHE: u32 = 1 << 11;

/// The memory in bytes that tables must leave. Texts can be encoded without a cache, but not without memory.
const SPARE_MEMORY: usize = 1 << 20;

/// The cache of words, for which memory is allocated once many words were split. The keys are ASCII words in their normalized
/// form, and the bytes of foreign words in the text, whose ASCII letters are converted to lower case if the options request it.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordCache {
    tables: OnceCell<CacheTables>,
    /// The number of words that were split without a cache.
    split: Cell<u32>,
    /// The number of foreign words that were split without a cache.
    split_foreign: Cell<u32>,
}

/// The tables of a cache.
#[derive(Clone, Debug)]
pub(crate) struct CacheTables {
    /// ASCII words of up to eight bytes: 2 MB.
    eight: Table<u64, { 1 << 16 }>,
    /// ASCII words of up to 15 bytes: 1.5 MB.
    fifteen: Table<ShortWord, { 1 << 15 }>,
    /// ASCII words of up to 30 bytes: 0.6 MB.
    thirty: Table<LongWord, { 1 << 13 }>,
    /// Tokens of ASCII words: 1 MB.
    store: TokenStore,
    /// Memory for foreign words is allocated once there are many.
    foreign: OnceCell<ForeignTables>,
}

/// The tables of foreign words, which have more tokens than ASCII words.
#[derive(Clone, Debug)]
pub(crate) struct ForeignTables {
    /// Words of up to 15 bytes: 1.5 MB.
    fifteen: Table<ShortWord, { 1 << 15 }>,
    /// Words of up to 30 bytes: 1.3 MB.
    thirty: Table<LongWord, { 1 << 14 }>,
    /// Tokens: 2 MB.
    store: TokenStore,
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

    /// Allocates the tables. If that would not leave [`SPARE_MEMORY`], words are split without a cache.
    #[cold]
    pub(crate) fn allocate(&self) {
        if let Some(tables) = CacheTables::new().filter(|_| can_allocate(SPARE_MEMORY)) {
            self.tables.get_or_init(|| tables);
        }
        self.split.set(0);
    }

    /// Allocates the tables of foreign words, if that leaves [`SPARE_MEMORY`].
    #[cold]
    fn allocate_foreign(&self) {
        if let Some(tables) = self.tables()
            && let Some(foreign) = ForeignTables::new().filter(|_| can_allocate(SPARE_MEMORY))
        {
            tables.foreign.get_or_init(|| foreign);
        }
        self.split_foreign.set(0);
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

    /// Returns the result of [`TokenStore::get`].
    #[inline]
    pub(crate) fn stored(&self, tokens: Tokens) -> Option<(&[Cell<StoredToken>], usize)> {
        let tables = self.tables()?;
        if tokens.are_foreign() { tables.foreign()?.store.get(tokens) } else { tables.store.get(tokens) }
    }

    /// Caches the tokens of a word, which contains no zeros, unless the word has too many tokens. `spans` are the spans of the
    /// tokens within the word.
    #[inline]
    pub(crate) fn insert(&self, word: ShortWord, ids: &[u32], spans: impl Iterator<Item = [u32; 2]>) {
        if let Some(tables) = self.tables_for_insertion() {
            tables.insert(word, ids, spans);
        }
    }

    /// Caches the tokens of a word of more than 15 bytes, unless it has too many.
    #[inline]
    pub(crate) fn insert_long(&self, word: LongWord, ids: &[u32], spans: impl Iterator<Item = [u32; 2]>) {
        if let Some(tables) = self.tables_for_insertion()
            && let Some(tokens) = tables.tokens(ids, spans)
        {
            tables.thirty.put(word.hash(), word, tokens);
        }
    }

    /// Caches the tokens of a foreign word, unless it has none or too many. `spans` are the spans of the tokens within the
    /// word; `None` if they are not known.
    #[inline]
    pub(crate) fn insert_foreign(&self, word: LongWord, ids: &[u32], spans: Option<impl Iterator<Item = [u32; 2]>>) {
        let Some(tables) = self.tables_for_insertion() else { return };
        let Some(foreign) = tables.foreign() else {
            self.split_foreign.set(self.split_foreign.get() + 1);
            if self.split_foreign.get() >= WORDS_BEFORE_CACHE {
                self.allocate_foreign();
            }
            return;
        };
        let tokens = match spans {
            Some(spans) => foreign.store.put(ids, spans),
            None => Tokens::new(ids).or_else(|| foreign.store.put(ids, core::iter::empty())),
        };
        if let Some(tokens) = tokens.filter(|_| !ids.is_empty()) {
            foreign.put(word, tokens.of_foreign_word());
        }
    }
}

impl CacheTables {
    fn new() -> Option<Self> {
        let (eight, fifteen, thirty) = (Table::new()?, Table::new()?, Table::new()?);
        Some(Self { eight, fifteen, thirty, store: TokenStore::new(1 << 18)?, foreign: OnceCell::new() })
    }

    fn memory(&self) -> usize {
        let ascii = self.eight.memory() + self.fifteen.memory() + self.thirty.memory() + self.store.memory();
        ascii + self.foreign().map_or(0, ForeignTables::memory)
    }

    /// Returns the tables of foreign words, unless no memory has been allocated for them yet.
    #[inline]
    pub(crate) fn foreign(&self) -> Option<&ForeignTables> {
        self.foreign.get()
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

    /// Returns the tokens of a word of 16 to 30 bytes; [`Tokens::NONE`] if the word is not cached.
    #[inline]
    pub(crate) fn get_16_to_30_bytes(&self, word: LongWord) -> Tokens {
        self.thirty.get(word.hash(), word)
    }

    fn insert(&self, word: ShortWord, ids: &[u32], spans: impl Iterator<Item = [u32; 2]>) {
        match self.tokens(ids, spans) {
            Some(tokens) if word.length() <= 8 => self.eight.put(hash_eight(word.low), word.low, tokens),
            Some(tokens) => self.fifteen.put(word.hash(), word, tokens),
            None => {}
        }
    }

    fn tokens(&self, ids: &[u32], spans: impl Iterator<Item = [u32; 2]>) -> Option<Tokens> {
        Tokens::new(ids).or_else(|| self.store.put(ids, spans))
    }
}

impl ForeignTables {
    fn new() -> Option<Self> {
        Some(Self { fifteen: Table::new()?, thirty: Table::new()?, store: TokenStore::new(1 << 19)? })
    }

    fn memory(&self) -> usize {
        self.fifteen.memory() + self.thirty.memory() + self.store.memory()
    }

    /// Returns the first token of a word, if it is in the store.
    #[inline]
    pub(crate) fn first_stored(&self, tokens: Tokens) -> u32 {
        self.store.first(tokens)
    }

    /// Returns the tokens of a word of up to 15 bytes; [`Tokens::NONE`] if the word is not cached.
    #[inline]
    pub(crate) fn get_up_to_15_bytes(&self, word: ShortWord) -> Tokens {
        self.fifteen.get(word.hash(), word)
    }

    /// Returns the tokens of a word of 16 to 30 bytes; [`Tokens::NONE`] if the word is not cached.
    #[inline]
    pub(crate) fn get_16_to_30_bytes(&self, word: LongWord) -> Tokens {
        self.thirty.get(word.hash(), word)
    }

    fn put(&self, word: LongWord, tokens: Tokens) {
        match word.short() {
            Some(short) => self.fifteen.put(short.hash(), short, tokens),
            None => self.thirty.put(word.hash(), word, tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use core::iter::empty;

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
            return cache
                .stored(tokens)
                .map(|(stored, count)| stored[..count].iter().map(|token| token.get().id()).collect());
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
                cache.insert(word(number), ids, empty());
                assert_eq!(cached(&cache, word(number)).as_deref(), Some(ids));
            }
            let cached_count = numbers.filter(|&number| cache.get(word(number)) != Tokens::NONE).count();
            assert!(cached_count <= capacity && cached_count > capacity / 2, "{cached_count}");
        }
    }

    #[test]
    fn words_with_many_tokens_are_found() {
        let cache = allocated();
        let ids: Vec<u32> = (0..=MAX_STORED as u32).map(|id| id << 14).collect();
        for count in 1..=MAX_STORED {
            cache.insert(word(count as u64), &ids[..count], empty());
        }
        for count in 1..=MAX_STORED {
            assert_eq!(cached(&cache, word(count as u64)).as_deref(), Some(&ids[..count]), "{count}");
        }
        cache.insert(word(100), &ids, empty());
        assert_eq!(cached(&cache, word(100)), None);
    }

    #[test]
    fn a_word_whose_ids_were_overwritten_is_replaced() {
        let cache = allocated();
        let ids = [1; MAX_STORED];
        cache.insert(word(1), &ids, empty());
        let overwritten = (2..100_000).find(|&number| {
            cache.insert(word(number), &ids, empty());
            cached(&cache, word(1)).is_none()
        });
        assert!(overwritten.is_some() && cache.get(word(1)) != Tokens::NONE);
        cache.insert(word(1), &[7], empty());
        assert_eq!(cached(&cache, word(1)), Some(vec![7]));
    }

    #[test]
    fn foreign_words_differ_from_words_with_the_same_bytes() {
        let cache = allocated();
        cache.allocate_foreign();
        let bytes: [u8; 32] = core::array::from_fn(|i| 0xc0 + i as u8);
        let get = |length| {
            let tables = cache.tables().and_then(CacheTables::foreign).unwrap();
            match LongWord::read(&bytes, length).short() {
                Some(short) => tables.get_up_to_15_bytes(short),
                None => tables.get_16_to_30_bytes(LongWord::read(&bytes, length)),
            }
        };
        for length in 1..=LongWord::MAX_BYTES {
            assert_eq!(get(length), Tokens::NONE);
            let spans = (length % 2 == 0).then(|| [[0, length as u32]].into_iter());
            cache.insert_foreign(LongWord::read(&bytes, length), &[length as u32], spans);
            if length <= ShortWord::MAX_BYTES {
                assert_eq!(cache.get(ShortWord::new(&bytes[..length])), Tokens::NONE);
            }
        }
        for length in 1..=LongWord::MAX_BYTES {
            assert_eq!(ids_of(&cache, get(length)), Some(vec![length as u32]));
            let spans = cache.stored(get(length)).filter(|_| get(length).are_stored());
            let expected = (length % 2 == 0).then_some([0, length as u32]);
            assert_eq!(spans.map(|(stored, _)| stored[0].get().span()), expected);
        }
        let word = LongWord::read(&bytes, 7);
        cache.insert_foreign(word, &[7; 5], None::<core::iter::Empty<[u32; 2]>>);
        assert!(get(7).are_stored() && cache.stored(get(7)).is_some_and(|(stored, _)| !stored[0].get().has_span()));
    }

    #[test]
    fn memory_is_allocated_after_many_words() {
        let cache = WordCache::default();
        cache.insert(word(1), &[1], empty());
        assert_eq!((cache.get(word(1)), cache.memory()), (Tokens::NONE, 0));
        for number in 0..u64::from(WORDS_BEFORE_CACHE) {
            cache.insert(word(number), &[1], empty());
        }
        cache.insert(word(1), &[1], empty());
        assert_eq!(cached(&cache, word(1)), Some(vec![1]));
        assert!(cache.memory() > 1 << 20);
    }
}
