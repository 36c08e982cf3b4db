use alloc::vec::Vec;
use core::cell::Cell;

use crate::cached_tokens::{MAX_CACHED_TOKENS, STORE_WIDTH, StoredToken, Tokens};
use crate::span_mode::SpanMode;
use crate::word_batch::COPY_WIDTH;

/// Padding after the last token. Writes copy a fixed number of elements, of which the last ones may be unused.
const SPARE: usize = if COPY_WIDTH > MAX_CACHED_TOKENS { COPY_WIDTH } else { MAX_CACHED_TOKENS };

/// The result of an encoding, in flat buffers that the next encoding reuses.
#[derive(Debug, Default)]
pub struct Output {
    /// The first `tokens` are in use; the rest is spare capacity.
    ids: Vec<u32>,
    spans: Vec<[u32; 2]>,
    tokens: usize,
    has_spans: bool,
    row_ends: Vec<u32>,
    invalid_rows: Vec<[u32; 2]>,
}

impl Output {
    /// Returns the ids of all tokens, row by row.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids[..self.tokens]
    }

    /// Returns the start and end of each token in its text; empty if spans were not requested.
    #[must_use]
    pub fn spans(&self) -> &[[u32; 2]] {
        if self.has_spans { &self.spans[..self.tokens] } else { &[] }
    }

    /// Returns the end of each row: the index after its last token.
    #[must_use]
    pub fn row_ends(&self) -> &[u32] {
        &self.row_ends
    }

    /// Returns the ids of each row.
    pub fn rows(&self) -> impl Iterator<Item = &[u32]> {
        let starts = core::iter::once(0).chain(self.row_ends.iter().copied());
        starts.zip(&self.row_ends).map(|(start, &end)| &self.ids[start as usize..end as usize])
    }

    /// Returns the index of each row that is not valid UTF-8, and the position of the row's first invalid byte.
    #[must_use]
    pub fn invalid_rows(&self) -> &[[u32; 2]] {
        &self.invalid_rows
    }

    /// Returns the number of tokens that fit without allocating.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ids.len()
    }

    /// Removes all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.tokens = 0;
        self.row_ends.clear();
        self.invalid_rows.clear();
    }

    /// Sets whether the tokens to be added have spans, which then applies to all tokens.
    pub(crate) fn set_spans(&mut self, spans: bool) {
        self.has_spans = spans;
    }

    /// Returns the number of tokens so far.
    #[inline]
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// Allocates space for this many more tokens. [`Self::push`] and the other methods that write do not allocate, and
    /// panic if there is no space.
    #[inline]
    pub(crate) fn reserve(&mut self, tokens: usize) {
        let required = self.tokens + tokens + SPARE;
        if self.ids.len() < required || self.has_spans && self.spans.len() < required {
            self.grow(required);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, required: usize) {
        let length = required.next_power_of_two();
        self.ids.resize(length.max(self.ids.len()), 0);
        if self.has_spans {
            self.spans.resize(length.max(self.spans.len()), [0, 0]);
        }
    }

    /// Reserves memory for this many tokens and rows in total. Returns whether that succeeded, so that
    /// [`Self::reserve`] will not run out of memory.
    #[cfg(any(test, target_arch = "wasm32"))]
    #[cfg_attr(target_arch = "wasm32", allow(dead_code))] // Unused without bindings.
    pub(crate) fn try_reserve(&mut self, tokens: usize, rows: usize, spans: bool) -> bool {
        let Some(capacity) = tokens.checked_add(SPARE).and_then(usize::checked_next_power_of_two) else { return false };
        let ids = self.ids.try_reserve_exact(capacity.saturating_sub(self.ids.len())).is_ok();
        let rows = ids && self.row_ends.try_reserve(rows).is_ok() && self.invalid_rows.try_reserve(rows).is_ok();
        rows && (!spans || self.spans.try_reserve_exact(capacity.saturating_sub(self.spans.len())).is_ok())
    }

    /// Returns the spare capacity for ids and spans, up to `limit` tokens in total. [`Self::advance`] adds the tokens
    /// that the caller writes to it.
    #[inline]
    pub(crate) fn spare(&mut self, limit: usize, mode: impl SpanMode) -> (&mut [u32], &mut [[u32; 2]]) {
        // Ids may have more capacity than spans, which earlier calls may not have requested.
        let most = if mode.has_spans() { self.ids.len().min(self.spans.len()) } else { self.ids.len() };
        let range = self.tokens..limit.clamp(self.tokens, most);
        let spans = if mode.has_spans() { &mut self.spans[range.clone()] } else { &mut [][..] };
        (&mut self.ids[range], spans)
    }

    /// Adds the first `tokens` that were written to the spare capacity.
    #[inline]
    pub(crate) fn advance(&mut self, tokens: usize) {
        self.tokens += tokens;
    }

    /// Appends a token.
    #[inline]
    pub(crate) fn push(&mut self, id: u32, span: [u32; 2], mode: impl SpanMode) {
        self.ids[self.tokens] = id;
        if mode.has_spans() {
            self.spans[self.tokens] = span;
        }
        self.tokens += 1;
    }

    /// Appends a word's tokens, without spans. Always writes [`MAX_CACHED_TOKENS`] ids, of which the last may be
    /// unused.
    #[inline]
    pub(crate) fn push_ids(&mut self, tokens: Tokens) {
        self.ids[self.tokens..self.tokens + MAX_CACHED_TOKENS].copy_from_slice(&tokens.ids());
        self.tokens += tokens.count();
    }

    /// Appends tokens of a word that starts at `start` in the row. `stored` are all tokens from the first one, of which the
    /// word has `count`, and as many others as are read at a time.
    #[inline]
    pub(crate) fn push_stored(&mut self, stored: &[Cell<StoredToken>], count: usize, start: u32, mode: impl SpanMode) {
        let (ids, spans) = self.spare(usize::MAX, mode);
        for i in (0..count).step_by(STORE_WIDTH) {
            let tokens: &[Cell<StoredToken>; STORE_WIDTH] = stored[i..].first_chunk().expect("others follow");
            let ids: &mut [u32; STORE_WIDTH] =
                ids[i..].first_chunk_mut().expect("there is padding after the last word");
            *ids = tokens.each_ref().map(|token| token.get().id());
            if mode.has_spans() {
                *spans[i..].first_chunk_mut().expect("there is padding after the last word") =
                    tokens.each_ref().map(|token| token.get().span().map(|at| start.wrapping_add(at)));
            }
        }
        self.advance(count);
    }

    /// Writes the spans of the next `count` tokens, of at most [`MAX_CACHED_TOKENS`]. The last span ends at `end`.
    #[inline]
    pub(crate) fn write_spans(&mut self, spans: [[u32; 2]; MAX_CACHED_TOKENS], count: usize, end: u32) {
        let target = &mut self.spans[self.tokens..][..MAX_CACHED_TOKENS];
        target.copy_from_slice(&spans);
        target[(count + MAX_CACHED_TOKENS - 1) % MAX_CACHED_TOKENS][1] = end;
    }

    /// Removes all tokens after the first `tokens`.
    pub(crate) fn truncate(&mut self, tokens: usize) {
        self.tokens = self.tokens.min(tokens);
    }

    /// Ends a row after the last token. `invalid` is the position of the row's first invalid byte.
    #[inline]
    pub(crate) fn end_row(&mut self, invalid: Option<usize>) {
        if let Some(position) = invalid {
            self.invalid_rows.push([self.row_ends.len() as u32, position as u32]);
        }
        self.row_ends.push(self.tokens as u32);
    }

    /// Removes the tokens of the last row, which starts at token `first`.
    pub(crate) fn empty_last_row(&mut self, first: usize) {
        self.truncate(first);
        if let Some(end) = self.row_ends.last_mut() {
            *end = first as u32;
        }
    }

    /// Returns the start and end of each token of a row, so that the caller can convert them to other units.
    pub fn row_spans_mut(&mut self, row: usize) -> &mut [[u32; 2]] {
        let start = if row == 0 { 0 } else { self.row_ends[row - 1] };
        &mut self.spans[start as usize..self.row_ends[row] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span_mode::{WithSpans, WithoutSpans};

    #[test]
    fn spare_is_bounded_by_the_limit_and_the_spans() {
        let mut output = Output::default();
        output.reserve(100);
        output.set_spans(true);
        output.reserve(1);
        output.push(7, [0, 1], WithSpans);
        let (ids, spans) = output.spare(usize::MAX, WithSpans);
        assert_eq!(ids.len(), spans.len());
        assert!(output.spare(usize::MAX, WithoutSpans).0.len() >= 99);
        assert_eq!(output.spare(2, WithSpans).0.len(), 1);
        assert_eq!(output.spare(0, WithSpans).0.len(), 0);
    }
}
