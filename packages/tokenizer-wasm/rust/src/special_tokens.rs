//! The special tokens to recognize in the text.

use alloc::string::String;
use alloc::vec::Vec;

use crate::added_tokens::AddedToken;
use crate::sort::sorted_by_key;
use crate::token_table::{Root, TokenTable};

/// The special tokens to recognize in the text, longest first.
#[derive(Debug)]
pub(crate) struct SpecialTokens {
    tokens: Vec<(Vec<u8>, Option<u32>)>,
    /// The first bytes of the special tokens.
    heads: [bool; 256],
}

impl Default for SpecialTokens {
    fn default() -> Self {
        Self { tokens: Vec::new(), heads: [false; 256] }
    }
}

impl SpecialTokens {
    pub(crate) fn new(tokens: &[&str], table: &TokenTable) -> Self {
        let mut special = Self::default();
        for token in tokens.iter().filter(|token| !token.is_empty()).map(|token| token.as_bytes()) {
            special.heads[token[0] as usize] = true;
            special.tokens.push((token.to_vec(), table.get(Root::Start, token)));
        }
        special.tokens = sorted_by_key(special.tokens, |(token, _)| !token.len() as u32);
        special
    }

    /// Returns whether a special token starts with this byte.
    #[inline]
    pub(crate) fn may_begin_with(&self, byte: u8) -> bool {
        self.heads[byte as usize]
    }

    /// Returns the special tokens that have an id, as tokens to recognize anywhere.
    pub(crate) fn known(&self) -> Vec<AddedToken> {
        let added = |(token, id): &(Vec<u8>, Option<u32>)| {
            Some(AddedToken {
                content: String::from_utf8_lossy(token).into_owned(),
                id: (*id)?,
                single_word: false,
                left_strip: false,
                right_strip: false,
                normalized: false,
                bare_span: false,
            })
        };
        self.tokens.iter().filter_map(added).collect()
    }

    /// Returns all special tokens, longest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.tokens.iter().map(|(token, _)| &token[..])
    }
}
