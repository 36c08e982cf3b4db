//! A batch of ASCII words from the same few hundred bytes of text, with the tokens that are already known.

use crate::ascii::BLOCK;
use crate::cached_tokens::Tokens;
use crate::long_word::LongWord;
use crate::short_word::ShortWord;
use crate::single_token_words::SingleTokenWords;
use crate::word_cache::{ForeignTables, WordCache};

/// The number of bytes of text whose words are looked up in the cache together. The lookups are bound by memory
/// latency, which overlaps across the words of a batch. With 128 bytes, English text takes 8% longer, and with 1,000
/// bytes, it takes as long.
pub(crate) const BATCH_BYTES: usize = 8 * BLOCK;
/// The number of ids copied at a time. Longer runs are rare, and CPUs predict a loop with one iteration well.
pub(crate) const COPY_WIDTH: usize = 16;
/// The number of bytes of a word that are read at a time.
const READ_WIDTH: usize = 32;

/// The number added to the length of a foreign word. No word has that length, so no table contains foreign words.
pub(crate) const FOREIGN_LENGTH: usize = BLOCK;

/// The words of one batch.
///
/// A "miss" is a word that is not a single token.
#[derive(Debug)]
pub(crate) struct WordBatch {
    /// By word length, a mask of the word's bytes in a `u64`; 0 for words of more than eight bytes.
    masks: [u64; 2 * BLOCK],
    /// The maximum length, in bytes, of words that are looked up.
    longest: usize,
    /// The text, in lower case if the options request it, and padding.
    text: [u8; BATCH_BYTES + READ_WIDTH],
    /// The ids of the words that are single tokens, and padding.
    ids: [u32; BATCH_BYTES + COPY_WIDTH],
    /// The start and length of each word in the text, and padding.
    positions: [[u16; 2]; BATCH_BYTES + COPY_WIDTH],
    count: usize,
    /// The indices of the misses.
    misses: [u16; BATCH_BYTES],
    /// The tokens of the misses that are in the cache.
    tokens: [Tokens; BATCH_BYTES],
    miss_count: usize,
    /// The indices within `misses` of the words with more than eight bytes and foreign words.
    long: [u16; BATCH_BYTES],
    /// The indices within `misses` of the foreign words.
    foreign: [u16; BATCH_BYTES],
    /// A value that depends on the first token of each word in a store, so that these tokens are read early.
    first_tokens: u32,
}

impl WordBatch {
    /// Creates an empty batch, in which words of more than `max_chars` characters are not looked up.
    pub(crate) fn new(max_chars: u32) -> Self {
        let longest = LongWord::MAX_BYTES.min(max_chars as usize);
        let mask = |length| if length == 0 || length > longest.min(8) { 0 } else { u64::MAX >> (64 - 8 * length) };
        Self {
            masks: core::array::from_fn(mask),
            longest,
            text: [0; BATCH_BYTES + READ_WIDTH],
            ids: [0; BATCH_BYTES + COPY_WIDTH],
            positions: [[0; 2]; BATCH_BYTES + COPY_WIDTH],
            count: 0,
            misses: [0; BATCH_BYTES],
            tokens: [Tokens::NONE; BATCH_BYTES],
            miss_count: 0,
            long: [0; BATCH_BYTES],
            foreign: [0; BATCH_BYTES],
            first_tokens: 0,
        }
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        (self.count, self.miss_count) = (0, 0);
    }

    /// Returns the number of words.
    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Adds the words of the block of text at position `block`, and looks up the ids of single tokens.
    ///
    /// The only branch that depends on the text is the one that ends the loop.
    #[inline]
    pub(crate) fn add_block<const FOREIGN: bool>(
        &mut self,
        single_token_words: &SingleTokenWords,
        block: usize,
        text: &[u8; BLOCK],
        [words, singles, foreign]: [u64; 3],
    ) {
        *self.text[block % BATCH_BYTES..].first_chunk_mut().expect("a block") = *text;
        let inner = words & (words << 1);
        let mut starts = (words | singles) & !inner;
        let mut ends = (words | singles) & !(inner >> 1);
        let (mut count, mut miss_count) = (self.count, self.miss_count);
        while starts != 0 {
            let start = starts.trailing_zeros() as usize;
            let mut length = 1 + ends.trailing_zeros() as usize - start;
            if FOREIGN {
                let is_foreign = foreign >> start & u64::MAX >> (BLOCK - length) != 0;
                length += if is_foreign { FOREIGN_LENGTH } else { 0 };
            }
            (starts, ends) = (starts & (starts - 1), ends & ends.wrapping_sub(1));
            let start = block + start;
            let id = single_token_words.get(self.word_bytes(start, length));
            self.ids[count % BATCH_BYTES] = id as u32;
            self.positions[count % BATCH_BYTES] = [start as u16, length as u16];
            self.misses[miss_count % BATCH_BYTES] = count as u16;
            miss_count += usize::from(id >= SingleTokenWords::NONE);
            count += 1;
        }
        (self.count, self.miss_count) = (count, miss_count);
    }

    /// Returns the bytes of a word of up to eight bytes, padded with zeros; 0 for longer words.
    #[inline]
    fn word_bytes(&self, start: usize, length: usize) -> u64 {
        let bytes = self.text[start % BATCH_BYTES..].first_chunk().expect("there is padding after the text");
        u64::from_le_bytes(*bytes) & self.masks[length % (2 * BLOCK)]
    }

    /// Returns the word with this start and length, which has at most [`ShortWord::MAX_BYTES`] bytes.
    #[inline]
    pub(crate) fn short_word(&self, [start, length]: [usize; 2]) -> ShortWord {
        let bytes = self.text[start % BATCH_BYTES..].first_chunk().expect("there is padding after the text");
        ShortWord::read(bytes, length)
    }

    /// Returns a foreign word, or a word of more than [`ShortWord::MAX_BYTES`], with this start and length; `None` if it
    /// is too long for the cache.
    #[inline]
    pub(crate) fn long_word(&self, [start, length]: [usize; 2]) -> Option<LongWord> {
        let longest = if length > FOREIGN_LENGTH { LongWord::MAX_BYTES } else { self.longest };
        let length = if length > FOREIGN_LENGTH { length - FOREIGN_LENGTH } else { length };
        (length <= longest).then(|| self.read_long([start, length]))
    }

    #[inline]
    fn read_long(&self, [start, length]: [usize; 2]) -> LongWord {
        let bytes = self.text[start % BATCH_BYTES..].first_chunk().expect("there is padding after the text");
        LongWord::read(bytes, length)
    }

    /// Looks up the misses in the cache.
    #[inline]
    pub(crate) fn look_up(&mut self, cache: &WordCache) {
        let Some(tables) = cache.tables() else {
            let misses = self.miss_count();
            return self.tokens[..misses].fill(Tokens::NONE);
        };
        let mut long_count = 0;
        for i in 0..self.miss_count() {
            let [start, length] = self.position(self.misses[i].into());
            self.tokens[i] = tables.get_up_to_8_bytes(self.word_bytes(start, length));
            self.long[long_count % BATCH_BYTES] = i as u16;
            long_count += usize::from(length > 8);
        }
        let mut foreign_count = 0;
        for i in 0..long_count.min(BATCH_BYTES) {
            let i = self.long[i];
            let position = self.position(self.misses[usize::from(i)].into());
            if position[1] > FOREIGN_LENGTH {
                self.foreign[foreign_count % BATCH_BYTES] = i;
                foreign_count += 1;
            } else if position[1] <= ShortWord::MAX_BYTES.min(self.longest) {
                self.tokens[usize::from(i)] = tables.get_9_to_15_bytes(self.short_word(position));
            } else if position[1] <= self.longest {
                self.tokens[usize::from(i)] = tables.get_16_to_30_bytes(self.read_long(position));
            }
        }
        if let Some(tables) = tables.foreign().filter(|_| foreign_count > 0) {
            self.look_up_foreign(tables, foreign_count.min(BATCH_BYTES));
        }
    }

    /// Looks up the foreign words in the cache.
    fn look_up_foreign(&mut self, tables: &ForeignTables, count: usize) {
        let mut long_count = 0;
        for i in 0..count {
            let i = self.foreign[i];
            let [start, length] = self.position(self.misses[usize::from(i)].into());
            let length = length - FOREIGN_LENGTH;
            let short = self.short_word([start, length.min(ShortWord::MAX_BYTES)]);
            let tokens = tables.get_up_to_15_bytes(short).only_if(length <= ShortWord::MAX_BYTES);
            self.first_tokens ^= tables.first_stored(tokens);
            self.tokens[usize::from(i)] = tokens;
            self.long[long_count % BATCH_BYTES] = i;
            long_count += usize::from((ShortWord::MAX_BYTES + 1..=LongWord::MAX_BYTES).contains(&length));
        }
        for i in 0..long_count.min(BATCH_BYTES) {
            let i = usize::from(self.long[i]);
            let [start, length] = self.position(self.misses[i].into());
            let tokens = tables.get_16_to_30_bytes(self.read_long([start, length - FOREIGN_LENGTH]));
            self.first_tokens ^= tables.first_stored(tokens);
            self.tokens[i] = tokens;
        }
    }

    /// Returns the start and length of a word in the text.
    #[inline]
    pub(crate) fn position(&self, word: usize) -> [usize; 2] {
        self.positions[word].map(usize::from)
    }

    /// Returns whether a word contains characters that are not ASCII.
    #[inline]
    pub(crate) fn is_foreign(&self, word: usize) -> bool {
        self.position(word)[1] > FOREIGN_LENGTH
    }

    /// Returns the ids of the words starting at index `from`, which are single tokens.
    #[inline]
    pub(crate) fn ids(&self, from: usize) -> &[u32; COPY_WIDTH] {
        self.ids[from % BATCH_BYTES..].first_chunk().expect("there is padding after the last word")
    }

    /// Returns the start and length of the words starting at index `from`.
    #[inline]
    pub(crate) fn positions(&self, from: usize) -> &[[u16; 2]; COPY_WIDTH] {
        self.positions[from % BATCH_BYTES..].first_chunk().expect("there is padding after the last word")
    }

    /// Returns the number of misses.
    #[inline]
    pub(crate) fn miss_count(&self) -> usize {
        self.miss_count.min(BATCH_BYTES)
    }

    /// Returns the index of the `i`th miss and its tokens; [`Tokens::NONE`] if the word was not in the cache.
    #[inline]
    pub(crate) fn miss(&self, i: usize) -> (usize, Tokens) {
        (self.misses[i].into(), self.tokens[i])
    }
}

#[cfg(test)]
mod tests {
    use core::iter::empty;

    use super::*;

    #[test]
    fn words_are_split_and_looked_up() {
        let single_token_words = SingleTokenWords::new();
        single_token_words.insert(ShortWord::new(b"the"), 7);
        single_token_words.insert(ShortWord::new(b"."), 8);
        let cache = WordCache::default();
        cache.allocate();
        cache.insert(ShortWord::new(b"aardvark"), &[1, 2], empty());
        cache.insert(ShortWord::new(b"aardvarks"), &[1, 2, 3], empty());
        cache.insert(ShortWord::new(b"antidisestab"), &[1, 2, 3, 4], empty());
        let mut block = [b' '; BLOCK];
        let text = b"the aardvark. aardvarks antidisestab new the";
        block[..text.len()].copy_from_slice(text);
        let mask_of = |of: fn(u8) -> bool| (0..BLOCK).filter(|&i| of(block[i])).map(|i| 1 << i).sum::<u64>();

        let mut batch = WordBatch::new(100);
        for start in [0, BLOCK] {
            let masks = [mask_of(|byte| byte.is_ascii_alphabetic()), mask_of(|byte| byte == b'.'), 0];
            batch.add_block::<false>(&single_token_words, start, &block, masks);
        }
        batch.look_up(&cache);
        assert_eq!((batch.count(), batch.miss_count()), (14, 8));
        for (first, start) in [(0, 0), (7, BLOCK)] {
            let ids = batch.ids(first);
            assert_eq!([ids[0], ids[2], ids[6]], [7, 8, 7]);
            let misses: Vec<_> =
                (0..8).map(|i| batch.miss(i)).filter(|(word, _)| (first..first + 7).contains(word)).collect();
            let tokens: Vec<_> = misses.iter().map(|(word, tokens)| (word - first, tokens.count())).collect();
            // Words of more than three tokens are stored elsewhere, and the fifth word is not in the cache.
            assert_eq!(tokens, [(1, 2), (3, 3), (4, 14), (5, 0)]);
            assert_eq!(batch.position(first + 3), [start + 14, 9]);
        }
        batch.clear();
        assert_eq!((batch.count(), batch.miss_count()), (0, 0));
    }

    #[test]
    fn words_over_the_character_limit_are_not_looked_up() {
        let single_token_words = SingleTokenWords::new();
        single_token_words.insert(ShortWord::new(b"abc"), 7);
        single_token_words.insert(ShortWord::new(b"ab"), 8);
        let mut block = [b' '; BLOCK];
        block[..6].copy_from_slice(b"abc ab");
        let mut batch = WordBatch::new(2);
        batch.add_block::<false>(&single_token_words, 0, &block, [0b11_0111, 0, 0]);
        batch.look_up(&WordCache::default());
        assert_eq!((batch.miss_count(), batch.miss(0)), (1, (0, Tokens::NONE)));
        assert_eq!(batch.ids(0)[1], 8);
    }
}
