//! The fast way through ASCII text: sixty-four bytes at a time, first all words of them, then their tokens.

use crate::ascii::BLOCK;
use crate::encoder::{Encoder, cut_short, push_remembered};
use crate::output::Output;
use crate::short_word::{Case, ShortWord};
use crate::word_cache::{MOST, Tokens, WordCache};

/// How much of the text is read: a block, and what a word that begins in its last byte may need.
pub(crate) const READ: usize = BLOCK + 16;

/// The words of a block.
#[derive(Debug)]
pub(crate) struct FoundWords {
    /// For every length of a word, ones where its letters are; nothing for those that are not looked up with the others.
    masks: [u64; BLOCK + 1],
    /// What was read, its capitals small letters if that is asked for.
    read: [u8; READ],
    count: usize,
    /// The words' tokens, where they have up to eight letters and were seen lately.
    tokens: [Tokens; BLOCK],
    /// Where in the block they begin, and how long they are.
    places: [[u8; 2]; BLOCK],
}

impl FoundWords {
    /// Words of more than `max_chars` characters are left to others.
    pub(crate) fn new(max_chars: u32) -> Self {
        let longest = max_chars.min(8) as usize;
        let mask = |length| if length == 0 || length > longest { 0 } else { u64::MAX >> (64 - 8 * length) };
        Self {
            masks: std::array::from_fn(mask),
            read: [0; READ],
            count: 0,
            tokens: [Tokens::NONE; BLOCK],
            places: [[0; 2]; BLOCK],
        }
    }

    /// Looks all words of a block up in the cache.
    ///
    /// There is no branch here that depends on the text but the one that ends the loop. So the processor looks several words
    /// up at once, and what it has to wait for most, memory, it awaits for all of them together.
    #[inline]
    fn find(&mut self, cache: &WordCache, words: u64, singles: u64) {
        let inner = words & (words << 1);
        let mut starts = (words | singles) & !inner;
        let mut ends = (words | singles) & !(inner >> 1);
        let mut count = 0;
        while starts != 0 {
            let start = starts.trailing_zeros() as usize;
            let length = 1 + ends.trailing_zeros() as usize - start;
            (starts, ends) = (starts & (starts - 1), ends & ends.wrapping_sub(1));
            let bytes = u64::from_le_bytes(*self.read[start..].first_chunk().expect("more is read than a block"));
            // Nothing is known of the word without letters that a long one becomes here.
            self.tokens[count % BLOCK] = cache.of_eight(bytes & self.masks[length % (BLOCK + 1)]);
            self.places[count % BLOCK] = [start as u8, length as u8];
            count += 1;
        }
        self.count = count;
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
            self.ascii.read = with_case(read, self.case);
            let block = read.first_chunk().expect("a block is read, and more");
            let places = self.tokenizer.table.ascii().places(block);
            let known = (places.words | places.singles | places.spaces) & !places.special;
            let stop = known.trailing_ones() as usize;
            let mut end = stop.min(to - at);
            let mut words = places.words & below(end);
            if end < to - at && !self.is_ready(at + end, to) {
                // The last word may go on.
                end -= (words << ((BLOCK - end) % BLOCK)).leading_ones() as usize;
                words &= below(end);
            }
            if end == 0 {
                break;
            }
            self.ascii.find(&self.tokenizer.cache, words, places.singles & below(end));
            self.push_found::<SPANS>(at);
            at += end;
            if stop < BLOCK {
                break;
            }
        }
        at
    }

    /// Encodes the words that were found in a block that begins at `at`.
    #[inline]
    fn push_found<const SPANS: bool>(&mut self, at: usize) {
        let mut i = 0;
        while i < self.ascii.count {
            if !SPANS {
                i += push_known(&self.ascii.tokens[i..self.ascii.count], self.output);
            }
            if i < self.ascii.count {
                self.push_word::<SPANS>(i, at);
            }
            i += 1;
        }
    }

    /// Encodes the word with this number.
    #[inline]
    fn push_word<const SPANS: bool>(&mut self, i: usize, at: usize) {
        let (tokens, [start, length]) = (self.ascii.tokens[i], self.ascii.places[i].map(usize::from));
        let from = at + start;
        if tokens == Tokens::NONE {
            self.new_word::<SPANS>(start, length, from);
        } else {
            let span_of = |start, end| [(from + start) as u32, (from + end) as u32];
            push_remembered::<SPANS, 1>(self.tokenizer, [tokens], length, span_of, self.output);
        }
    }

    /// Encodes a word of what was read that is long, or was not seen lately before the block, and remembers its tokens.
    #[inline(never)]
    fn new_word<const SPANS: bool>(&mut self, start: usize, length: usize, from: usize) {
        if length > ShortWord::LONGEST || length > self.tokenizer.options.max_word_chars as usize {
            self.push_ascii::<SPANS>(from, from + length);
            return self.end_word::<SPANS>();
        }
        let Self { tokenizer, output, .. } = self;
        let bytes = self.ascii.read[start..].first_chunk().expect("more is read than a block");
        let word = ShortWord::read(bytes, length);
        let span_of = |start, end| [(from + start) as u32, (from + end) as u32];
        // Shorter ones have been looked for.
        let remembered = if length > 8 { tokenizer.cache.get(word) } else { None };
        match remembered {
            Some(tokens) => push_remembered::<SPANS, _>(tokenizer, tokens, length, span_of, output),
            None => cut_short::<SPANS>(tokenizer, word, span_of, output),
        }
    }
}

/// Appends words' tokens up to the first word that has none; says how many words.
#[inline]
fn push_known(words: &[Tokens], output: &mut Output) -> usize {
    let (ids, _) = output.room::<false>(usize::MAX);
    let (mut pushed, mut count) = (0, 0);
    for tokens in words {
        if *tokens == Tokens::NONE {
            break;
        }
        let Some(room) = ids.get_mut(count..count + MOST) else { break };
        room.copy_from_slice(&tokens.ids());
        count += tokens.count();
        pushed += 1;
    }
    output.advance(count);
    pushed
}

/// The bytes with their capitals become `case`.
#[inline]
fn with_case(read: &[u8; READ], case: Case) -> [u8; READ] {
    read.map(|byte| byte | if byte.is_ascii_uppercase() { case as u8 } else { 0 })
}

/// Ones for all places below `end`, which is at most [`BLOCK`].
#[inline]
fn below(end: usize) -> u64 {
    u64::MAX.checked_shr((BLOCK - end) as u32).unwrap_or(0)
}
