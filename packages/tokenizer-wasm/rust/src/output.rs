use crate::word_batch::COPY_WIDTH;
use crate::word_cache::{MOST, Tokens};

/// Padding after the last token: writes copy a fixed count of numbers, of which the last may be unused.
const SPARE: usize = if COPY_WIDTH > MOST { COPY_WIDTH } else { MOST };

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
    /// The ids of all tokens, row by row.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids[..self.tokens]
    }

    /// The start and end of each token in its text; empty if spans were not requested.
    #[must_use]
    pub fn spans(&self) -> &[[u32; 2]] {
        if self.has_spans { &self.spans[..self.tokens] } else { &[] }
    }

    /// One past the last token of every row.
    #[must_use]
    pub fn row_ends(&self) -> &[u32] {
        &self.row_ends
    }

    /// Rows that are not valid UTF-8: the index of the row, and the position of the first invalid byte in it.
    #[must_use]
    pub fn invalid_rows(&self) -> &[[u32; 2]] {
        &self.invalid_rows
    }

    /// The number of tokens that fit without allocating.
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

    /// The number of tokens so far.
    #[inline]
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// Allocates space for this many more tokens. [`Self::push`] and the other methods that write do not allocate: they panic
    /// if there is no space.
    pub(crate) fn reserve<const SPANS: bool>(&mut self, tokens: usize) {
        self.has_spans = SPANS;
        let room = self.tokens + tokens + SPARE;
        if self.ids.len() < room {
            self.ids.resize(room.next_power_of_two(), 0);
        }
        if SPANS && self.spans.len() < room {
            self.spans.resize(room.next_power_of_two(), [0, 0]);
        }
    }

    /// Reserves memory for this many tokens and rows in total. Returns whether that succeeded, so that [`Self::reserve`] will
    /// not run out of memory.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn try_reserve(&mut self, tokens: usize, rows: usize, spans: bool) -> bool {
        let Some(room) = tokens.checked_add(SPARE).and_then(usize::checked_next_power_of_two) else { return false };
        let ids = self.ids.try_reserve_exact(room.saturating_sub(self.ids.len())).is_ok();
        let rows = ids && self.row_ends.try_reserve(rows).is_ok() && self.invalid_rows.try_reserve(rows).is_ok();
        rows && (!spans || self.spans.try_reserve_exact(room.saturating_sub(self.spans.len())).is_ok())
    }

    /// Returns the spare capacity for ids and spans, up to `limit` tokens in total. [`Self::advance`] adds what was written
    /// there as tokens.
    #[inline]
    pub(crate) fn room<const SPANS: bool>(&mut self, limit: usize) -> (&mut [u32], &mut [[u32; 2]]) {
        // Ids may have more capacity than spans, which earlier calls may not have requested.
        let most = if SPANS { self.ids.len().min(self.spans.len()) } else { self.ids.len() };
        let room = self.tokens..limit.clamp(self.tokens, most);
        let spans = if SPANS { &mut self.spans[room.clone()] } else { &mut [][..] };
        (&mut self.ids[room], spans)
    }

    /// Adds the first `tokens` that were written to the spare capacity.
    #[inline]
    pub(crate) fn advance(&mut self, tokens: usize) {
        self.tokens += tokens;
    }

    /// Appends a token.
    #[inline]
    pub(crate) fn push<const SPANS: bool>(&mut self, id: u32, span: [u32; 2]) {
        self.ids[self.tokens] = id;
        if SPANS {
            self.spans[self.tokens] = span;
        }
        self.tokens += 1;
    }

    /// Appends a word's tokens, without spans. Always writes [`MOST`] ids, of which the last may be unused.
    #[inline]
    pub(crate) fn push_ids(&mut self, tokens: Tokens) {
        self.ids[self.tokens..self.tokens + MOST].copy_from_slice(&tokens.ids());
        self.tokens += tokens.count();
    }

    /// Writes the spans of the next `count` tokens, of at most [`MOST`]. The last span ends at `end`.
    #[inline]
    pub(crate) fn put_spans(&mut self, spans: [[u32; 2]; MOST], count: usize, end: u32) {
        let room = &mut self.spans[self.tokens..][..MOST];
        room.copy_from_slice(&spans);
        room[(count + MOST - 1) % MOST][1] = end;
    }

    /// Removes all tokens after the first `tokens`.
    pub(crate) fn truncate(&mut self, tokens: usize) {
        self.tokens = self.tokens.min(tokens);
    }

    /// Ends a row after the last token. `invalid` is the position of the row's first invalid UTF-8.
    pub(crate) fn end_row(&mut self, invalid: Option<usize>) {
        if let Some(place) = invalid {
            self.invalid_rows.push([self.row_ends.len() as u32, place as u32]);
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

    /// The start and end of each token of a row, for conversion to other units.
    pub fn row_spans_mut(&mut self, row: usize) -> &mut [[u32; 2]] {
        let start = if row == 0 { 0 } else { self.row_ends[row - 1] };
        &mut self.spans[start as usize..self.row_ends[row] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_bounded_by_the_limit_and_the_spans() {
        let mut output = Output::default();
        output.reserve::<false>(100);
        output.reserve::<true>(1);
        output.push::<true>(7, [0, 1]);
        let (ids, spans) = output.room::<true>(usize::MAX);
        assert_eq!(ids.len(), spans.len());
        assert!(output.room::<false>(usize::MAX).0.len() >= 99);
        assert_eq!(output.room::<true>(2).0.len(), 1);
        assert_eq!(output.room::<true>(0).0.len(), 0);
    }
}
