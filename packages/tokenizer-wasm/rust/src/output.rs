/// What an encoding yields, in flat buffers that are used again for the next one.
#[derive(Debug, Default)]
pub struct Output {
    /// A token's id.
    pub ids: Vec<u32>,
    /// Two numbers a token, where they were asked for: where it begins and ends in the text.
    pub spans: Vec<u32>,
    /// The number of a token's word in its row, where spans were asked for.
    pub words: Vec<u32>,
    /// One past the last token of every row.
    pub row_ends: Vec<u32>,
    /// Rows with bytes that are no UTF-8: the row's number, and the place of the first such byte in it.
    pub invalid_rows: Vec<[u32; 2]>,
}

impl Output {
    /// Forgets everything, and keeps the memory.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.spans.clear();
        self.words.clear();
        self.row_ends.clear();
        self.invalid_rows.clear();
    }

    /// Takes back all tokens but the first `tokens`.
    pub(crate) fn truncate(&mut self, tokens: usize) {
        self.ids.truncate(tokens);
        self.spans.truncate(tokens.saturating_mul(2));
        self.words.truncate(tokens);
    }
}
