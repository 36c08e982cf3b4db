//! Options that are packed into numbers.

use alloc::borrow::ToOwned;
use alloc::vec::Vec;

use super::error::Error;
use crate::{AddedToken, InvalidUtf8, Options, SpecialTokenRule};

const MAX_WORD_CHARS: u32 = 1_000_000;

/// How to create a tokenizer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenizerOptions {
    pub(crate) options: Options,
    /// Whether to keep whitespace around the tokens of the vocabulary.
    pub(crate) verbatim: bool,
}

impl TokenizerOptions {
    pub(crate) fn unpack(flags: u32, max_word_chars: u32) -> Result<Self, Error> {
        if flags >> 7 != 0 || !(1..=MAX_WORD_CHARS).contains(&max_word_chars) {
            return Err(Error::Options);
        }
        let options = Options {
            lowercase: flags & 1 != 0,
            strip_accents: flags & 2 != 0,
            clean_text: flags & 4 != 0,
            isolate_ideographs: flags & 8 != 0,
            max_word_chars,
            special_tokens: match flags >> 4 & 3 {
                0 => SpecialTokenRule::Classic,
                1 => SpecialTokenRule::Never,
                2 => SpecialTokenRule::Everywhere,
                _ => return Err(Error::Options),
            },
            ..Options::default()
        };
        Ok(Self { options, verbatim: flags & 64 != 0 })
    }
}

/// The unit of offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Bytes,
    Utf16,
    Chars,
}

/// How to encode rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowOptions {
    /// Whether to add `[CLS]` and `[SEP]` to each row.
    pub(crate) frame: bool,
    pub(crate) offsets: Option<Unit>,
    pub(crate) invalid: InvalidUtf8,
    /// The row is truncated to this many tokens, including the frame.
    pub(crate) max_length: usize,
}

impl RowOptions {
    pub(crate) fn unpack(flags: u32, max_length: u32) -> Result<Self, Error> {
        let frame = flags & 1 != 0;
        let offsets = match (flags >> 1 & 1, flags >> 2 & 3) {
            (0, 0) => None,
            (1, 0) => Some(Unit::Bytes),
            (1, 1) => Some(Unit::Utf16),
            (1, 2) => Some(Unit::Chars),
            _ => return Err(Error::Options),
        };
        let invalid = match flags >> 4 & 3 {
            0 => InvalidUtf8::Replace,
            1 => InvalidUtf8::Skip,
            2 => InvalidUtf8::Fail,
            _ => return Err(Error::Options),
        };
        if flags >> 6 != 0 || max_length < if frame { 2 } else { 1 } {
            return Err(Error::Options);
        }
        let max_length = if max_length == u32::MAX { usize::MAX } else { max_length as usize };
        Ok(Self { frame, offsets, invalid, max_length })
    }
}

/// Reads added tokens, one per line: flags, id and text, separated by spaces.
pub(crate) fn read_added_tokens(text: &str) -> Result<Vec<AddedToken>, Error> {
    text.split_terminator('\n').map(|line| read_added_token(line).ok_or(Error::AddedTokens)).collect()
}

fn read_added_token(line: &str) -> Option<AddedToken> {
    let (flags, rest) = line.split_once(' ')?;
    let (id, content) = rest.split_once(' ')?;
    let flags = flags.parse::<u32>().ok().filter(|flags| flags >> 4 == 0)?;
    // Ids are signed in C, Python, Go and Java.
    let id = id.parse::<u32>().ok().filter(|&id| i32::try_from(id).is_ok())?;
    (!content.is_empty()).then(|| AddedToken {
        content: content.to_owned(),
        id,
        single_word: flags & 1 != 0,
        left_strip: flags & 2 != 0,
        right_strip: flags & 4 != 0,
        normalized: flags & 8 != 0,
        bare_span: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_bits_and_values_are_errors() {
        assert!(TokenizerOptions::unpack(0x6f, 100).is_ok());
        for (flags, max_word_chars) in [(128, 100), (1 << 31, 100), (0x30, 100), (15, 0), (15, 1_000_001)] {
            assert_eq!(TokenizerOptions::unpack(flags, max_word_chars).unwrap_err(), Error::Options);
        }
        for (flags, max_length) in [(64, 9), (4, 9), (8, 9), (12, 9), (14, 9), (0x30, 9), (1, 1), (0, 0)] {
            assert_eq!(RowOptions::unpack(flags, max_length), Err(Error::Options));
        }
        assert_eq!(RowOptions::unpack(1, u32::MAX).unwrap().max_length, usize::MAX);
    }

    #[test]
    fn added_tokens_have_flags_an_id_and_a_text() {
        let tokens = read_added_tokens("0 7 <a b>\n15 8  x\r\n").unwrap();
        let texts: Vec<_> = tokens.iter().map(|token| (token.id, &token.content[..], token.normalized)).collect();
        assert_eq!(texts, [(7, "<a b>", false), (8, " x\r", true)]);
        for text in ["x", "0 7", "0 7 ", "16 7 a", "-1 7 a", "0 -7 a", "0 4294967295 a", "\n", "0  a", "+0 +1"] {
            assert_eq!(read_added_tokens(text).unwrap_err(), Error::AddedTokens, "{text:?}");
        }
    }
}
