/// How text is normalized before words are looked up. The default is BERT's `do_lower_case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // independent flags, named as in Hugging Face's BertNormalizer
pub struct Options {
    /// Lower-case every word, as Python's `str.lower()` does.
    pub lowercase: bool,
    /// Decompose (NFD) and drop nonspacing marks.
    pub strip_accents: bool,
    /// Drop control characters and U+FFFD, and treat every space separator as whitespace.
    pub clean_text: bool,
    /// Make every ideograph a word by itself.
    pub isolate_ideographs: bool,
    /// Words of more characters are encoded as the unknown token.
    pub max_word_chars: u32,
    /// When a special token in the text is recognized.
    pub special_tokens: SpecialTokenRule,
}

/// When a special token in the text is recognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecialTokenRule {
    /// Between whitespace or ideographs: the rule of the original `tokenization.py` (2018).
    Classic,
    /// Never: for untrusted text.
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
