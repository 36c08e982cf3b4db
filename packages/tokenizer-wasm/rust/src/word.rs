//! The word that is being read, as it will be looked up.

/// The word that is being read: its normal form in UTF-8 and, where spans are wanted, where each byte came from.
#[derive(Debug)]
pub(crate) struct Word {
    bytes: Vec<u8>,
    starts: Vec<u32>,
    ends: Vec<u32>,
    chars: u32,
    max_chars: u32,
    span: (u32, u32),
}

impl Word {
    pub(crate) fn new(max_chars: u32) -> Self {
        Self { bytes: Vec::new(), starts: Vec::new(), ends: Vec::new(), chars: 0, max_chars, span: (0, 0) }
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.chars = 0;
        self.starts.clear();
        self.ends.clear();
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.chars == 0
    }

    /// Whether there are more characters than may be looked up. The bytes are not kept then.
    #[inline]
    pub(crate) fn is_too_long(&self) -> bool {
        self.chars > self.max_chars
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends characters that came from `start..end` of the text.
    #[inline]
    pub(crate) fn push<const SPANS: bool>(&mut self, bytes: &[u8], chars: u32, start: usize, end: usize) {
        if SPANS {
            if self.is_empty() {
                self.span.0 = start as u32;
            }
            self.span.1 = end as u32;
        }
        self.chars = self.chars.saturating_add(chars);
        if self.is_too_long() {
            return;
        }
        self.bytes.extend_from_slice(bytes);
        if SPANS {
            self.starts.resize(self.bytes.len(), start as u32);
            self.ends.resize(self.bytes.len(), end as u32);
        }
    }

    /// Appends one ASCII character.
    #[inline]
    pub(crate) fn push_ascii<const SPANS: bool>(&mut self, byte: u8, at: usize) {
        self.push::<SPANS>(&[byte], 1, at, at + 1);
    }

    /// Where the whole word came from.
    pub(crate) fn span(&self) -> (u32, u32) {
        self.span
    }

    /// Where the bytes `from..to` came from.
    pub(crate) fn span_of(&self, from: usize, to: usize) -> (u32, u32) {
        (self.starts[from], self.ends[to - 1])
    }
}
