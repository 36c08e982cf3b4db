//! Short words that were seen lately, with their tokens: those that come again need not be cut again.
//!
//! A few thousand words make up most of a text, and should stay in a processor's second-level cache: so a word of up to eight
//! bytes, as most are, takes sixteen with its tokens. Rare words are many, and in WebAssembly it takes longer to cut them than
//! to fetch them from far away: so there is room for a hundred thousand.

use std::cell::Cell;
use std::hint::select_unpredictable;

use crate::short_word::{ShortWord, hash_eight};

/// The most tokens of a word that is remembered.
pub(crate) const MOST: usize = 3;

/// A word's tokens: their number in the upper bits, below it the ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens(u64);

/// The bits of an id.
const ID_BITS: u32 = 20;

impl Tokens {
    /// No tokens, as no word has.
    pub(crate) const NONE: Self = Self(0);

    /// At most [`MOST`] tokens whose ids have at most [`ID_BITS`] bits, or `None`.
    fn new(ids: &[u32]) -> Option<Self> {
        if ids.len() > MOST || ids.iter().any(|id| id >> ID_BITS != 0) {
            return None;
        }
        let packed = ids.iter().rev().fold(0, |packed, &id| packed << ID_BITS | u64::from(id));
        Some(Self((ids.len() as u64) << (MOST as u32 * ID_BITS) | packed))
    }

    #[inline]
    pub(crate) fn count(self) -> usize {
        (self.0 >> (MOST as u32 * ID_BITS)) as usize
    }

    /// All ids, of which the first [`Self::count`] matter.
    #[inline]
    pub(crate) fn ids(self) -> [u32; MOST] {
        std::array::from_fn(|i| (self.0 >> (i as u32 * ID_BITS)) as u32 & ((1 << ID_BITS) - 1))
    }
}

/// Two words whose letters give the same place, the one that came last before the other.
type Set<Key, Value> = [Cell<(Key, Value)>; 2];

/// Words, each in one of the two places that its letters give it.
#[derive(Clone, Debug)]
struct Table<Key: Copy, Value: Copy, const SETS: usize> {
    sets: Box<[Set<Key, Value>; SETS]>,
}

impl<Key: Copy + Default + Eq, Value: Copy + Default, const SETS: usize> Table<Key, Value, SETS> {
    fn new() -> Self {
        let sets = vec![Default::default(); SETS];
        Self { sets: sets.try_into().ok().expect("the length is given") }
    }

    #[inline]
    fn set(&self, hash: u64) -> [(Key, Value); 2] {
        self.sets[place::<SETS>(hash)].each_ref().map(Cell::get)
    }

    fn put(&self, hash: u64, key: Key, value: Value) {
        let [later, earlier] = &self.sets[place::<SETS>(hash)];
        earlier.set(later.replace((key, value)));
    }
}

#[inline]
fn place<const SETS: usize>(hash: u64) -> usize {
    (hash >> (u64::BITS - SETS.ilog2())) as usize
}

/// Short words with their tokens.
#[derive(Clone, Debug)]
pub(crate) struct WordCache {
    /// Words of up to eight bytes: 2 MB.
    eight: Table<u64, Tokens, { 1 << 16 }>,
    /// Others, of up to twice as many tokens: 1 MB.
    fifteen: Table<ShortWord, [Tokens; 2], { 1 << 14 }>,
}

impl WordCache {
    pub(crate) fn new() -> Self {
        Self { eight: Table::new(), fifteen: Table::new() }
    }

    /// The tokens of a word of up to eight bytes, filled up with zeros, or none if it was not seen lately.
    ///
    /// Takes as long for the one place as for the other, and for none: which it will be cannot be foreseen.
    #[inline]
    pub(crate) fn of_eight(&self, word: u64) -> Tokens {
        let [later, earlier] = self.eight.set(hash_eight(word));
        let of = |(known, tokens): (u64, Tokens)| select_unpredictable(known == word, tokens.0, 0);
        Tokens(of(later) | of(earlier))
    }

    /// The tokens of a word of nine to fifteen bytes, or none if they are more than [`MOST`] or it was not seen lately.
    #[inline]
    pub(crate) fn few_of_fifteen(&self, word: ShortWord) -> Tokens {
        let [later, earlier] = self.fifteen.set(word.hash());
        let of = |(known, [tokens, more]): (ShortWord, [Tokens; 2])| {
            select_unpredictable(known == word && more == Tokens::NONE, tokens.0, 0)
        };
        Tokens(of(later) | of(earlier))
    }

    /// The tokens of a word, if it was seen lately. It holds no zeros.
    #[inline]
    pub(crate) fn get(&self, word: ShortWord) -> Option<[Tokens; 2]> {
        let tokens = if word.length() <= 8 {
            [self.of_eight(word.low), Tokens::NONE]
        } else {
            let set = self.fifteen.set(word.hash());
            set.into_iter().find(|&(known, _)| known == word)?.1
        };
        (tokens[0] != Tokens::NONE).then_some(tokens)
    }

    /// Remembers the tokens of a word, if they are not too many. It holds no zeros.
    pub(crate) fn remember(&self, word: ShortWord, ids: &[u32]) {
        let (first, others) = ids.split_at(ids.len().min(MOST));
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

    fn remembered(cache: &WordCache, word: ShortWord) -> Option<Vec<u32>> {
        cache.get(word).map(|tokens| {
            let ids = tokens.iter().flat_map(|tokens| tokens.ids()[..tokens.count()].to_vec());
            ids.collect()
        })
    }

    #[test]
    fn a_word_is_found_until_others_take_its_place() {
        let cache = WordCache::new();
        assert_eq!(remembered(&cache, word(1)), None);
        // Words of up to eight letters, and of ten.
        for (first, places, most) in [(1, 1 << 17, MOST), (1 << 36, 1 << 15, 2 * MOST)] {
            let numbers = first..first + 200_000;
            for number in numbers.clone() {
                let ids = [(number % 999_983) as u32, 0, (1 << ID_BITS) - 1, 7, (number % 7) as u32, 0];
                let ids = &ids[..=number as usize % most];
                cache.remember(word(number), ids);
                assert_eq!(remembered(&cache, word(number)).as_deref(), Some(ids));
            }
            let found = numbers.filter(|&number| cache.get(word(number)).is_some()).count();
            assert!(found <= places && found > places / 2, "{found}");
        }
    }

    #[test]
    fn words_with_many_tokens_or_large_ids_are_not_remembered() {
        let cache = WordCache::new();
        let long = word(1 << 36);
        cache.remember(word(1), &[0; MOST + 1]);
        cache.remember(word(2), &[1, 1 << ID_BITS]);
        cache.remember(long, &[0; 2 * MOST + 1]);
        cache.remember(long, &[0, 0, 0, 1 << ID_BITS]);
        assert_eq!((cache.get(word(1)), cache.get(word(2)), cache.get(long)), (None, None, None));
    }
}
