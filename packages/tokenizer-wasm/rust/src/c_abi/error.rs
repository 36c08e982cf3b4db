//! The error codes of the C interface.

use core::ffi::CStr;

use crate::VocabularyError;

/// An error code, which the functions return as a negative number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Error {
    Address = -1,
    Handle = -2,
    Options = -3,
    Utf8 = -4,
    TooLarge = -5,
    MissingToken = -6,
    Memory = -7,
    AddedTokens = -8,
    RowEnds = -9,
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))] // Only WebAssembly instances survive a trap.
    Trapped = -10,
}

impl Error {
    const ALL: [Self; 10] = [
        Self::Address,
        Self::Handle,
        Self::Options,
        Self::Utf8,
        Self::TooLarge,
        Self::MissingToken,
        Self::Memory,
        Self::AddedTokens,
        Self::RowEnds,
        Self::Trapped,
    ];

    /// Returns what is wrong, what was expected and how to fix it.
    pub(crate) fn message(self) -> &'static CStr {
        match self {
            Self::Address => {
                c"an address or length is outside the buffers that bertie_alloc() returned. Pass an address in a \
                    buffer that is not freed."
            }
            Self::Handle => {
                c"there is no tokenizer with this handle. Pass a handle that bertie_tokenizer_new() returned and \
                    that is not freed."
            }
            Self::Options => {
                c"an option has an unknown bit or a value out of range. Check the flags, the maximum word length \
                    (1 to 1000000) and the maximum row length."
            }
            Self::Utf8 => {
                c"the text is not valid UTF-8. Convert it to UTF-8, or choose to replace or skip invalid rows."
            }
            Self::TooLarge => {
                c"the vocabulary has more than 1048576 tokens, or more than 1000 tokens that share a prefix. \
                    Check that it is a BERT vocab.txt."
            }
            Self::MissingToken => {
                c"the vocabulary lacks [UNK], [CLS] or [SEP]. Check that it is the vocab.txt of a BERT model."
            }
            Self::Memory => c"not enough memory. Encode the input in smaller parts, or free tokenizers and buffers.",
            Self::AddedTokens => {
                c"a line of the added tokens is not a number of flags (0 to 15), an id and a text, separated by \
                    spaces."
            }
            Self::RowEnds => {
                c"the row ends are not in ascending order. Pass the position after the last byte of each row."
            }
            Self::Trapped => c"an earlier call was interrupted. Create a new instance of the module.",
        }
    }

    /// Returns the message of an error code; `None` if there is no such code.
    pub(crate) fn message_of(code: i32) -> Option<&'static CStr> {
        Self::ALL.into_iter().find(|&error| error as i32 == code).map(Self::message)
    }
}

impl From<VocabularyError> for Error {
    fn from(error: VocabularyError) -> Self {
        match error {
            VocabularyError::TooManyTokens | VocabularyError::SharedPrefix => Self::TooLarge,
            VocabularyError::MissingUnknown => Self::MissingToken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_message_that_ends_with_a_period() {
        for code in -10..0 {
            let message = Error::message_of(code).unwrap().to_str().unwrap();
            assert!(message.ends_with('.'), "{message}");
        }
        assert_eq!(Error::message_of(0), None);
        assert_eq!(Error::message_of(-11), None);
    }
}
