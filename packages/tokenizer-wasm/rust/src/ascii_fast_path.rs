//! The fast path for ASCII text. It processes batches of a few hundred bytes: it first finds all words of a batch, and
//! then encodes them.

use crate::ascii::{BLOCK, three_byte_leads};
use crate::cached_tokens::Tokens;
use crate::encoder::{Encoder, implied_spans, split_and_cache};
use crate::short_word::{Case, ShortWord};
use crate::span_mode::SpanMode;
use crate::word_batch::{BATCH_BYTES, COPY_WIDTH, FOREIGN_LENGTH};

impl<S: SpanMode> Encoder<'_, S> {
    /// Encodes ASCII words, punctuation and whitespace, starting at `at`. Stops before a word that may continue with
    /// other characters, and returns the position at which it stopped.
    #[inline]
    pub(crate) fn ascii_fast_path(&mut self, mut at: usize, to: usize) -> usize {
        let mut continues = true;
        while continues && at < to && self.starts_fast(at, to) && self.output.tokens() < self.limit {
            let first = at;
            self.batch.clear();
            while continues && at < to && at - first <= BATCH_BYTES - BLOCK {
                (at, continues) = self.read_block(first, at, to);
            }
            if self.batch.count() > 0 {
                self.push_batch(first);
            }
        }
        at
    }

    /// Returns whether to read a block at `at`. This path does not handle ideographs, and for a single ASCII character before an
    /// ideograph, a block takes longer than [`Self::characters`].
    #[inline]
    fn starts_fast(&self, at: usize, to: usize) -> bool {
        let next = if self.memory[at] < 0x80 { at + 1 } else { at };
        !self.is_three_byte_word(next, to)
    }

    /// Adds the words of the block at `at` to the batch that starts at `first`. Returns the end of the words, and
    /// whether this path handles every character of the block.
    #[inline]
    fn read_block(&mut self, first: usize, at: usize, to: usize) -> (usize, bool) {
        let Some(block) = self.memory[at..].first_chunk() else { return (at, false) };
        let masks = self.sets.classify(block);
        let foreign = if masks.foreign == 0 { 0 } else { self.foreign_words(block, masks.foreign, at, to) };
        let known = (masks.words | masks.singles | masks.spaces | foreign) & !masks.special;
        let stop = known.trailing_ones() as usize;
        let mut end = stop.min(to - at);
        let mut words = (masks.words | foreign) & below(end);
        if end < to - at && !self.is_three_byte_word(at + end, to) {
            // The last word may continue with other characters.
            end -= (words << ((BLOCK - end) % BLOCK)).leading_ones() as usize;
            words &= below(end);
        }
        let singles = masks.singles & below(end);
        if words | singles != 0 {
            let text = with_case(block, self.case);
            let (table, masks) = (&self.tokenizer.single_token_words, [words, singles, foreign]);
            if foreign & words == 0 {
                self.batch.add_block::<false>(table, at - first, &text, masks);
            } else {
                self.batch.add_block::<true>(table, at - first, &text, masks);
            }
        }
        (at + end, end > 0 && stop == BLOCK)
    }

    /// Returns the bytes of the block at `at` that are not ASCII, up to the first character of three bytes that is a
    /// word by itself.
    #[inline]
    fn foreign_words(&self, block: &[u8; BLOCK], foreign: u64, at: usize, to: usize) -> u64 {
        if !self.tokenizer.allows_foreign_words {
            return 0;
        }
        let mut leads = three_byte_leads(block);
        while leads != 0 {
            let lead = leads.trailing_zeros() as usize;
            if self.is_three_byte_word(at + lead, to) {
                return foreign & below(lead);
            }
            leads &= leads - 1;
        }
        foreign
    }

    /// Encodes the words of the batch that starts at `at`.
    #[inline]
    fn push_batch(&mut self, at: usize) {
        self.batch.look_up(&self.tokenizer.cache);
        let mut next = 0;
        for i in 0..self.batch.miss_count() {
            let (word, tokens) = self.batch.miss(i);
            self.push_single_tokens(next, word, at);
            if tokens.are_stored() {
                if !self.push_stored(tokens, word, at) {
                    self.push_other(word, at);
                }
            } else if tokens == Tokens::NONE || self.spans.has_spans() && self.batch.is_foreign(word) {
                // The tokens of foreign words do not imply their spans.
                self.push_other(word, at);
            } else {
                self.push_cached(tokens, word, at);
            }
            next = word + 1;
        }
        self.push_single_tokens(next, self.batch.count(), at);
    }

    /// Encodes the words `from..to` of the batch, each of which is a single token.
    #[inline]
    fn push_single_tokens(&mut self, from: usize, to: usize, at: usize) {
        let mode = self.spans;
        let (ids, spans) = self.output.spare(usize::MAX, mode);
        let count = to.saturating_sub(from);
        for i in (0..count).step_by(COPY_WIDTH) {
            *ids[i..].first_chunk_mut().expect("there is padding after the last word") = *self.batch.ids(from + i);
            if mode.has_spans() {
                // The row may start inside the batch, hence the wrapping arithmetic.
                let at = at.wrapping_sub(self.origin) as u32;
                let copied = self.batch.positions(from + i).map(|[start, length]| {
                    let start = at.wrapping_add(start.into());
                    [start, start.wrapping_add(length.into())]
                });
                *spans[i..].first_chunk_mut().expect("there is padding after the last word") = copied;
            }
        }
        self.output.advance(count);
    }

    /// Encodes a word whose tokens are in the cache. Does not branch on the number of tokens, which is unpredictable.
    #[inline]
    fn push_cached(&mut self, tokens: Tokens, word: usize, at: usize) {
        if self.spans.has_spans() {
            let [start, length] = self.batch.position(word);
            let from = at + start - self.origin;
            let mut position = from as u32;
            let mut hidden = 0;
            let spans = tokens.ids().map(|id| {
                let start = position;
                // The ids after the last token are arbitrary, hence the wrapping arithmetic.
                position = position.wrapping_add((self.tokenizer.length_of(id) as u32).wrapping_sub(hidden));
                hidden = self.tokenizer.hidden_prefix() as u32;
                [start, position]
            });
            self.output.write_spans(spans, tokens.count(), (from + length) as u32);
        }
        self.output.push_ids(tokens);
    }

    /// Encodes a word whose tokens are in the store of the cache. Returns whether the store still has them, with spans if they
    /// are requested.
    #[inline]
    fn push_stored(&mut self, tokens: Tokens, word: usize, at: usize) -> bool {
        let Self { spans: mode, tokenizer, output, .. } = self;
        let Some((stored, count)) = tokenizer.cache.stored(tokens) else { return false };
        if mode.has_spans() && !stored[0].get().has_span() {
            return false;
        }
        let start = at + self.batch.position(word)[0] - self.origin;
        output.push_stored(stored, count, start as u32, *mode);
        true
    }

    /// Encodes a word that the cache lookup of the batch did not find, or a line feed.
    #[inline(never)]
    fn push_other(&mut self, word: usize, at: usize) {
        let [start, length] = self.batch.position(word);
        let from = at + start;
        if self.line.is_some() && self.memory[from] == b'\n' {
            return self.end_line(from);
        }
        if length > FOREIGN_LENGTH {
            let key = self.batch.long_word([start, length]);
            return self.push_foreign(from, from + length - FOREIGN_LENGTH, key);
        }
        let Self { spans: mode, tokenizer, output, .. } = self;
        let position = from - self.origin;
        let span_of = |start, end| [(position + start) as u32, (position + end) as u32];
        if length > ShortWord::MAX_BYTES || length > tokenizer.options.max_word_chars as usize {
            let (first, key) = (output.tokens(), self.batch.long_word([start, length]));
            self.push_ascii(from, from + length);
            self.end_word();
            if let Some(key) = key.filter(|_| length > ShortWord::MAX_BYTES) {
                let ids = &self.output.ids()[first..];
                self.tokenizer.cache.insert_long(key, ids, implied_spans(self.tokenizer, ids, length));
            }
            return;
        }
        split_and_cache(tokenizer, self.batch.short_word([start, length]), span_of, *mode, output);
    }
}

/// Returns the block with its capital letters converted to `case`.
#[inline]
pub(crate) fn with_case<const N: usize>(block: &[u8; N], case: Case) -> [u8; N] {
    block.map(|byte| byte | if byte.is_ascii_uppercase() { case as u8 } else { 0 })
}

/// Returns a mask of the positions below `end`, which is at most [`BLOCK`].
#[inline]
fn below(end: usize) -> u64 {
    u64::MAX.checked_shr((BLOCK - end) as u32).unwrap_or(0)
}
