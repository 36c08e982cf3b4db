//! The ways in which characters are processed.

/// The way a character is processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    /// Part of a word, unchanged.
    Word,
    /// Part of a word, replaced by other characters.
    Mapped,
    /// A separate word, whose id is in the entry.
    Punctuation,
    /// A separate word, which also ends the chunk: special tokens and final sigmas do not extend across it.
    Ideograph,
    /// Separates words.
    Space,
    /// Ignored.
    Dropped,
    /// Not part of the word, but relevant to its neighbors.
    Mark,
    /// U+03A3, whose lower case depends on its neighbors.
    Sigma,
    /// A Hangul syllable, to be decomposed.
    Hangul,
    /// Replaced by characters whose order depends on their neighbors.
    Reordered,
}

/// The classes by the lowest bits of an entry.
pub(crate) const CLASSES: [Class; 16] = {
    use Class::{Dropped, Hangul, Ideograph, Mapped, Mark, Punctuation, Reordered, Sigma, Space, Word};
    [
        Word,
        Mapped,
        Punctuation,
        Ideograph,
        Space,
        Dropped,
        Mark,
        Sigma,
        Hangul,
        Reordered,
        Word,
        Word,
        Word,
        Word,
        Word,
        Word,
    ]
};
