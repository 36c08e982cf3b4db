//! Creates tokenizers from a vocabulary that is not trusted.

use core::error::Error;
use core::fmt;

use memchr::memchr_iter;

use crate::{Options, Tokenizer, Vocabulary};

/// The special tokens of BERT.
pub const SPECIAL_TOKENS: [&str; 5] = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"];

/// The token that every vocabulary needs.
const REQUIRED: &str = "[UNK]";

/// The maximum number of tokens in a vocabulary. The word cache stores ids of 20 bits.
const MAX_TOKENS: usize = 1 << 20;

/// A reason to reject a vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VocabularyError {
    /// The vocabulary has more than 1,048,576 tokens.
    TooManyTokens,
    /// More than 1,000 tokens share a prefix, so that loading the vocabulary could take hours.
    SharedPrefix,
    /// The vocabulary lacks `[UNK]`, the token for unknown words.
    MissingUnknown,
}

impl fmt::Display for VocabularyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self {
            Self::TooManyTokens => "the vocabulary has more than 1048576 tokens",
            Self::SharedPrefix => "more than 1000 tokens of the vocabulary share a prefix",
            Self::MissingUnknown => "the vocabulary lacks [UNK]",
        };
        write!(formatter, "{reason}. Check that it is a BERT vocab.txt.")
    }
}

impl Error for VocabularyError {}

impl Tokenizer {
    /// Creates a tokenizer from the text of a `vocab.txt`, which has one token per line, and BERT's special tokens. A
    /// byte order mark is ignored.
    ///
    /// If a token occurs more than once, its last id counts; [`Self::duplicates`] returns the others.
    ///
    /// ```
    /// use bertie_tokenizer::{Options, Tokenizer, VocabularyError};
    ///
    /// let tokenizer = Tokenizer::from_vocab("[UNK]\nhello\n##!", Options::default())?;
    /// assert_eq!(tokenizer.token_id("hello"), Some(1));
    ///
    /// let error = Tokenizer::from_vocab("hello", Options::default()).unwrap_err();
    /// assert_eq!(error, VocabularyError::MissingUnknown);
    /// # Ok::<(), VocabularyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the vocabulary lacks `[UNK]`, has more than 1,048,576 tokens, or has more than 1,000 tokens that
    /// share a prefix.
    pub fn from_vocab(text: &str, options: Options) -> Result<Self, VocabularyError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        check_size(text)?;
        Self::new(Vocabulary::from_lines(text), options, &SPECIAL_TOKENS).checked()
    }

    /// Returns the tokenizer unless its vocabulary is to be rejected.
    pub(crate) fn checked(self) -> Result<Self, VocabularyError> {
        if self.is_overfull() {
            return Err(VocabularyError::SharedPrefix);
        }
        self.token_id(REQUIRED).ok_or(VocabularyError::MissingUnknown)?;
        Ok(self)
    }
}

/// Returns an error if the text has more lines than a vocabulary may have tokens.
pub(crate) fn check_size(text: &str) -> Result<(), VocabularyError> {
    if memchr_iter(b'\n', text.as_bytes()).count() > MAX_TOKENS { Err(VocabularyError::TooManyTokens) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vocabulary_is_checked() {
        let error = |text: &str| Tokenizer::from_vocab(text, Options::default()).err();
        assert_eq!(error("\u{feff}[UNK]\na"), None);
        assert_eq!(error("a\n"), Some(VocabularyError::MissingUnknown));
        assert_eq!(error(&"\n".repeat(MAX_TOKENS + 1)), Some(VocabularyError::TooManyTokens));
        assert_eq!(
            VocabularyError::SharedPrefix.to_string(),
            "more than 1000 tokens of the vocabulary share a prefix. Check that it is a BERT vocab.txt."
        );
    }
}
