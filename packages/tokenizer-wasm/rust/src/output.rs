use crate::found_words::COPIED;
use crate::word_cache::{MOST, Tokens};

/// So many numbers are written at a time, of which the last may be nothing.
const SPARE: usize = if COPIED > MOST { COPIED } else { MOST };

/// What an encoding yields, in flat buffers that are used again for the next one.
#[derive(Debug, Default)]
pub struct Output {
    /// Tokens are the first `tokens`; what follows is room.
    ids: Vec<u32>,
    spans: Vec<[u32; 2]>,
    tokens: usize,
    has_spans: bool,
    row_ends: Vec<u32>,
    invalid_rows: Vec<[u32; 2]>,
}

impl Output {
    /// The tokens' ids, row after row.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids[..self.tokens]
    }

    /// Where each token begins and ends in its text; empty where that was not asked for.
    #[must_use]
    pub fn spans(&self) -> &[[u32; 2]] {
        if self.has_spans { &self.spans[..self.tokens] } else { &[] }
    }

    /// One past the last token of every row.
    #[must_use]
    pub fn row_ends(&self) -> &[u32] {
        &self.row_ends
    }

    /// Rows with bytes that are no UTF-8: the row's number, and the place of the first such byte in it.
    #[must_use]
    pub fn invalid_rows(&self) -> &[[u32; 2]] {
        &self.invalid_rows
    }

    /// How many tokens there is room for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.ids.len()
    }

    /// Forgets everything, and keeps the memory.
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

    /// Makes room for so many more tokens. Nothing else does: [`Self::push`] and its like find room or panic.
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

    /// Makes sure that there is memory for so many tokens and rows from the beginning on; says whether there is. What then
    /// makes room for them finds it.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn try_reserve(&mut self, tokens: usize, rows: usize, spans: bool) -> bool {
        let Some(room) = tokens.checked_add(SPARE).and_then(usize::checked_next_power_of_two) else { return false };
        let ids = self.ids.try_reserve_exact(room.saturating_sub(self.ids.len())).is_ok();
        let rows = ids && self.row_ends.try_reserve(rows).is_ok() && self.invalid_rows.try_reserve(rows).is_ok();
        rows && (!spans || self.spans.try_reserve_exact(room.saturating_sub(self.spans.len())).is_ok())
    }

    /// The room for tokens up to the number `limit`, and for their spans: what is written there are tokens after
    /// [`Self::advance`].
    #[inline]
    pub(crate) fn room<const SPANS: bool>(&mut self, limit: usize) -> (&mut [u32], &mut [[u32; 2]]) {
        // There may be more room for ids than for spans, which not all who wrote here before asked for.
        let most = if SPANS { self.ids.len().min(self.spans.len()) } else { self.ids.len() };
        let room = self.tokens..limit.clamp(self.tokens, most);
        let spans = if SPANS { &mut self.spans[room.clone()] } else { &mut [][..] };
        (&mut self.ids[room], spans)
    }

    /// Makes so many tokens of what was written into the room.
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

    /// Appends a word's tokens, without spans: always [`MOST`] numbers, of which the last may be nothing.
    #[inline]
    pub(crate) fn push_ids(&mut self, tokens: Tokens) {
        self.ids[self.tokens..self.tokens + MOST].copy_from_slice(&tokens.ids());
        self.tokens += tokens.count();
    }

    /// Where the next tokens come from, which are the first `count` of [`MOST`]. The last of them ends at `end`.
    #[inline]
    pub(crate) fn put_spans(&mut self, spans: [[u32; 2]; MOST], count: usize, end: u32) {
        let room = &mut self.spans[self.tokens..][..MOST];
        room.copy_from_slice(&spans);
        room[(count + MOST - 1) % MOST][1] = end;
    }

    /// Takes back all tokens but the first `tokens`.
    pub(crate) fn truncate(&mut self, tokens: usize) {
        self.tokens = self.tokens.min(tokens);
    }

    /// Ends a row at the last token; `invalid` is the place of its first bytes that are no UTF-8.
    pub(crate) fn end_row(&mut self, invalid: Option<usize>) {
        if let Some(place) = invalid {
            self.invalid_rows.push([self.row_ends.len() as u32, place as u32]);
        }
        self.row_ends.push(self.tokens as u32);
    }

    /// Takes the tokens of the last row back, which began at token `first`.
    pub(crate) fn empty_last_row(&mut self, first: usize) {
        self.truncate(first);
        if let Some(end) = self.row_ends.last_mut() {
            *end = first as u32;
        }
    }

    /// Where each token of a row begins and ends, to be expressed in other units.
    pub fn row_spans_mut(&mut self, row: usize) -> &mut [[u32; 2]] {
        let start = if row == 0 { 0 } else { self.row_ends[row - 1] };
        &mut self.spans[start as usize..self.row_ends[row] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_ends_at_the_limit_and_where_spans_end() {
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
