/// Normalization options. The default corresponds to BERT's `do_lower_case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // The flags are independent, as in Hugging Face's BertNormalizer.
pub struct Options {
    /// Whether to convert words to lower case, as Python's `str.lower()` does.
    pub lowercase: bool,
    /// Whether to decompose characters (NFD) and drop nonspacing marks.
    pub strip_accents: bool,
    /// Whether stripping accents also drops the marks that are not nonspacing (Mc, Me).
    pub strip_all_marks: bool,
    /// Whether to drop control characters and U+FFFD, and to treat every space separator as whitespace.
    pub clean_text: bool,
    /// Whether to treat every ideograph as a separate word.
    pub isolate_ideographs: bool,
    /// Maximum number of characters per word. Longer words are encoded as the unknown token.
    pub max_word_chars: u32,
    /// Whether to treat every punctuation character as a separate word.
    pub isolate_punctuation: bool,
    /// Whether to separate symbols from letters, as the regular expression `\w+|[^\w\s]+` does. Adjacent symbols are
    /// one word.
    pub split_symbols: bool,
    /// The rule for recognizing special tokens in the text.
    pub special_tokens: SpecialTokenRule,
}

/// A rule for recognizing special tokens in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecialTokenRule {
    /// Recognizes special tokens between whitespace or ideographs, as the original `tokenization.py` (2018) does.
    Classic,
    /// Recognizes no special tokens. Use it for untrusted text.
    Never,
    /// Recognizes special tokens anywhere, as Hugging Face's tokenizers do.
    Everywhere,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lowercase: true,
            strip_accents: true,
            strip_all_marks: false,
            clean_text: true,
            isolate_ideographs: true,
            max_word_chars: 100,
            isolate_punctuation: true,
            split_symbols: false,
            special_tokens: SpecialTokenRule::Classic,
        }
    }
}
