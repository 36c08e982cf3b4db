//! The slow path, which handles any character, one at a time.

use alloc::vec::Vec;

use crate::FAST_PATHS;
use crate::character_table::{Class, Entry};
use crate::encoder::Encoder;
use crate::options::SpecialTokenRule;
use crate::sort::sorted_by_key;
use crate::span_mode::SpanMode;
use crate::unicode::jamo;
use crate::utf8::{Decoded, decode, previous_start};

const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
const SMALL_SIGMA: &[u8] = "σ".as_bytes();
const FINAL_SIGMA: &[u8] = "ς".as_bytes();

impl<S: SpanMode> Encoder<'_, S> {
    /// Processes the character at `at` in the section that starts at `from`, or several characters if they must be
    /// processed together. Returns the position after them.
    #[inline]
    pub(crate) fn slow_path(&mut self, text: &[u8], from: usize, at: usize) -> usize {
        let ascii = self.tokenizer.table.ascii();
        let run = text[at..].iter().take_while(|&&byte| ascii.is_word(byte)).count();
        if run > 0 {
            if let Some(end) = self.special_token(text, from, at) {
                return end;
            }
            self.split_at_symbols(true);
            self.push_ascii(at, at + run);
            return at + run;
        }
        let decoded = self.decode_checked(text, at);
        let (entry, end) = (self.tokenizer.table.entry(decoded.point), at + decoded.length);
        match entry.class() {
            Class::Space => self.separate(text, at),
            Class::Ideograph => {
                self.end_word();
                self.emit(entry.id(), [at, end]);
            }
            Class::Dropped => {}
            class => {
                if let Some(end) = self.special_token(text, from, at) {
                    return end;
                }
                if !matches!(class, Class::Mapped | Class::Reordered | Class::Mark) {
                    self.split_at_symbols(entry.is_word());
                }
                match class {
                    Class::Punctuation => {
                        self.end_word();
                        self.emit(entry.id(), [at, end]);
                    }
                    Class::Mapped => {
                        let (replacement, chars) = self.tokenizer.table.replacement(decoded.point);
                        if self.tokenizer.options.split_symbols {
                            replacement.chars().for_each(|character| self.push_split(character, at, end));
                        } else {
                            self.word.push(replacement.as_bytes(), chars, at, end, self.spans);
                        }
                    }
                    Class::Sigma => {
                        let is_final = self.is_final_sigma(text, from, at, end);
                        self.word.push(if is_final { FINAL_SIGMA } else { SMALL_SIGMA }, 1, at, end, self.spans);
                    }
                    Class::Hangul => self.push_jamo(decoded.point, at, end),
                    Class::Reordered => return self.push_reordered(text, at),
                    Class::Mark => {}
                    _ if decoded.valid => self.word.push(&text[at..end], 1, at, end, self.spans),
                    _ => self.word.push(REPLACEMENT, 1, at, end, self.spans),
                }
            }
        }
        end
    }

    /// Ends the current word at the whitespace at `at`, which may also end a line.
    #[inline]
    pub(crate) fn separate(&mut self, text: &[u8], at: usize) {
        self.end_word();
        if FAST_PATHS && self.line.is_some() && text[at] == b'\n' {
            self.end_line(at);
        }
    }

    /// Returns the entry of the character at `at` and the position of the next character.
    #[inline]
    fn peek(&self, text: &[u8], at: usize) -> (Entry, usize) {
        let decoded = decode(&text[at..]);
        (self.tokenizer.table.entry(decoded.point), at + decoded.length)
    }

    /// Like [`Self::peek`], but also records bytes that are not valid UTF-8.
    #[inline]
    fn read(&mut self, text: &[u8], at: usize) -> (Entry, usize) {
        let decoded = self.decode_checked(text, at);
        (self.tokenizer.table.entry(decoded.point), at + decoded.length)
    }

    /// Decodes the character at `at` and records bytes that are not valid UTF-8.
    #[inline]
    fn decode_checked(&mut self, text: &[u8], at: usize) -> Decoded {
        let decoded = decode(&text[at..]);
        if !decoded.valid {
            self.first_invalid.get_or_insert(at);
        }
        decoded
    }

    /// If a special token starts at `at` and fills the whole chunk between whitespace or ideographs, encodes the token
    /// as one word and returns its end.
    #[inline]
    fn special_token(&mut self, text: &[u8], from: usize, at: usize) -> Option<usize> {
        let tokenizer = self.tokenizer;
        let may_be = tokenizer.options.special_tokens == SpecialTokenRule::Classic
            && tokenizer.special_tokens.may_begin_with(text[at])
            && self.chunk_begins(text, from, at);
        if !may_be {
            return None;
        }
        tokenizer.special_tokens.iter().find_map(|token| {
            let end = self.push_if_next(token, text, at).filter(|&end| self.chunk_ends(text, end));
            if end.is_some() {
                self.end_word();
            }
            self.word.clear();
            end
        })
    }

    /// Returns whether the chunk starts at `at`: only dropped characters separate it from whitespace, an ideograph or
    /// `from`.
    fn chunk_begins(&self, text: &[u8], from: usize, mut at: usize) -> bool {
        while at > from {
            at = previous_start(text, at);
            match self.peek(text, at).0.class() {
                Class::Dropped => {}
                class => return matches!(class, Class::Space | Class::Ideograph),
            }
        }
        true
    }

    /// Appends `token` to the word if it comes next in the text, ignoring dropped characters. Returns its end.
    fn push_if_next(&mut self, mut token: &[u8], text: &[u8], mut at: usize) -> Option<usize> {
        while !token.is_empty() {
            if at == text.len() {
                return None;
            }
            let (entry, end) = self.read(text, at);
            if entry.class() != Class::Dropped {
                token = token.strip_prefix(&text[at..end])?;
                self.word.push(&text[at..end], 1, at, end, self.spans);
            }
            at = end;
        }
        Some(at)
    }

    /// Returns whether the chunk ends at `at`: only dropped characters separate it from whitespace, an ideograph or the
    /// end.
    fn chunk_ends(&self, text: &[u8], mut at: usize) -> bool {
        while at < text.len() {
            let (entry, end) = self.peek(text, at);
            match entry.class() {
                Class::Dropped => at = end,
                class => return matches!(class, Class::Space | Class::Ideograph),
            }
        }
        true
    }

    /// Returns whether the capital sigma at `at..end` is the last letter of its word: within the chunk, it follows a
    /// cased character and precedes no cased character, ignoring case-ignorable characters (Unicode section 3.13,
    /// `Final_Sigma`).
    fn is_final_sigma(&self, text: &[u8], from: usize, at: usize, end: usize) -> bool {
        let decides = |entry: Entry| entry.class() != Class::Dropped && !entry.is_case_ignorable();
        let mut start = at;
        let mut after_cased = false;
        while start > from {
            start = previous_start(text, start);
            let (entry, _) = self.peek(text, start);
            if matches!(entry.class(), Class::Space | Class::Ideograph) {
                break;
            }
            if decides(entry) {
                after_cased = entry.is_cased();
                break;
            }
        }
        let mut next = end;
        while after_cased && next < text.len() {
            let (entry, after) = self.peek(text, next);
            if matches!(entry.class(), Class::Space | Class::Ideograph) {
                break;
            }
            if decides(entry) {
                return !entry.is_cased();
            }
            next = after;
        }
        after_cased
    }

    fn push_jamo(&mut self, syllable: u32, at: usize, end: usize) {
        let parts = jamo(syllable);
        let count = if parts[2] == 0 { 2 } else { 3 };
        let mut bytes = [0; 9];
        let mut length = 0;
        for point in parts.into_iter().take(count) {
            let jamo = char::from_u32(point).expect("jamo are characters");
            length += jamo.encode_utf8(&mut bytes[length..]).len();
        }
        self.word.push(&bytes[..length], count as u32, at, end, self.spans);
    }

    /// Appends the run of reorderable characters that starts at `from`, in canonical order. Returns the position after
    /// the run. The spans stay in text order.
    fn push_reordered(&mut self, text: &[u8], from: usize) -> usize {
        let mut points: Vec<(u32, char)> = Vec::new();
        let mut spans = Vec::new();
        let mut at = from;
        while at < text.len() {
            let (entry, end) = self.read(text, at);
            match entry.class() {
                Class::Reordered if at == from || entry.is_combining() => {
                    for character in self.tokenizer.table.replacement(decode(&text[at..]).point).0.chars() {
                        points.push((self.tokenizer.table.combining_class(character as u32), character));
                        spans.push((at, end));
                    }
                }
                Class::Dropped => {}
                Class::Mark if entry.is_combining() => {}
                _ => break,
            }
            at = end;
        }
        let points = sorted_by_key(points, |&(class, _)| class);
        for (&(_, character), (start, end)) in points.iter().zip(spans) {
            self.push_split(character, start, end);
        }
        at
    }

    /// Appends a normalized character, after ending the word if the word rule separates them.
    fn push_split(&mut self, character: char, start: usize, end: usize) {
        self.split_at_symbols(self.tokenizer.table.entry(character as u32).is_word());
        self.word.push(character.encode_utf8(&mut [0; 4]).as_bytes(), 1, start, end, self.spans);
    }

    /// If symbols are separated from letters, ends the word before a character of the other kind.
    #[inline]
    fn split_at_symbols(&mut self, is_word_character: bool) {
        if self.tokenizer.options.split_symbols && self.is_symbols == is_word_character {
            self.end_word();
            self.is_symbols = !is_word_character;
        }
    }
}
