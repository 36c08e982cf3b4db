//! The path for the characters that stand between ideographs most often, such as digits, short ASCII words, punctuation and
//! line feeds. The ASCII fast path would read a block of 64 bytes for a few of them.

use crate::FAST_PATHS;
use crate::ascii_fast_path::with_case;
use crate::character_table::Class;
use crate::encoder::Encoder;
use crate::single_token_words::SingleTokenWords;
use crate::span_mode::SpanMode;

impl<S: SpanMode> Encoder<'_, S> {
    /// Processes the characters at `at` that extend the current word, or one character that ends it, in the section `from..to`.
    /// Returns the position after them.
    #[inline]
    pub(crate) fn characters(&mut self, text: &[u8], from: usize, at: usize, to: usize) -> usize {
        // The most frequent character between ideographs.
        if FAST_PATHS && self.line.is_some() && text[at] == b'\n' {
            self.separate(text, at);
            return at + 1;
        }
        let is_allowed = FAST_PATHS && self.tokenizer.allows_foreign_words;
        let end = if is_allowed { self.common_characters(text, at, to) } else { at };
        if end > at { end } else { self.slow_path(text, from, at) }
    }

    /// Returns the id of an ASCII word that is known to be a single token.
    #[inline]
    fn single_token(&self, at: usize, length: usize) -> Option<u32> {
        let bytes: &[u8; 8] = self.memory[at..].first_chunk().filter(|_| length < 8)?;
        let word = u64::from_le_bytes(with_case(bytes, self.case)) & u64::MAX >> (64 - 8 * length);
        let id = self.tokenizer.single_token_words.get(word);
        (id < SingleTokenWords::NONE).then_some(id as u32)
    }

    /// Like [`Self::characters`], but stops before characters of less frequent kinds.
    fn common_characters(&mut self, text: &[u8], mut at: usize, to: usize) -> usize {
        let tokenizer = self.tokenizer;
        let ascii = tokenizer.table.ascii();
        while at < to {
            let (point, length) = match text[at..] {
                [byte @ ..0x80, ..] => {
                    if tokenizer.special_tokens.may_begin_with(byte) {
                        return at;
                    }
                    let run = text[at..to].iter().take_while(|&&byte| ascii.is_word(byte)).count();
                    if run > 0 {
                        if self.word.is_empty()
                            && self.is_three_byte_word(at + run, to)
                            && let Some(id) = self.single_token(at, run)
                        {
                            self.emit(id, [at, at + run]);
                            return at + run;
                        }
                        self.push_ascii(at, at + run);
                        at += run;
                        continue;
                    }
                    (byte.into(), 1)
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
                    return end;
                }
                Class::Space => {
                    self.separate(text, at);
                    return end;
                }
                _ => return at,
            }
            at = end;
        }
        at
    }
}
