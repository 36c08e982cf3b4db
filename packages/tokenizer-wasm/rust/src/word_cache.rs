//! A cache of recent words and their tokens, so that a repeated word is not split again.
//!
//! A few thousand words make up most of a text and should fit in a CPU's L2 cache. Most words have up to eight bytes,
//! and an entry for such a word takes 16 bytes including its tokens. There are many rare words, and in WebAssembly
//! splitting a word takes longer than fetching it from main memory, so the cache has space for 100,000 words.

use std::cell::{Cell, OnceCell};
use std::hint::select_unpredictable;

use crate::short_word::{ShortWord, hash_eight};

/// The maximum number of tokens of a word that are stored together with the word.
pub(crate) const MAX_CACHED_TOKENS: usize = 3;

/// The tokens of a word. Either the upper bits are the count and the lower bits the ids, or the tokens are stored
/// elsewhere: then the upper bits are [`STORED`], and the lower bits are the count and the position of the ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens(u64);

/// The number of bits of an id.
const ID_BITS: u32 = 20;
/// The position of the count.
const COUNT_SHIFT: u32 = MAX_CACHED_TOKENS as u32 * ID_BITS;
/// The value of the upper bits if the ids are stored elsewhere.
const STORED: u64 = 15;
/// The number of bits of the count and of the position of stored ids.
const STORED_COUNT_BITS: u32 = 6;

impl Tokens {
    /// The empty list of tokens, which marks a word that is not in the cache.
    pub(crate) const NONE: Self = Self(0);

    /// Packs at most [`MAX_CACHED_TOKENS`] ids of at most [`ID_BITS`] bits; `None` if they do not fit.
    fn new(ids: &[u32]) -> Option<Self> {
        if ids.len() > MAX_CACHED_TOKENS || ids.iter().any(|id| id >> ID_BITS != 0) {
            return None;
        }
        let packed = ids.iter().rev().fold(0, |packed, &id| packed << ID_BITS | u64::from(id));
        Some(Self((ids.len() as u64) << COUNT_SHIFT | packed))
    }

    /// Returns whether the ids are stored elsewhere: [`WordCache::stored`] returns them.
    #[inline]
    pub(crate) fn are_stored(self) -> bool {
        self.0 >> COUNT_SHIFT == STORED
    }

    #[inline]
    pub(crate) fn count(self) -> usize {
        (self.0 >> COUNT_SHIFT) as usize
    }

    /// Returns all ids, of which only the first [`Self::count`] are valid.
    #[inline]
    pub(crate) fn ids(self) -> [u32; MAX_CACHED_TOKENS] {
        std::array::from_fn(|i| (self.0 >> (i as u32 * ID_BITS)) as u32 & ((1 << ID_BITS) - 1))
    }
}

/// A ring buffer of ids. When it is full, the oldest are overwritten.
#[derive(Clone, Debug)]
struct IdStore {
    ids: Box<[Cell<u32>]>,
    /// The number of ids stored so far.
    count: Cell<u64>,
}

/// The number of ids in the ring buffer, a power of two.
const STORE_SIZE: usize = 1 << 18;
/// The maximum number of ids of a word.
const MAX_STORED: usize = 40;

impl IdStore {
    fn new() -> Self {
        // A word that starts before the end of the buffer may continue behind it.
        Self { ids: vec![Cell::new(0); STORE_SIZE + MAX_STORED].into(), count: Cell::new(0) }
    }

    fn put(&self, ids: &[u32]) -> Option<Tokens> {
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
    fn get(&self, tokens: Tokens) -> Option<&[Cell<u32>]> {
        let length = (tokens.0 & ((1 << STORED_COUNT_BITS) - 1)) as usize;
        let position = tokens.0 << (u64::BITS - COUNT_SHIFT) >> (u64::BITS - COUNT_SHIFT + STORED_COUNT_BITS);
        if self.count.get() - position > STORE_SIZE as u64 {
            return None;
        }
        let start = position as usize % STORE_SIZE;
        self.ids.get(start..start + length)
    }
}

/// Two entries whose words have the same hash, the most recent first.
type Set<Key> = [Cell<(Key, Tokens)>; 2];

/// A two-way set-associative cache.
#[derive(Clone, Debug)]
struct Table<Key: Copy, const SETS: usize> {
    sets: Box<[Set<Key>; SETS]>,
}

impl<Key: Copy + Default + Eq, const SETS: usize> Table<Key, SETS> {
    fn new() -> Self {
        let sets = vec![Default::default(); SETS];
        Self { sets: sets.try_into().ok().expect("the length matches") }
    }

    /// Returns the tokens of a word; [`Tokens::NONE`] if it is not in the table.
    ///
    /// The code has no branches, because a CPU cannot predict whether the word is first, second or absent.
    #[inline]
    fn get(&self, hash: u64, key: Key) -> Tokens {
        let [recent, older] = self.sets[set_index::<SETS>(hash)].each_ref().map(Cell::get);
        let tokens_of = |(known, tokens): (Key, Tokens)| select_unpredictable(known == key, tokens.0, 0);
        Tokens(tokens_of(recent) | tokens_of(older))
    }

    fn put(&self, hash: u64, key: Key, tokens: Tokens) {
        let [recent, older] = &self.sets[set_index::<SETS>(hash)];
        if recent.get().0 == key {
            // Its ids have been overwritten. A key must not be in both entries.
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

/// The cache of words. It contains two kinds: words in their normalized form, and foreign words as they are in the text,
/// except that ASCII letters are in lower case if the options request it.
#[derive(Clone, Debug)]
pub(crate) struct WordCache {
    /// Words of up to eight bytes: 2 MB.
    eight: Table<u64, { 1 << 16 }>,
    /// Words of up to 15 bytes: 1.5 MB. The key of a foreign word has a flag.
    fifteen: Table<ShortWord, { 1 << 15 }>,
    /// Longer words: 0.8 MB, if there are any.
    thirty: OnceCell<Table<LongWord, { 1 << 13 }>>,
    store: IdStore,
}

impl WordCache {
    pub(crate) fn new() -> Self {
        Self { eight: Table::new(), fifteen: Table::new(), thirty: OnceCell::new(), store: IdStore::new() }
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

    /// Returns the tokens of a word, which contains no zeros; [`Tokens::NONE`] if the word is not cached.
    #[inline]
    pub(crate) fn get(&self, word: ShortWord) -> Tokens {
        if word.length() <= 8 { self.get_up_to_8_bytes(word.low) } else { self.get_9_to_15_bytes(word) }
    }

    /// Returns the tokens of a foreign word, or of a word of more than 15 bytes; [`Tokens::NONE`] if it is not cached.
    #[inline]
    pub(crate) fn get_long(&self, word: LongWord) -> Tokens {
        match word.short() {
            Some(short) => self.fifteen.get(short.hash(), short),
            None => self.thirty.get().map_or(Tokens::NONE, |table| table.get(word.hash(), word)),
        }
    }

    /// Returns the ids of tokens that are stored elsewhere; `None` if they have been overwritten.
    #[inline]
    pub(crate) fn stored(&self, tokens: Tokens) -> Option<&[Cell<u32>]> {
        self.store.get(tokens)
    }

    /// Caches the tokens of a word, which contains no zeros, unless the word has too many tokens.
    pub(crate) fn insert(&self, word: ShortWord, ids: &[u32]) {
        let Some(tokens) = self.tokens(ids) else { return };
        if word.length() <= 8 {
            self.eight.put(hash_eight(word.low), word.low, tokens);
        } else {
            self.fifteen.put(word.hash(), word, tokens);
        }
    }

    /// Caches the tokens of a foreign word, or of a word of more than 15 bytes, unless it has none or too many.
    pub(crate) fn insert_long(&self, word: LongWord, ids: &[u32]) {
        let Some(tokens) = self.tokens(ids).filter(|&tokens| tokens != Tokens::NONE) else { return };
        match word.short() {
            Some(short) => self.fifteen.put(short.hash(), short, tokens),
            None => self.thirty.get_or_init(Table::new).put(word.hash(), word, tokens),
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

    fn word(number: u64) -> ShortWord {
        ShortWord::new(format!("{number:x}").as_bytes())
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
        let cache = WordCache::new();
        assert_eq!(cached(&cache, word(1)), None);
        // Words of up to eight bytes, and of ten.
        for (first, capacity, most) in [(1, 1 << 17, MAX_CACHED_TOKENS), (1 << 36, 1 << 16, MAX_CACHED_TOKENS)] {
            let numbers = first..first + 200_000;
            for number in numbers.clone() {
                let ids = [(number % 999_983) as u32, 0, (1 << ID_BITS) - 1];
                let ids = &ids[..=number as usize % most];
                cache.insert(word(number), ids);
                assert_eq!(cached(&cache, word(number)).as_deref(), Some(ids));
            }
            let cached_count = numbers.filter(|&number| cache.get(word(number)) != Tokens::NONE).count();
            assert!(cached_count <= capacity && cached_count > capacity / 2, "{cached_count}");
        }
    }

    #[test]
    fn words_with_many_tokens_are_found_until_their_ids_are_overwritten() {
        let cache = WordCache::new();
        let ids: Vec<u32> = (0..MAX_STORED as u32 + 1).map(|id| id << 15).collect();
        for count in 1..=MAX_STORED {
            cache.insert(word(count as u64), &ids[..count]);
        }
        for count in 1..=MAX_STORED {
            assert_eq!(cached(&cache, word(count as u64)).as_deref(), Some(&ids[..count]), "{count}");
        }
        cache.insert(word(100), &ids);
        assert_eq!(cached(&cache, word(100)), None);

        // Fill the store several times, and compare every word with what was inserted last.
        for number in 0..100_000_u64 {
            let count = 4 + number as usize % 30;
            cache.insert(word(number % 3_000), &ids[..count]);
            assert_eq!(cached(&cache, word(number % 3_000)).as_deref(), Some(&ids[..count]));
            let old = number.saturating_sub(number * 7 % 9_000);
            if let Some(found) = cached(&cache, word(old % 3_000)) {
                assert!(found.iter().zip(&ids).all(|(found, id)| found == id));
            }
        }
        let kept = (0..3_000).filter(|&number| cached(&cache, word(number)).is_some()).count();
        assert!(kept > 2_500, "{kept}");
    }

    #[test]
    fn foreign_words_differ_from_words_with_the_same_bytes() {
        let cache = WordCache::new();
        let bytes: [u8; 32] = std::array::from_fn(|i| 0xc0 + i as u8);
        for length in 1..=LongWord::MAX_BYTES {
            assert_eq!(cache.get_long(LongWord::read(&bytes, length)), Tokens::NONE);
            cache.insert_long(LongWord::read(&bytes, length), &[length as u32]);
            if length <= ShortWord::MAX_BYTES {
                assert_eq!(cache.get(ShortWord::new(&bytes[..length])), Tokens::NONE);
            }
        }
        for length in 1..=LongWord::MAX_BYTES {
            let tokens = cache.get_long(LongWord::read(&bytes, length));
            assert_eq!(ids_of(&cache, tokens), Some(vec![length as u32]));
        }
    }
}
