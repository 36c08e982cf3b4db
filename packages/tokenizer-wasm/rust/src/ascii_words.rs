//! The fast way through ASCII text: a few hundred bytes at a time, first all words of them, then their tokens.

use crate::ascii::BLOCK;
use crate::encoder::{Encoder, cut_short, push_remembered};
use crate::found_words::{COPIED, STRETCH};
use crate::short_word::{Case, ShortWord};
use crate::word_cache::Tokens;

impl Encoder<'_> {
    /// Encodes ASCII words, punctuation and blanks from `at` on, up to a word that may go on with something else; says
    /// where it stopped.
    #[inline]
    pub(crate) fn ascii_words<const SPANS: bool>(&mut self, mut at: usize, to: usize) -> usize {
        let mut goes_on = true;
        while goes_on && at < to && self.are_ascii(at) && self.output.tokens() < self.limit {
            let first = at;
            self.found.clear();
            while goes_on && at < to && at - first <= STRETCH - BLOCK {
                (at, goes_on) = self.read_block(first, at, to);
            }
            if self.found.count() > 0 {
                self.push_found::<SPANS>(first);
            }
        }
        at
    }

    /// Whether the character there and the next are ASCII.
    #[inline]
    fn are_ascii(&self, at: usize) -> bool {
        self.memory[at..].first_chunk::<2>().is_some_and(|bytes| bytes.is_ascii())
    }

    /// Finds the words of a block at `at`, in a stretch that begins at `first`; says where they end, and whether the block
    /// does.
    #[inline]
    fn read_block(&mut self, first: usize, at: usize, to: usize) -> (usize, bool) {
        let Some(block) = self.memory[at..].first_chunk() else { return (at, false) };
        let places = self.sets.places(block);
        let known = (places.words | places.singles | places.spaces) & !places.special;
        let stop = known.trailing_ones() as usize;
        let mut end = stop.min(to - at);
        let mut words = places.words & below(end);
        if end < to - at && !self.is_ready(at + end, to) {
            // The last word may go on.
            end -= (words << ((BLOCK - end) % BLOCK)).leading_ones() as usize;
            words &= below(end);
        }
        let singles = places.singles & below(end);
        if words | singles != 0 {
            let text = with_case(block, self.case);
            self.found.find(&self.tokenizer.ready_words, at - first, &text, words, singles);
        }
        (at + end, end > 0 && stop == BLOCK)
    }

    /// Encodes the words of a stretch that begins at `at`.
    #[inline]
    fn push_found<const SPANS: bool>(&mut self, at: usize) {
        self.found.look_up(&self.tokenizer.cache);
        let mut next = 0;
        for i in 0..self.found.other_count() {
            let (other, tokens) = self.found.other(i);
            self.push_ready::<SPANS>(next, other, at);
            if tokens == Tokens::NONE {
                self.push_new::<SPANS>(other, at);
            } else {
                self.push_few::<SPANS>(tokens, other, at);
            }
            next = other + 1;
        }
        self.push_ready::<SPANS>(next, self.found.count(), at);
    }

    /// Encodes words that are tokens, those with the numbers `from..to`.
    #[inline]
    fn push_ready<const SPANS: bool>(&mut self, from: usize, to: usize, at: usize) {
        let (ids, spans) = self.output.room::<SPANS>(usize::MAX);
        let count = to.saturating_sub(from);
        for i in (0..count).step_by(COPIED) {
            *ids[i..].first_chunk_mut().expect("there is room behind the last") = *self.found.ids(from + i);
            if SPANS {
                // The row may begin within the stretch.
                let at = at.wrapping_sub(self.origin) as u32;
                let some = self.found.places(from + i).map(|[start, length]| {
                    let start = at.wrapping_add(start.into());
                    [start, start.wrapping_add(length.into())]
                });
                *spans[i..].first_chunk_mut().expect("there is room behind the last") = some;
            }
        }
        self.output.advance(count);
    }

    /// Encodes a word that has these tokens. How many they are cannot be foreseen, and does not matter.
    #[inline]
    fn push_few<const SPANS: bool>(&mut self, tokens: Tokens, word: usize, at: usize) {
        if SPANS {
            let [start, length] = self.found.place(word);
            let from = at + start - self.origin;
            let mut place = from as u32;
            let spans = tokens.ids().map(|id| {
                let start = place;
                place += self.tokenizer.length_of(id) as u32;
                [start, place]
            });
            self.output.put_spans(spans, tokens.count(), (from + length) as u32);
        }
        self.output.push_ids(tokens);
    }

    /// Encodes a word that is no token and was not seen lately, or a line feed.
    #[inline(never)]
    fn push_new<const SPANS: bool>(&mut self, word: usize, at: usize) {
        let [start, length] = self.found.place(word);
        let from = at + start;
        if self.line.is_some() && self.memory[from] == b'\n' {
            return self.end_line::<SPANS>(from);
        }
        let Self { tokenizer, output, .. } = self;
        let place = from - self.origin;
        let span_of = |start, end| [(place + start) as u32, (place + end) as u32];
        if length > ShortWord::LONGEST || length > tokenizer.options.max_word_chars as usize {
            self.push_ascii::<SPANS>(from, from + length);
            return self.end_word::<SPANS>();
        }
        let word = self.found.short_word([start, length]);
        // Shorter ones have been looked for.
        let remembered = if length > 8 { tokenizer.cache.get(word) } else { None };
        match remembered {
            Some(tokens) => push_remembered::<SPANS>(tokenizer, tokens, length, span_of, output),
            None => cut_short::<SPANS>(tokenizer, word, span_of, output),
        }
    }
}

/// The bytes with their capitals become `case`.
#[inline]
fn with_case(block: &[u8; BLOCK], case: Case) -> [u8; BLOCK] {
    block.map(|byte| byte | if byte.is_ascii_uppercase() { case as u8 } else { 0 })
}

/// Ones for all places below `end`, which is at most [`BLOCK`].
#[inline]
fn below(end: usize) -> u64 {
    u64::MAX.checked_shr((BLOCK - end) as u32).unwrap_or(0)
}
