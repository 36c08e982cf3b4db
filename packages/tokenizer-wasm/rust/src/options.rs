/// How text is prepared before words are looked up. The default is BERT's `do_lower_case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each stands alone, and is named as in Hugging Face's BertNormalizer
pub struct Options {
    /// Lower-case every word, as Python's `str.lower()` does.
    pub lowercase: bool,
    /// Decompose (NFD) and drop nonspacing marks.
    pub strip_accents: bool,
    /// Drop control characters and U+FFFD, and take every space separator for a blank.
    pub clean_text: bool,
    /// Let every ideograph stand alone.
    pub isolate_ideographs: bool,
    /// A word of more characters becomes the unknown token.
    pub max_word_chars: u32,
    /// When a special token written in the text counts as one.
    pub special_tokens: SpecialTokenRule,
}

/// When a special token written in the text counts as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecialTokenRule {
    /// When it is all there is between blanks or ideographs: the rule of 2018.
    Classic,
    /// Never: for text that is not trusted.
    Never,
    /// Wherever it stands: the rule of Hugging Face's tokenizers.
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
