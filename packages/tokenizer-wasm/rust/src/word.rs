//! The current word, in the normalized form that is looked up in the vocabulary.

use alloc::vec;
use alloc::vec::Vec;

use crate::short_word::ShortWord;
use crate::span_mode::SpanMode;

/// The padding after a word, in bytes.
const PADDING: usize = 16;

/// The current word: its normalized form in UTF-8 and, if spans are requested, the source of each byte.
#[derive(Debug)]
pub(crate) struct Word {
    /// The word is the first `length` bytes. At least [`PADDING`] more follow.
    bytes: Vec<u8>,
    length: usize,
    /// The span in the text that each byte came from, if spans are requested.
    spans: Vec<[u32; 2]>,
    chars: u32,
    max_chars: u32,
    span: [u32; 2],
}

impl Word {
    pub(crate) fn new(max_chars: u32) -> Self {
        Self { bytes: vec![0; 256], length: 0, spans: Vec::new(), chars: 0, max_chars, span: [0, 0] }
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.length = 0;
        self.chars = 0;
        self.spans.clear();
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.chars == 0
    }

    /// Returns whether the word exceeds the maximum number of characters. The bytes of such a word are not stored.
    #[inline]
    pub(crate) fn is_too_long(&self) -> bool {
        self.chars > self.max_chars
    }

    /// Returns the number of bytes.
    #[inline]
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Returns the word's bytes and the padding, which may be read together with the last byte.
    #[inline]
    pub(crate) fn memory(&self) -> &[u8] {
        &self.bytes[..self.length + PADDING]
    }

    /// Returns the word if it is short and contains no zeros.
    #[inline]
    pub(crate) fn short(&self) -> Option<ShortWord> {
        let bytes = self.bytes.first_chunk().filter(|_| self.length <= ShortWord::MAX_BYTES)?;
        let has_zeros = self.bytes[..self.length].contains(&0);
        (!has_zeros).then(|| ShortWord::read(bytes, self.length))
    }

    /// Appends characters that came from `start..end` of the text.
    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8], chars: u32, start: usize, end: usize, mode: impl SpanMode) {
        let span = [start as u32, end as u32];
        if mode.has_spans() {
            if self.is_empty() {
                self.span[0] = span[0];
            }
            self.span[1] = span[1];
        }
        self.chars = self.chars.saturating_add(chars);
        if self.is_too_long() {
            return;
        }
        let length = self.length + bytes.len();
        if length + PADDING > self.bytes.len() {
            self.bytes.resize(2 * length + PADDING, 0);
        }
        // `bytes` is usually one character, for which a call of `memcpy` would take longer than the rest of this
        // function.
        let to = &mut self.bytes[self.length..length];
        match (bytes, to) {
            (&[a], [to]) => *to = a,
            (&[a, b], [to_a, to_b]) => (*to_a, *to_b) = (a, b),
            (&[a, b, c], [to_a, to_b, to_c]) => (*to_a, *to_b, *to_c) = (a, b, c),
            (bytes, to) => to.copy_from_slice(bytes),
        }
        self.length = length;
        if mode.has_spans() {
            self.spans.resize(length, span);
        }
    }

    /// Returns the span of the entire word in the text.
    pub(crate) fn span(&self) -> [u32; 2] {
        self.span
    }

    /// Returns the span in the text from which the bytes `from..to` came.
    pub(crate) fn span_of(&self, from: usize, to: usize) -> [u32; 2] {
        [self.spans[from][0], self.spans[to - 1][1]]
    }
}
