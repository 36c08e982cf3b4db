//! Words with characters that are not ASCII.

use crate::encoder::Encoder;
use crate::long_word::LongWord;
use crate::span_mode::SpanMode;

const CAPITAL_SIGMA: &[u8] = "Σ".as_bytes();

impl<S: SpanMode> Encoder<'_, S> {
    /// Encodes the word `from..to`, which contains no ASCII punctuation or whitespace, but may contain other characters
    /// that separate words. `key` is its key in the cache.
    pub(crate) fn push_foreign(&mut self, from: usize, to: usize, key: Option<LongWord>) {
        let text = &self.memory[..self.bounds[1]];
        let (first, invalid) = (self.output.tokens(), self.first_invalid.take());
        let mut has_sigma = false;
        let mut at = from;
        while at < to {
            has_sigma |= text[at..].starts_with(CAPITAL_SIGMA);
            at = self.characters(text, self.bounds[0], at, to);
        }
        if !self.word.is_empty() {
            // A word without separators is cached under its key only.
            let is_cached_under_key = self.output.tokens() == first && key.is_some() && !has_sigma;
            self.encode_word(!is_cached_under_key);
        }
        // The lower case of a sigma depends on the text around the word.
        if let Some(key) = key.filter(|_| !has_sigma && self.first_invalid.is_none()) {
            let start = (from - self.origin) as u32;
            let spans =
                self.output.spans().get(first..).map(|spans| spans.iter().map(|span| span.map(|at| at - start)));
            let ids = &self.output.ids()[first..];
            self.tokenizer.cache.insert_foreign(key, ids, spans.filter(|_| self.spans.has_spans()));
        }
        self.first_invalid = invalid.or(self.first_invalid);
    }
}
