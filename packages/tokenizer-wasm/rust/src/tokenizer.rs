use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::added_tokens::{AddedToken, AddedTokens, normalized};
use crate::character_table::CharacterTable;
use crate::encoder::{Encoder, RowShape};
use crate::options::{Options, SpecialTokenRule};
use crate::output::Output;
use crate::single_token_words::SingleTokenWords;
use crate::sort::sorted;
use crate::span_mode::in_span_mode;
use crate::special_tokens::SpecialTokens;
use crate::token_table::{Root, TokenCounts, TokenTable};
use crate::vocabulary::{Vocabulary, WordPiece};
use crate::word_batch::{BATCH_BYTES, WordBatch};
use crate::word_cache::WordCache;

/// A tokenizer for a vocabulary and options. The result of encoding a text does not depend on earlier calls.
#[derive(Debug)]
pub struct Tokenizer {
    pub(crate) options: Options,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) table: CharacterTable,
    pub(crate) special_tokens: SpecialTokens,
    /// The tokens at which the text is split before anything else.
    pub(crate) added_tokens: AddedTokens,
    pub(crate) unknown: u32,
    pub(crate) single_token_words: SingleTokenWords,
    pub(crate) cache: WordCache,
    /// The batch that all encoders reuse: creating a batch for each short text would increase its encoding time by 25%.
    pub(crate) batch: RefCell<WordBatch>,
    roots: Roots,
    /// The length of each token in bytes, at most 255. Excludes the prefix if no token can start a word with it.
    lengths: Vec<u8>,
    /// Whether no special token starts with a character of three bytes or more.
    pub(crate) allows_three_byte_fast_path: bool,
    /// Whether all special tokens start with ASCII characters, and words are split as BERT does.
    pub(crate) allows_foreign_words: bool,
    duplicates: Vec<(u32, u32)>,
}

impl Tokenizer {
    /// Creates a tokenizer for a vocabulary of BERT, whose unknown token is `[UNK]` and whose tokens that continue a
    /// word start with `##`. `special_tokens` are the tokens to recognize in the text. [`Self::from_vocab`] also checks
    /// the vocabulary.
    ///
    /// Without the unknown token in the vocabulary, unknown words get the id 0. Callers check for the token with
    /// [`Self::token_id`].
    #[must_use]
    pub fn new(vocabulary: Vocabulary, options: Options, special_tokens: &[&str]) -> Self {
        Self::with_word_piece(vocabulary, options, special_tokens, WordPiece::default())
    }

    /// Like [`Self::new`], for a vocabulary with other names.
    #[must_use]
    pub fn with_word_piece(
        vocabulary: Vocabulary,
        options: Options,
        special_tokens: &[&str],
        names: WordPiece<'_>,
    ) -> Self {
        let roots = Roots::new(names.continuation, options);
        let mut tokens = TokenTable::new(&count_tokens(&vocabulary, &roots));
        let (lengths, duplicates) = insert_tokens(&vocabulary, &roots, &mut tokens);
        let unknown = roots.find(&tokens, names.unknown.as_bytes()).unwrap_or(0);
        let special_tokens = match options.special_tokens {
            SpecialTokenRule::Never => SpecialTokens::default(),
            _ => SpecialTokens::new(special_tokens, &tokens),
        };
        let mut table = CharacterTable::new(options, tokens, unknown);
        if options.special_tokens == SpecialTokenRule::Classic {
            table.set_special_tokens(special_tokens.iter());
        }
        let added_tokens = match options.special_tokens {
            SpecialTokenRule::Everywhere => AddedTokens::new(special_tokens.known(), &table, options),
            _ => AddedTokens::default(),
        };
        let splits_as_bert = options.isolate_punctuation && !options.split_symbols;
        let allows_foreign_words = splits_as_bert && special_tokens.iter().all(|token| token[0].is_ascii());
        let allows_three_byte_fast_path = special_tokens.iter().all(|token| token[0] < 0xe0);
        Self {
            options,
            vocabulary,
            table,
            special_tokens,
            added_tokens,
            unknown,
            single_token_words: SingleTokenWords::new(),
            cache: WordCache::default(),
            batch: RefCell::new(WordBatch::new(options.max_word_chars)),
            roots,
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
        self.added_tokens = AddedTokens::new(added_tokens, &self.table, self.options);
        self
    }

    /// Encodes texts, each as the next row of `output`, with byte offsets if `spans` is true.
    pub fn encode<'a>(&self, texts: impl IntoIterator<Item = &'a [u8]>, spans: bool, output: &mut Output) {
        let rows = texts.into_iter().map(|text| (text, text.len()));
        self.encode_rows(rows, RowShape::BARE, spans, output);
    }

    /// Encodes texts as the next rows of `output`. Each text is given as a slice of memory and the length of the text
    /// at the start of the slice.
    pub(crate) fn encode_rows<'a>(
        &self,
        rows: impl Iterator<Item = (&'a [u8], usize)>,
        shape: RowShape<'_>,
        spans: bool,
        output: &mut Output,
    ) {
        in_span_mode!(spans, mode => {
            let mut encoder = Encoder::new(self, output, mode);
            for (memory, length) in rows {
                encoder.row(memory, length, shape);
            }
        });
    }

    /// Returns the maximum number of tokens by which an encoder exceeds a row's limit before it notices: those of a batch
    /// of words, the word before it and the word after it.
    pub(crate) fn max_excess(&self) -> usize {
        BATCH_BYTES + 2 * (self.options.max_word_chars as usize + 1)
    }

    /// Returns the length in bytes of the part of a word that this token matches, at most 255; 0 if there is no such
    /// token. After the start of a word, [`Self::hidden_prefix`] is not part of the match.
    #[inline]
    pub(crate) fn length_of(&self, id: u32) -> usize {
        self.lengths.get(id as usize).copied().map_or(0, usize::from)
    }

    /// Returns the number of bytes to subtract from [`Self::length_of`] for tokens after the start of a word.
    #[inline]
    pub(crate) fn hidden_prefix(&self) -> usize {
        self.roots.hidden_prefix
    }

    /// Returns the id of a token.
    #[must_use]
    pub fn token_id(&self, token: &str) -> Option<u32> {
        self.roots.find(&self.table.tokens, token.as_bytes())
    }

    /// Returns a text as it is searched for the added tokens that are looked for in the normalized text.
    #[must_use]
    pub fn normalized(&self, text: &str) -> String {
        normalized(text, &self.table, self.options)
    }

    /// Returns the list of tokens.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Returns the size of the tokenizer's tables in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let tables = self.table.memory() + self.single_token_words.memory();
        self.vocabulary.memory() + self.lengths.capacity() + tables + self.cache.memory() + size_of::<Self>()
    }

    /// Returns whether tokens were left out because too many of them share a prefix. That happens only with a
    /// vocabulary that is designed to take hours to load.
    #[must_use]
    pub fn is_overfull(&self) -> bool {
        self.table.tokens.is_overfull()
    }

    /// Returns pairs of ids of the same token: the earlier id, and the later one, which replaces it.
    #[must_use]
    pub fn duplicates(&self) -> &[(u32, u32)] {
        &self.duplicates
    }
}

/// The positions in a word at which tokens match.
#[derive(Debug)]
struct Roots {
    /// The prefix of tokens that continue a word.
    continuation: Vec<u8>,
    /// Whether words may contain the prefix, so that tokens with the prefix may also start a word.
    may_start: bool,
    /// The length of the prefix if words may contain it, otherwise 0.
    hidden_prefix: usize,
}

impl Roots {
    fn new(continuation: &str, options: Options) -> Self {
        // Punctuation is a word by itself, so a longer token with punctuation, such as `##`, starts no word.
        let is_in_no_word = options.isolate_punctuation && continuation.bytes().any(|byte| byte.is_ascii_punctuation());
        let hidden_prefix = if is_in_no_word { 0 } else { continuation.len() };
        Self { continuation: continuation.into(), may_start: !is_in_no_word, hidden_prefix }
    }

    /// Returns the positions at which a token matches, and the lengths of the matching parts, which are at the end of the
    /// token. The empty token matches nowhere.
    fn of(&self, token: &[u8]) -> [Option<(Root, usize)>; 2] {
        let prefix = &self.continuation[..];
        let has_prefix = token.len() > prefix.len() && token.iter().zip(prefix).all(|(byte, prefix)| byte == prefix);
        let rest = if has_prefix { token.len() - prefix.len() } else { 0 };
        let start = Some((Root::Start, token.len())).filter(|&(_, length)| length > 0);
        let continuation = Some((Root::Continuation, rest)).filter(|&(_, length)| length > 0);
        match continuation {
            Some(_) if !self.may_start => [continuation, None],
            _ => [start, continuation],
        }
    }

    /// Returns the id of a token.
    fn find(&self, tokens: &TokenTable, token: &[u8]) -> Option<u32> {
        let (root, length) = self.of(token)[0]?;
        tokens.get(root, &token[token.len() - length..])
    }
}

/// Counts the tokens for each table.
#[inline(never)]
fn count_tokens(vocabulary: &Vocabulary, roots: &Roots) -> TokenCounts {
    let mut counts = TokenCounts::default();
    for (memory, length, _) in vocabulary.iter() {
        for (root, length_in_word) in roots.of(&memory[..length]).into_iter().flatten() {
            counts.add(root, length_in_word);
        }
    }
    counts
}

/// Inserts all tokens into the table. Returns the length of the part of each token that matches first, in bytes and at most
/// 255, and pairs of ids of the same token.
#[inline(never)]
fn insert_tokens(vocabulary: &Vocabulary, roots: &Roots, tokens: &mut TokenTable) -> (Vec<u8>, Vec<(u32, u32)>) {
    let mut lengths = Vec::with_capacity(vocabulary.len());
    let mut duplicates = Vec::new();
    for (memory, length, id) in vocabulary.iter() {
        let [first, second] = roots.of(&memory[..length]);
        lengths.push(first.map_or(0, |(_, length)| length).try_into().unwrap_or(u8::MAX));
        if let Some((root, length_in_word)) = first {
            let previous = tokens.insert(root, &memory[length - length_in_word..], length_in_word, id);
            duplicates.extend(previous.map(|previous| u64::from(previous) << u32::BITS | u64::from(id)));
        }
        if let Some((root, length_in_word)) = second {
            tokens.insert(root, &memory[length - length_in_word..], length_in_word, id);
        }
    }
    let pairs = sorted(duplicates).into_iter().map(|pair| ((pair >> u32::BITS) as u32, pair as u32));
    (lengths, pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_reserves_enough_memory_for_any_text() {
        let vocabulary = "[UNK]\n[SEP]\na\n##a\n!\n中\né\n##é";
        for max_word_chars in [1, 5, 300] {
            let options =
                Options { max_word_chars, special_tokens: SpecialTokenRule::Everywhere, ..Options::default() };
            let tokenizer = Tokenizer::new(Vocabulary::from_lines(vocabulary), options, &["[SEP]"]);
            let pieces =
                ["a", "!", "a!", "a ", "中", "中a", "é", "aé!", "[SEP]", "a[SEP]", "aaaaaaaaaaaaaaaaaaaaaaaa "];
            for text in pieces.map(|piece| piece.repeat(20_000)) {
                let mut whole = Output::default();
                tokenizer.encode([text.as_bytes()], true, &mut whole);
                for max_length in [1, 2, 7, 500, 1000] {
                    let mut output = Output::default();
                    let shape = RowShape { max_length, ..RowShape::BARE };
                    tokenizer.encode_rows(core::iter::once((text.as_bytes(), text.len())), shape, true, &mut output);
                    let count = max_length.min(whole.ids().len());
                    assert_eq!(output.ids(), &whole.ids()[..count]);
                    assert_eq!(output.spans(), &whole.spans()[..count]);
                }
            }
        }
    }

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
