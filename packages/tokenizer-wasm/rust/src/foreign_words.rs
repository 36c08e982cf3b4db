//! Words with characters that are not ASCII.

use crate::character_table::Class;
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
            at = self.word_characters(text, at, to);
            if at < to {
                has_sigma |= text[at..].starts_with(CAPITAL_SIGMA);
                at = self.slow_path(text, self.bounds[0], at);
            }
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

    /// Processes characters of the kinds that are most frequent in words. Returns the position of the first other one,
    /// at most `to`.
    #[inline]
    pub(crate) fn word_characters(&mut self, text: &[u8], mut at: usize, to: usize) -> usize {
        let tokenizer = self.tokenizer;
        let ascii = tokenizer.table.ascii();
        while at < to {
            let (point, length) = match text[at..] {
                [byte @ ..0x80, ..] => {
                    if !ascii.is_word(byte) || tokenizer.special_tokens.may_begin_with(byte) {
                        return at;
                    }
                    self.push_ascii(at, at + 1);
                    at += 1;
                    continue;
                }
                [head @ 0xc2..=0xdf, second @ 0x80..=0xbf, ..] => {
                    (u32::from(head & 0x1f) << 6 | u32::from(second & 0x3f), 2)
                }
                [head @ (0xe1..=0xec | 0xee..=0xef), second @ 0x80..=0xbf, third @ 0x80..=0xbf, ..] => {
                    (u32::from(head & 0x0f) << 12 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f), 3)
                }
                _ => return at,
            };
            let entry = tokenizer.table.entry(point);
            let end = at + length;
            match entry.class() {
                Class::Word => self.word.push(&text[at..end], 1, at, end, self.spans),
                Class::Mapped => {
                    let (replacement, chars) = tokenizer.table.replacement(point);
                    self.word.push(replacement.as_bytes(), chars, at, end, self.spans);
                }
                Class::Mark => {}
                Class::Punctuation => {
                    self.end_word();
                    self.emit(entry.id(), [at, end]);
                }
                _ => return at,
            }
            at = end;
        }
        at
    }
}
