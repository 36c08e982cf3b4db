//! The fast way through ASCII text: sixty-four bytes at a time, first all words of them, then their tokens.

use std::hint::select_unpredictable;

use crate::ascii::BLOCK;
use crate::encoder::{Encoder, cut, push_remembered};
use crate::short_word::{ShortWord, with_case};
use crate::word_cache::Tokens;

/// How much of the text is read: a block, and what a word that begins in its last byte may need.
pub(crate) const READ: usize = BLOCK + 16;

/// The words of a block.
#[derive(Debug)]
pub(crate) struct FoundWords([FoundWord; BLOCK]);

/// A word, with its tokens if it has up to eight letters and was seen lately.
#[derive(Clone, Copy, Debug)]
struct FoundWord {
    tokens: Tokens,
    start: u8,
    length: u8,
}

impl FoundWords {
    pub(crate) fn new() -> Self {
        Self([FoundWord { tokens: Tokens::NONE, start: 0, length: 0 }; BLOCK])
    }
}

impl Encoder<'_> {
    /// Encodes ASCII words, punctuation and blanks from `at` on, up to a word that may go on with something else; says
    /// where it stopped.
    #[inline]
    pub(crate) fn ascii_words<const SPANS: bool>(&mut self, mut at: usize, to: usize) -> usize {
        let memory = self.memory;
        while at < to && memory[at].is_ascii() && self.output.tokens() < self.limit {
            let Some(read) = memory[at..].first_chunk::<READ>() else { break };
            let block = read.first_chunk().expect("a block is read, and more");
            let places = self.tokenizer.table.ascii().places(block);
            let known = (places.words | places.singles | places.spaces) & !places.special;
            let stop = known.trailing_ones() as usize;
            let mut end = stop.min(to - at);
            let mut words = places.words & below(end);
            if end < to - at {
                // The last word may go on.
                end -= (words << ((BLOCK - end) % BLOCK)).leading_ones() as usize;
                words &= below(end);
            }
            if end == 0 {
                break;
            }
            let count = self.find_words(read, words, places.singles & below(end));
            for i in 0..count {
                let FoundWord { tokens, start, length } = self.ascii.0[i];
                let (start, length) = (usize::from(start), usize::from(length));
                let from = at + start;
                if tokens == Tokens::NONE {
                    self.new_word::<SPANS>(read, start, length, from);
                } else {
                    let span_of = |start, end| [(from + start) as u32, (from + end) as u32];
                    push_remembered::<SPANS>(self.tokenizer, tokens, length, span_of, self.output);
                }
            }
            at += end;
            if stop < BLOCK {
                break;
            }
        }
        at
    }

    /// Looks all words of a block up in the cache; says how many they are.
    ///
    /// There is no branch here that depends on the text but the one that ends the loop. So the processor looks several words
    /// up at once, and what it has to wait for most, memory, it awaits for all of them together.
    #[inline]
    fn find_words(&mut self, read: &[u8; READ], words: u64, singles: u64) -> usize {
        let longest = self.tokenizer.options.max_word_chars.min(8) as usize;
        let inner = words & (words << 1);
        let mut starts = (words | singles) & !inner;
        let mut count = 0;
        while starts != 0 {
            let start = starts.trailing_zeros() as usize;
            starts &= starts - 1;
            let length = 1 + (inner >> start >> 1).trailing_ones() as usize;
            let bytes = u64::from_le_bytes(*read[start..].first_chunk().expect("more is read than a block"));
            let word = with_case(bytes & u64::MAX.wrapping_shr(64_u32.wrapping_sub(8 * length as u32)), self.case);
            let tokens = self.tokenizer.cache.of_eight(word);
            let tokens = select_unpredictable(length <= longest, tokens, Tokens::NONE);
            self.ascii.0[count] = FoundWord { tokens, start: start as u8, length: length as u8 };
            count += 1;
        }
        count
    }

    /// Encodes a word of what was read that is long, or was not seen lately before the block, and remembers its tokens.
    #[inline(never)]
    fn new_word<const SPANS: bool>(&mut self, read: &[u8; READ], start: usize, length: usize, from: usize) {
        if length > ShortWord::LONGEST || length > self.tokenizer.options.max_word_chars as usize {
            self.push_ascii::<SPANS>(from, from + length);
            return self.end_word::<SPANS>();
        }
        let Self { tokenizer, output, .. } = self;
        let bytes = read[start..].first_chunk().expect("more is read than a block");
        let word = ShortWord::read(bytes, length).with_case(self.case);
        let span_of = |start, end| [(from + start) as u32, (from + end) as u32];
        if let Some(tokens) = tokenizer.cache.get(word) {
            return push_remembered::<SPANS>(tokenizer, tokens, length, span_of, output);
        }
        let first = output.tokens();
        cut::<SPANS>(tokenizer, &word.bytes(), length, span_of, output);
        tokenizer.cache.remember(word, &output.ids()[first..]);
    }
}

/// Ones for all places below `end`, which is at most [`BLOCK`].
#[inline]
fn below(end: usize) -> u64 {
    u64::MAX.checked_shr((BLOCK - end) as u32).unwrap_or(0)
}
