//! ASCII words that were found in a stretch of text, and their tokens as far as they are known.

use crate::ascii::BLOCK;
use crate::ready_words::ReadyWords;
use crate::short_word::ShortWord;
use crate::word_cache::{Tokens, WordCache};

/// How much text is read before its words are looked up in the cache. A processor waits for memory much of its time, and can
/// wait for many words at once: with 128 bytes English takes 8 % longer, with a thousand no less.
pub(crate) const STRETCH: usize = 8 * BLOCK;
/// Ids are copied so many at a time: seldom more of them stand together, and a loop that ends at once is foreseen.
pub(crate) const COPIED: usize = 16;
/// How much of a word is read at a time, at most.
const READ: usize = 16;

/// The words of a stretch of text.
#[derive(Debug)]
pub(crate) struct FoundWords {
    /// For every length of a word, ones where its letters are; nothing for more than eight.
    masks: [u64; 2 * BLOCK],
    /// Words of more letters are not looked up.
    longest: usize,
    /// The text, its capitals small letters if that is asked for, and room behind it.
    text: [u8; STRETCH + READ],
    /// The words' ids, where they are tokens, and room.
    ids: [u32; STRETCH + COPIED],
    /// Where in the text words begin, and how long they are.
    places: [[u16; 2]; STRETCH + COPIED],
    count: usize,
    /// Words that are no tokens.
    others: [u16; STRETCH],
    /// Their tokens, where they were seen lately.
    tokens: [Tokens; STRETCH],
    other_count: usize,
    /// Which of the others have more than eight letters.
    long: [u16; STRETCH],
}

impl FoundWords {
    /// Words of more than `max_chars` characters are not looked up.
    pub(crate) fn new(max_chars: u32) -> Self {
        let longest = ShortWord::LONGEST.min(max_chars as usize);
        let mask = |length| if length == 0 || length > longest.min(8) { 0 } else { u64::MAX >> (64 - 8 * length) };
        Self {
            masks: std::array::from_fn(mask),
            longest,
            text: [0; STRETCH + READ],
            ids: [0; STRETCH + COPIED],
            places: [[0; 2]; STRETCH + COPIED],
            count: 0,
            others: [0; STRETCH],
            tokens: [Tokens::NONE; STRETCH],
            other_count: 0,
            long: [0; STRETCH],
        }
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        (self.count, self.other_count) = (0, 0);
    }

    /// How many words there are.
    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Finds the words of a block of the stretch, and the ids of those that are tokens.
    ///
    /// There is no branch here that depends on the text but the one that ends the loop.
    #[inline]
    pub(crate) fn find(
        &mut self,
        ready_words: &ReadyWords,
        block: usize,
        text: &[u8; BLOCK],
        words: u64,
        singles: u64,
    ) {
        *self.text[block % STRETCH..].first_chunk_mut().expect("a block") = *text;
        let inner = words & (words << 1);
        let mut starts = (words | singles) & !inner;
        let mut ends = (words | singles) & !(inner >> 1);
        let (mut count, mut other_count) = (self.count, self.other_count);
        while starts != 0 {
            let start = starts.trailing_zeros() as usize;
            let length = 1 + ends.trailing_zeros() as usize - start;
            (starts, ends) = (starts & (starts - 1), ends & ends.wrapping_sub(1));
            let start = block + start;
            let id = ready_words.get(self.letters(start, length));
            self.ids[count % STRETCH] = id as u32;
            self.places[count % STRETCH] = [start as u16, length as u16];
            self.others[other_count % STRETCH] = count as u16;
            other_count += usize::from(id >= ReadyWords::NONE);
            count += 1;
        }
        (self.count, self.other_count) = (count, other_count);
    }

    /// The letters of a word of up to eight, filled up with zeros; nothing if it has more.
    #[inline]
    fn letters(&self, start: usize, length: usize) -> u64 {
        let bytes = self.text[start % STRETCH..].first_chunk().expect("there is room behind the text");
        u64::from_le_bytes(*bytes) & self.masks[length % (2 * BLOCK)]
    }

    /// A word of at most [`ShortWord::LONGEST`] letters.
    #[inline]
    pub(crate) fn short_word(&self, [start, length]: [usize; 2]) -> ShortWord {
        let bytes = self.text[start % STRETCH..].first_chunk().expect("there is room behind the text");
        ShortWord::read(bytes, length)
    }

    /// Looks the words that are no tokens up in the cache.
    #[inline]
    pub(crate) fn look_up(&mut self, cache: &WordCache) {
        let mut long_count = 0;
        for i in 0..self.other_count() {
            let [start, length] = self.place(self.others[i].into());
            self.tokens[i] = cache.of_eight(self.letters(start, length));
            self.long[long_count % STRETCH] = i as u16;
            long_count += usize::from(length > 8 && length <= self.longest);
        }
        for i in 0..long_count.min(STRETCH) {
            let i = usize::from(self.long[i]);
            self.tokens[i] = cache.few_of_fifteen(self.short_word(self.place(self.others[i].into())));
        }
    }

    /// Where a word begins in the text, and how long it is.
    #[inline]
    pub(crate) fn place(&self, word: usize) -> [usize; 2] {
        self.places[word].map(usize::from)
    }

    /// The ids of the words from this one on, where they are tokens.
    #[inline]
    pub(crate) fn ids(&self, from: usize) -> &[u32; COPIED] {
        self.ids[from % STRETCH..].first_chunk().expect("there is room behind the last")
    }

    /// Where these words begin in the text, and how long they are.
    #[inline]
    pub(crate) fn places(&self, from: usize) -> &[[u16; 2]; COPIED] {
        self.places[from % STRETCH..].first_chunk().expect("there is room behind the last")
    }

    /// How many words are no tokens.
    #[inline]
    pub(crate) fn other_count(&self) -> usize {
        self.other_count.min(STRETCH)
    }

    /// A word that is no token, and its tokens, or none if it was not seen lately.
    #[inline]
    pub(crate) fn other(&self, i: usize) -> (usize, Tokens) {
        (self.others[i].into(), self.tokens[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_each_other_and_looked_up() {
        let mut ready_words = ReadyWords::new();
        ready_words.insert(b"the", 7);
        ready_words.insert(b".", 8);
        let cache = WordCache::new();
        cache.remember(ShortWord::new(b"aardvark"), &[1, 2]);
        cache.remember(ShortWord::new(b"aardvarks"), &[1, 2, 3]);
        cache.remember(ShortWord::new(b"antidisestab"), &[1, 2, 3, 4]);
        let mut block = [b' '; BLOCK];
        let text = b"the aardvark. aardvarks antidisestab new the";
        block[..text.len()].copy_from_slice(text);
        let places = |of: fn(u8) -> bool| (0..BLOCK).filter(|&i| of(block[i])).map(|i| 1 << i).sum::<u64>();

        let mut found = FoundWords::new(100);
        for start in [0, BLOCK] {
            found.find(
                &ready_words,
                start,
                &block,
                places(|byte| byte.is_ascii_alphabetic()),
                places(|byte| byte == b'.'),
            );
        }
        found.look_up(&cache);
        assert_eq!((found.count(), found.other_count()), (14, 8));
        for (first, start) in [(0, 0), (7, BLOCK)] {
            let ids = found.ids(first);
            assert_eq!([ids[0], ids[2], ids[6]], [7, 8, 7]);
            let others: Vec<_> =
                (0..8).map(|i| found.other(i)).filter(|(word, _)| (first..first + 7).contains(word)).collect();
            let tokens: Vec<_> = others.iter().map(|(word, tokens)| (word - first, tokens.count())).collect();
            // More than three tokens are left to others, as are words that were never seen.
            assert_eq!(tokens, [(1, 2), (3, 3), (4, 0), (5, 0)]);
            assert_eq!(found.place(first + 3), [start + 14, 9]);
        }
        found.clear();
        assert_eq!((found.count(), found.other_count()), (0, 0));
    }

    #[test]
    fn words_of_more_characters_than_are_allowed_are_not_looked_up() {
        let mut ready_words = ReadyWords::new();
        ready_words.insert(b"abc", 7);
        ready_words.insert(b"ab", 8);
        let mut block = [b' '; BLOCK];
        block[..6].copy_from_slice(b"abc ab");
        let mut found = FoundWords::new(2);
        found.find(&ready_words, 0, &block, 0b11_0111, 0);
        found.look_up(&WordCache::new());
        assert_eq!((found.other_count(), found.other(0)), (1, (0, Tokens::NONE)));
        assert_eq!(found.ids(0)[1], 8);
    }
}
