//! A cache of recent short words and their tokens, so that a repeated word is not split again.
//!
//! A few thousand words make up most of a text and should fit in a CPU's L2 cache. Most words have up to eight bytes,
//! and an entry for such a word takes 16 bytes including its tokens. There are many rare words, and in WebAssembly
//! splitting a word takes longer than fetching it from main memory, so the cache has space for 100,000 words.

use std::cell::Cell;
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
    fn new() -> Self {
        let sets = vec![Default::default(); SETS];
        Self { sets: sets.try_into().ok().expect("the length matches") }
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

/// The cache of short words.
#[derive(Clone, Debug)]
pub(crate) struct WordCache {
    /// Words of up to eight bytes: 2 MB.
    eight: Table<u64, Tokens, { 1 << 16 }>,
    /// Longer words, with up to twice as many tokens: 1 MB.
    fifteen: Table<ShortWord, [Tokens; 2], { 1 << 14 }>,
}

impl WordCache {
    pub(crate) fn new() -> Self {
        Self { eight: Table::new(), fifteen: Table::new() }
    }

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

    /// Returns the tokens of a word, which contains no zeros, if it is in the cache.
    #[inline]
    pub(crate) fn get(&self, word: ShortWord) -> Option<[Tokens; 2]> {
        let tokens = if word.length() <= 8 {
            [self.get_up_to_8_bytes(word.low), Tokens::NONE]
        } else {
            let set = self.fifteen.set(word.hash());
            set.into_iter().find(|&(known, _)| known == word)?.1
        };
        (tokens[0] != Tokens::NONE).then_some(tokens)
    }

    /// Caches the tokens of a word, which contains no zeros, unless the word has too many tokens.
    pub(crate) fn insert(&self, word: ShortWord, ids: &[u32]) {
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

    fn cached(cache: &WordCache, word: ShortWord) -> Option<Vec<u32>> {
        cache.get(word).map(|tokens| {
            let ids = tokens.iter().flat_map(|tokens| tokens.ids()[..tokens.count()].to_vec());
            ids.collect()
        })
    }

    #[test]
    fn a_word_is_found_until_it_is_evicted() {
        let cache = WordCache::new();
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
        let cache = WordCache::new();
        let long = word(1 << 36);
        cache.insert(word(1), &[0; MAX_CACHED_TOKENS + 1]);
        cache.insert(word(2), &[1, 1 << ID_BITS]);
        cache.insert(long, &[0; 2 * MAX_CACHED_TOKENS + 1]);
        cache.insert(long, &[0, 0, 0, 1 << ID_BITS]);
        assert_eq!((cache.get(word(1)), cache.get(word(2)), cache.get(long)), (None, None, None));
    }
}
