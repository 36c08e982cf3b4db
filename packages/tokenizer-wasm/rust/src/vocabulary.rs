//! The list of tokens, in order of their ids.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use memchr::memchr_iter;

use crate::unicode::is_python_space;

/// The names that the tokens of a vocabulary give to unknown words and to continuations of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordPiece<'a> {
    /// The token for words that do not match the vocabulary.
    pub unknown: &'a str,
    /// The prefix of tokens that continue a word. If it is empty, every token may start or continue a word.
    pub continuation: &'a str,
}

impl Default for WordPiece<'_> {
    fn default() -> Self {
        Self { unknown: "[UNK]", continuation: "##" }
    }
}

/// The list of tokens, in order of their ids.
#[derive(Debug, Default)]
pub struct Vocabulary {
    text: String,
    /// The start and end of each token in the text.
    ranges: Vec<[u32; 2]>,
}

impl Vocabulary {
    /// Reads a `vocab.txt`: one token per line, stripped as by Python's `str.strip()`.
    #[must_use]
    pub fn from_lines(text: &str) -> Self {
        let mut vocabulary = Self::from_tokens(text);
        for range in &mut vocabulary.ranges {
            let [start, end] = range.map(|position| position as usize);
            if may_have_space(&text.as_bytes()[start..end]) {
                *range = strip(text, start, end);
            }
        }
        vocabulary
    }

    /// Reads tokens that are separated by line feeds, without stripping them. The last line may lack a line feed.
    #[must_use]
    pub fn from_tokens(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut ranges = Vec::with_capacity(memchr_iter(b'\n', bytes).count() + 1);
        let mut start = 0;
        // Most lines are shorter than the blocks in which a search for line feeds would read the text.
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == b'\n' {
                ranges.push([start, at as u32]);
                start = at as u32 + 1;
            }
        }
        if (start as usize) < bytes.len() {
            ranges.push([start, bytes.len() as u32]);
        }
        Self { text: text.to_owned(), ranges }
    }

    /// Returns the number of tokens, which is the last id plus one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Returns whether there are no tokens.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Returns the size of the list in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.text.capacity() + self.ranges.capacity() * size_of::<[u32; 2]>()
    }

    /// Returns the token with this id.
    ///
    /// # Panics
    ///
    /// Panics if the vocabulary has no such id.
    #[must_use]
    pub fn token(&self, id: u32) -> &str {
        let [start, end] = self.ranges[id as usize];
        &self.text[start as usize..end as usize]
    }

    /// Returns all tokens with their ids. Each token is a slice of memory and the length of the token at the start of
    /// the slice.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], usize, u32)> {
        let tokens = self.ranges.iter().zip(0..);
        tokens.map(|(&[start, end], id)| (&self.text.as_bytes()[start as usize..], (end - start) as usize, id))
    }
}

/// Returns whether a line may start or end with whitespace. Few lines do, and this check is fast.
#[inline]
fn may_have_space(line: &[u8]) -> bool {
    // Bytes of space characters: the first ones, and those before the last ones.
    let may_start = |byte| matches!(byte, 0..=0x20 | 0xc2 | 0xe1..=0xe3);
    let may_end = |byte| matches!(byte, 0x80 | 0x81 | 0x9a | 0xc2);
    match *line {
        [] => false,
        [only] => may_start(only),
        [first, .., before, last] => may_start(first) || last <= 0x20 || last >= 0x80 && may_end(before),
        [first, last] => may_start(first) || last <= 0x20 || last >= 0x80 && may_end(first),
    }
}

/// Strips a line as Python's `str.strip()` does. Returns its start and end in the text.
#[cold]
#[inline(never)]
fn strip(text: &str, start: usize, end: usize) -> [u32; 2] {
    let is_space = |character| is_python_space(character as u32);
    let line = text[start..end].trim_end_matches(is_space);
    let token = line.trim_start_matches(is_space);
    let start = start + line.len() - token.len();
    [start as u32, (start + token.len()) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_on_line_feeds_only_and_stripped_as_python_does() {
        let vocabulary = Vocabulary::from_lines("[PAD]\r\n a\u{a0}\nx\ry\n\u{2028}\n\n\u{feff}b\n");
        let tokens: Vec<_> = (0..vocabulary.len() as u32).map(|id| vocabulary.token(id)).collect();
        assert_eq!(tokens, ["[PAD]", "a", "x\ry", "", "", "\u{feff}b"]);
    }

    #[test]
    fn every_space_is_stripped() {
        let spaces: Vec<_> = ('\0'..=char::MAX).filter(|&c| is_python_space(c as u32) && c != '\n').collect();
        assert_eq!(spaces.len(), 28);
        for space in spaces {
            let lines = ["", "中", "a", "é", "中a", "#"].map(|token| format!("{space}{token}\n{token}{space}\n"));
            let vocabulary = Vocabulary::from_lines(&lines.concat());
            let tokens: Vec<_> = (0..12).map(|id| vocabulary.token(id)).collect();
            assert_eq!(tokens, ["", "", "中", "中", "a", "a", "é", "é", "中a", "中a", "#", "#"], "{space:?}");
        }
    }

    #[test]
    fn the_last_line_needs_no_line_feed() {
        assert_eq!(Vocabulary::from_lines("a\nb").len(), 2);
        assert_eq!(Vocabulary::from_lines("a\nb\n").len(), 2);
        assert!(Vocabulary::from_lines("").is_empty());
    }
}
