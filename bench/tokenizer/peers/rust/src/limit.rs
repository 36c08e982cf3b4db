//! A speed limit: splits and hashes words. No tokenizer that looks up words by such a hash can be faster.

use crate::{Implementation, Rows};

/// Splits at ASCII whitespace, and returns the low half of each piece's 64-bit FNV-1a hash as its id.
#[derive(Default)]
pub struct Limit {
    ids: Vec<u32>,
    ends: Vec<u32>,
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

impl Implementation for Limit {
    fn texts(&mut self, texts: &[&str]) {
        self.ids.clear();
        self.ends.clear();
        for text in texts {
            for piece in text.as_bytes().split(u8::is_ascii_whitespace).filter(|piece| !piece.is_empty()) {
                let hash = piece.iter().fold(BASIS, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
                self.ids.push(hash as u32);
            }
            self.ends.push(self.ids.len() as u32);
        }
    }

    fn rows(&self) -> Rows<'_> {
        Rows { ids: &self.ids, ends: &self.ends }
    }
}
