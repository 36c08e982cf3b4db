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
        Self::read(text, strip)
    }

    /// Reads tokens that are separated by line feeds, without stripping them.
    #[must_use]
    pub fn from_tokens(text: &str) -> Self {
        Self::read(text, |line| line)
    }

    /// Reads one token per line. `token_of` returns the part of a line that is the token.
    fn read(text: &str, token_of: impl Fn(&str) -> &str) -> Self {
        let mut ranges = Vec::with_capacity(memchr_iter(b'\n', text.as_bytes()).count() + 1);
        let start_of_text = text.as_ptr().addr();
        ranges.extend(lines(text).map(|line| {
            let token = token_of(line);
            let start = token.as_ptr().addr() - start_of_text;
            [start as u32, (start + token.len()) as u32]
        }));
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

/// Returns the lines of a text. The last line may lack a line feed.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let last = Some(text.len()).filter(|_| !text.is_empty() && !text.ends_with('\n'));
    let mut start = 0;
    memchr_iter(b'\n', text.as_bytes()).chain(last).map(move |end| {
        let line = &text[start..end];
        start = end + 1;
        line
    })
}

/// Strips a line as Python's `str.strip()` does.
fn strip(line: &str) -> &str {
    let may_be_space = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_graphic());
    let (first, last) = (line.as_bytes().first(), line.as_bytes().last());
    // Few lines start or end with whitespace, and the check for ASCII is fast.
    if may_be_space(first) || may_be_space(last) {
        line.trim_matches(|character| is_python_space(character as u32))
    } else {
        line
    }
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
    fn the_last_line_needs_no_line_feed() {
        assert_eq!(Vocabulary::from_lines("a\nb").len(), 2);
        assert_eq!(Vocabulary::from_lines("a\nb\n").len(), 2);
        assert!(Vocabulary::from_lines("").is_empty());
    }
}
