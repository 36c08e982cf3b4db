use std::cell::RefCell;

use crate::added_tokens::{AddedToken, AddedTokens};
use crate::character_table::CharacterTable;
use crate::encoder::{Encoder, RowShape};
use crate::options::{Options, SpecialTokenRule};
use crate::output::Output;
use crate::single_token_words::SingleTokenWords;
use crate::sort::sorted;
use crate::special_tokens::SpecialTokens;
use crate::token_table::{Root, TokenTable};
use crate::utf8::{Decoded, decode};
use crate::vocabulary::{CONTINUATION, Vocabulary};
use crate::word_batch::WordBatch;
use crate::word_cache::WordCache;

/// The token for words that do not match the vocabulary.
const UNKNOWN: &str = "[UNK]";

/// A tokenizer for a vocabulary and options. The result of encoding a text does not depend on earlier calls.
#[derive(Debug)]
pub struct Tokenizer {
    pub(crate) options: Options,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) tokens: TokenTable,
    pub(crate) table: CharacterTable,
    pub(crate) special_tokens: SpecialTokens,
    /// The tokens at which the text is split before anything else.
    pub(crate) added_tokens: AddedTokens,
    pub(crate) unknown: u32,
    pub(crate) single_token_words: SingleTokenWords,
    pub(crate) cache: WordCache,
    /// The batch that all encoders reuse: creating a batch for each short text would increase its encoding time by 25%.
    pub(crate) batch: RefCell<WordBatch>,
    /// The length of each token in bytes without its `##`, at most 255.
    lengths: Vec<u8>,
    /// Whether no special token starts with a character of three bytes or more.
    pub(crate) allows_three_byte_fast_path: bool,
    /// Whether all special tokens start with ASCII characters.
    pub(crate) allows_foreign_words: bool,
    duplicates: Vec<(u32, u32)>,
}

impl Tokenizer {
    /// Creates a tokenizer. `special_tokens` are the tokens to recognize in the text.
    ///
    /// Without `[UNK]` in the vocabulary, unknown words get the id 0. Callers check for `[UNK]` with
    /// [`Self::token_id`].
    #[must_use]
    pub fn new(vocabulary: Vocabulary, options: Options, special_tokens: &[&str]) -> Self {
        let mut tokens = TokenTable::new(vocabulary.iter().map(|(memory, length, _)| {
            let (root, marker) = root_of(&memory[..length]);
            (root, length - marker)
        }));
        let mut single_token_words = SingleTokenWords::new();
        let (lengths, duplicates) = insert_tokens(&vocabulary, &mut tokens, &mut single_token_words);
        let ideographs = possible_ideographs(&vocabulary);
        let unknown = tokens.get(Root::Start, UNKNOWN.as_bytes()).unwrap_or(0);
        let mut table = CharacterTable::new(options, &tokens, &ideographs, unknown);
        let special_tokens = match options.special_tokens {
            SpecialTokenRule::Never => SpecialTokens::default(),
            _ => SpecialTokens::new(special_tokens, &tokens),
        };
        if options.special_tokens == SpecialTokenRule::Classic {
            table.set_special_tokens(special_tokens.iter());
        }
        let added_tokens = match options.special_tokens {
            SpecialTokenRule::Everywhere => AddedTokens::new(special_tokens.known(), &table),
            _ => AddedTokens::default(),
        };
        let allows_foreign_words = special_tokens.iter().all(|token| token[0].is_ascii());
        let allows_three_byte_fast_path = special_tokens.iter().all(|token| token[0] < 0xe0);
        Self {
            options,
            vocabulary,
            tokens,
            table,
            special_tokens,
            added_tokens,
            unknown,
            single_token_words,
            cache: WordCache::default(),
            batch: RefCell::new(WordBatch::new(options.max_word_chars)),
            lengths,
            allows_three_byte_fast_path,
            allows_foreign_words,
            duplicates,
        }
    }

    /// Adds tokens to recognize in the text, whatever the rule for special tokens is.
    #[must_use]
    pub fn with_added_tokens(mut self, mut added_tokens: Vec<AddedToken>) -> Self {
        if self.options.special_tokens == SpecialTokenRule::Everywhere {
            let known = self.special_tokens.known();
            let is_new = |token: &AddedToken| added_tokens.iter().all(|added| added.content != token.content);
            let others: Vec<_> = known.into_iter().filter(is_new).collect();
            added_tokens.extend(others);
        }
        self.added_tokens = AddedTokens::new(added_tokens, &self.table);
        self
    }

    /// Encodes texts, each as the next row of `output`, with byte offsets if `spans` is true.
    pub fn encode<'a>(&self, texts: impl IntoIterator<Item = &'a [u8]>, spans: bool, output: &mut Output) {
        let rows = texts.into_iter().map(|text| (text, text.len()));
        if spans {
            self.encode_rows::<true>(rows, RowShape::BARE, output);
        } else {
            self.encode_rows::<false>(rows, RowShape::BARE, output);
        }
    }

    /// Encodes texts as the next rows of `output`. Each text is given as a slice of memory and the length of the text
    /// at the start of the slice.
    pub(crate) fn encode_rows<'a, const SPANS: bool>(
        &self,
        rows: impl Iterator<Item = (&'a [u8], usize)>,
        shape: RowShape,
        output: &mut Output,
    ) {
        let mut encoder = Encoder::new(self, output);
        for (memory, length) in rows {
            encoder.row::<SPANS>(memory, length, shape);
        }
    }

    /// Returns the length in bytes of the part of a word that this token matches, at most 255; 0 if there is no such
    /// token.
    #[inline]
    pub(crate) fn length_of(&self, id: u32) -> usize {
        self.lengths.get(id as usize).copied().map_or(0, usize::from)
    }

    /// Returns the id of a token.
    #[must_use]
    pub fn token_id(&self, token: &str) -> Option<u32> {
        let token = token.as_bytes();
        let (root, marker) = root_of(token);
        self.tokens.get(root, &token[marker..])
    }

    /// Returns the list of tokens.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Returns the size of the tokenizer's tables in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let tables = self.tokens.memory() + self.table.memory() + self.single_token_words.memory();
        self.vocabulary.memory() + self.lengths.capacity() + tables + self.cache.memory() + size_of::<Self>()
    }

    /// Returns whether tokens were left out because too many of them share a prefix. That happens only with a
    /// vocabulary that is designed to take hours to load.
    #[must_use]
    pub fn is_overfull(&self) -> bool {
        self.tokens.is_overfull()
    }

    /// Returns pairs of ids of the same token: the earlier id, and the later one, which replaces it.
    #[must_use]
    pub fn duplicates(&self) -> &[(u32, u32)] {
        &self.duplicates
    }
}

/// Returns the position in a word at which a token matches, and the length of its `##` marker.
fn root_of(token: &[u8]) -> (Root, usize) {
    if token.len() > CONTINUATION.len() && token.starts_with(CONTINUATION) {
        (Root::Continuation, CONTINUATION.len())
    } else {
        (Root::Start, 0)
    }
}

/// Inserts all tokens into the tables. Returns the length of each token in bytes without its `##`, at most 255, and pairs
/// of ids of the same token.
#[inline(never)]
fn insert_tokens(
    vocabulary: &Vocabulary,
    tokens: &mut TokenTable,
    single_token_words: &mut SingleTokenWords,
) -> (Vec<u8>, Vec<(u32, u32)>) {
    let mut lengths = Vec::with_capacity(vocabulary.len());
    let mut duplicates = Vec::new();
    for (memory, length, id) in vocabulary.iter() {
        let (root, marker) = root_of(&memory[..length]);
        let length_in_word = length - marker;
        lengths.push(length_in_word.try_into().unwrap_or(u8::MAX));
        if length > 0 {
            let previous = tokens.insert(root, &memory[marker..], length_in_word, id);
            if root == Root::Start {
                single_token_words.insert(&memory[..length], id);
            }
            duplicates.extend(previous.map(|previous| u64::from(previous) << u32::BITS | u64::from(id)));
        }
    }
    let pairs = sorted(duplicates).into_iter().map(|pair| ((pair >> u32::BITS) as u32, pair as u32));
    (lengths, pairs.collect())
}

/// Returns the tokens that consist of one character of three or four bytes, starting with U+3000, and their ids, in order.
#[inline(never)]
fn possible_ideographs(vocabulary: &Vocabulary) -> Vec<(char, u32)> {
    let mut characters = Vec::new();
    for (memory, length, id) in vocabulary.iter() {
        let bytes = &memory[..length];
        if matches!(length, 3 | 4)
            && bytes[0] >= 0xe3
            && let Decoded { point, length: first, .. } = decode(bytes)
            && first == length
        {
            characters.push(u64::from(point) << u32::BITS | u64::from(id));
        }
    }
    let character_of = |packed: u64| Some((char::from_u32((packed >> u32::BITS) as u32)?, packed as u32));
    sorted(characters).into_iter().filter_map(character_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_any_token_all_words_are_unknown() {
        let tokenizer = Tokenizer::new(Vocabulary::default(), Options::default(), &[]);
        let mut output = Output::default();
        let text = "a word, 中 and another ".repeat(20);
        for _ in 0..2 {
            output.clear();
            tokenizer.encode([text.as_bytes()], true, &mut output);
            assert_eq!(output.ids(), vec![0; 6 * 20]);
            assert_eq!(output.spans()[..4], [[0, 1], [2, 6], [6, 7], [8, 11]]);
        }
    }
}
