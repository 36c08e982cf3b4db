//! The tokens of cached words, in eight bytes for each word.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cell::Cell;

/// The maximum number of tokens of a word that are stored together with the word.
pub(crate) const MAX_CACHED_TOKENS: usize = 3;

/// The tokens of a word. Either the upper bits are the count and the lower bits the ids, or the tokens are in a [`TokenStore`]:
/// then the upper bits are [`STORED`], and the lower bits are the position and the count of the tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens(u64);

/// The number of bits of an id.
pub(crate) const ID_BITS: u32 = 20;
/// The position of the upper bits.
const COUNT_SHIFT: u32 = MAX_CACHED_TOKENS as u32 * ID_BITS;
/// The value of the upper bits if the tokens are in a store.
const STORED: u64 = 14;
/// The value of the upper bits if the tokens are in the store of foreign words.
const STORED_FOREIGN: u64 = STORED | 1;
/// The number of bits of the count of tokens in a store.
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

    /// Returns whether the tokens are in a [`TokenStore`].
    #[inline]
    pub(crate) fn are_stored(self) -> bool {
        self.0 >> COUNT_SHIFT >= STORED
    }

    /// Returns whether the tokens are in the store of foreign words.
    #[inline]
    pub(crate) fn are_foreign(self) -> bool {
        self.0 >> COUNT_SHIFT == STORED_FOREIGN
    }

    /// Returns these tokens, of a foreign word.
    pub(crate) fn of_foreign_word(self) -> Self {
        if self.are_stored() { Self(self.0 | STORED_FOREIGN << COUNT_SHIFT) } else { self }
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

/// A token of a word in a [`TokenStore`]: the id in the lower [`ID_BITS`] bits, and its span within the word, in bytes, in six
/// bits each. No span ends at 0, which marks a token whose span is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredToken(u32);

/// The number of bits of a position in a word.
const POSITION_BITS: u32 = 6;

impl StoredToken {
    /// Packs a token, with the span `[0, 0]` if the span is not known; `None` if the token does not fit.
    #[inline]
    pub(crate) fn new(id: u32, [start, end]: [u32; 2]) -> Option<Self> {
        let fits = id >> ID_BITS == 0 && (start | end) >> POSITION_BITS == 0;
        fits.then_some(Self(id | start << ID_BITS | end << (ID_BITS + POSITION_BITS)))
    }

    /// Returns the id.
    #[inline]
    pub(crate) fn id(self) -> u32 {
        self.0 & ((1 << ID_BITS) - 1)
    }

    /// Returns the start and the end within the word, if [`Self::has_span`].
    #[inline]
    pub(crate) fn span(self) -> [u32; 2] {
        [self.0 >> ID_BITS & ((1 << POSITION_BITS) - 1), self.0 >> (ID_BITS + POSITION_BITS)]
    }

    /// Returns whether the span is known.
    #[inline]
    pub(crate) fn has_span(self) -> bool {
        self.0 >> (ID_BITS + POSITION_BITS) != 0
    }
}

/// A ring buffer of the tokens of words. When it is full, the oldest tokens are overwritten.
#[derive(Clone, Debug)]
pub(crate) struct TokenStore {
    tokens: Box<[Cell<StoredToken>]>,
    /// The number of tokens that fit, a power of two.
    size: usize,
    /// The number of tokens stored so far.
    count: Cell<u64>,
}

/// The maximum number of tokens of a word.
pub(crate) const MAX_STORED: usize = 40;
/// The number of stored tokens that are read at a time.
pub(crate) const STORE_WIDTH: usize = 8;

impl TokenStore {
    /// Returns an empty store for `size` tokens, a power of two, or `None` if there is not enough memory.
    pub(crate) fn new(size: usize) -> Option<Self> {
        // A word that starts before the end of the buffer may continue after it, and is read with a few more tokens.
        let capacity = size + MAX_STORED + STORE_WIDTH;
        let mut tokens = Vec::new();
        tokens.try_reserve_exact(capacity).ok()?;
        tokens.resize(capacity, Cell::default());
        Some(Self { tokens: tokens.into(), size, count: Cell::new(0) })
    }

    /// Returns the size of the store in bytes.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.tokens)
    }

    /// Stores the tokens of a word; `None` if there are too many, or one does not fit. `spans` are the spans of the tokens
    /// within the word, which may be missing.
    pub(crate) fn put(&self, ids: &[u32], spans: impl Iterator<Item = [u32; 2]>) -> Option<Tokens> {
        let count = ids.len();
        if count > MAX_STORED {
            return None;
        }
        let mut tokens = [StoredToken::default(); MAX_STORED];
        let spans = spans.chain(core::iter::repeat([0, 0]));
        for (token, (&id, span)) in tokens.iter_mut().zip(ids.iter().zip(spans)) {
            *token = StoredToken::new(id, span)?;
        }
        let position = self.count.get();
        let start = position as usize & (self.size - 1);
        for (stored, token) in self.tokens[start..].iter().zip(&tokens[..count]) {
            stored.set(*token);
        }
        // The next word starts at the beginning of the buffer if this one continues after its end.
        self.count.set(position + count.min(self.size - start) as u64);
        Some(Tokens(STORED << COUNT_SHIFT | position << STORED_COUNT_BITS | count as u64))
    }

    /// Returns the first token of a word that was stored, or an arbitrary one. Reading it early overlaps the latencies of memory.
    #[inline]
    pub(crate) fn first(&self, tokens: Tokens) -> u32 {
        let position = tokens.only_if(tokens.are_stored()).0 >> STORED_COUNT_BITS;
        self.tokens[position as usize & (self.size - 1)].get().0
    }

    /// Returns the tokens from the start of a word that was stored, and their number; `None` if they have been overwritten. At
    /// least [`STORE_WIDTH`] others follow the last one.
    #[inline]
    pub(crate) fn get(&self, tokens: Tokens) -> Option<(&[Cell<StoredToken>], usize)> {
        let count = (tokens.0 & ((1 << STORED_COUNT_BITS) - 1)) as usize;
        let position = (tokens.0 & ((1 << COUNT_SHIFT) - 1)) >> STORED_COUNT_BITS;
        if self.count.get() - position > self.size as u64 {
            return None;
        }
        Some((&self.tokens[position as usize & (self.size - 1)..], count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE_SIZE: usize = 1 << 18;

    #[test]
    fn stored_ids_are_returned_until_they_are_overwritten() {
        let store = TokenStore::new(STORE_SIZE).unwrap();
        let ids = |seed: usize| (0..=seed % MAX_STORED).map(|i| (seed % 30_000 * 31 + i) as u32).collect::<Vec<_>>();
        let spans = |seed: usize| (0..=seed as u32 % MAX_STORED as u32).map(|i| [i, i + 1 + i % 20]);
        let all: Vec<_> = (0..80_000).map(|seed| (seed, store.put(&ids(seed), spans(seed)).unwrap())).collect();
        assert!(store.count.get() > 2 * STORE_SIZE as u64);
        let found = all.iter().filter_map(|&(seed, tokens)| {
            assert!(tokens.are_stored());
            let (stored, count) = store.get(tokens)?;
            assert!(stored.len() >= count + STORE_WIDTH);
            let found: Vec<_> = stored[..count].iter().map(Cell::get).collect();
            assert!(found.iter().map(|token| token.id()).eq(ids(seed)));
            assert!(found.iter().all(|token| token.has_span()));
            assert!(found.iter().map(|token| token.span()).eq(spans(seed)));
            Some(count)
        });
        let kept: usize = found.sum();
        assert!((STORE_SIZE - 2 * MAX_STORED..=STORE_SIZE + MAX_STORED).contains(&kept), "{kept}");
        assert_eq!(store.put(&[0; MAX_STORED + 1], spans(0)), None);
    }

    #[test]
    fn tokens_that_do_not_fit_are_not_stored_and_overwrite_nothing() {
        let store = TokenStore::new(1 << 6).unwrap();
        let word = |first: u32| [first, first + 1, first + 2, first + 3];
        let all: Vec<_> = (0..16).map(|i| store.put(&word(i), [[0, 1]; 4].into_iter()).unwrap()).collect();
        for (id, span) in [(1 << ID_BITS, [0, 1]), (1, [0, 1 << POSITION_BITS]), (1, [1 << POSITION_BITS, 1])] {
            assert_eq!(store.put(&[1, id], [[0, 1], span].into_iter()), None);
        }
        for (i, &tokens) in (0..).zip(&all) {
            let (stored, count) = store.get(tokens).unwrap();
            assert!(stored[..count].iter().map(|token| token.get().id()).eq(word(i)));
        }
        let without_spans = store.put(&word(7), core::iter::empty()).unwrap();
        assert!(!store.get(without_spans).unwrap().0[0].get().has_span());
    }
}
