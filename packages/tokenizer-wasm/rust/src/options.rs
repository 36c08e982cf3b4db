/// Normalization options. The default corresponds to BERT's `do_lower_case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // The flags are independent, as in Hugging Face's BertNormalizer.
pub struct Options {
    /// Convert words to lower case, as Python's `str.lower()` does.
    pub lowercase: bool,
    /// Decompose (NFD) and drop nonspacing marks.
    pub strip_accents: bool,
    /// Drop control characters and U+FFFD, and treat every space separator as whitespace.
    pub clean_text: bool,
    /// Treat every ideograph as a separate word.
    pub isolate_ideographs: bool,
    /// Maximum number of characters per word. Longer words are encoded as the unknown token.
    pub max_word_chars: u32,
    /// When special tokens in the text are recognized.
    pub special_tokens: SpecialTokenRule,
}

/// When special tokens in the text are recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecialTokenRule {
    /// Between whitespace or ideographs: the rule of the original `tokenization.py` (2018).
    Classic,
    /// Never, which is the choice for untrusted text.
    Never,
    /// Anywhere: the rule of Hugging Face's tokenizers.
    Everywhere,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lowercase: true,
            strip_accents: true,
            clean_text: true,
            isolate_ideographs: true,
            max_word_chars: 100,
            special_tokens: SpecialTokenRule::Classic,
        }
    }
}
