//! A naive port of the original `tokenization.py` (2018), which processes text step by step and character by character.
//! It shares no code with the tokenizer under test: Unicode data comes from other crates and the standard library, and
//! tokens are looked up in a hash map.

use std::collections::HashMap;

use bertie_tokenizer::{Options, SpecialTokenRule};
use unicode_normalization::char::{canonical_combining_class, decompose_canonical};
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// A token's id, and its span in the text in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) id: u32,
    pub(crate) span: [u32; 2],
}

/// A character, and its span in the text in bytes.
#[derive(Clone, Copy)]
struct Character {
    char: char,
    start: usize,
    end: usize,
}

/// The naive tokenizer.
pub(crate) struct NaiveTokenizer {
    ids: HashMap<String, u32>,
    longest: usize,
    options: Options,
    special_tokens: Vec<String>,
}

impl NaiveTokenizer {
    pub(crate) fn new<'a>(tokens: impl Iterator<Item = &'a str>, options: Options, special_tokens: &[&str]) -> Self {
        let ids: HashMap<_, _> = tokens.map(str::to_owned).zip(0..).collect();
        let longest = ids.keys().map(|token| token.chars().count()).max().unwrap_or(0);
        let mut special_tokens: Vec<_> = special_tokens.iter().map(|&token| token.to_owned()).collect();
        special_tokens.sort_by_key(|token| std::cmp::Reverse(token.len()));
        Self { ids, longest, options, special_tokens }
    }

    /// Returns the tokens of a text.
    pub(crate) fn encode(&self, text: &[u8]) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut start = 0;
        let mut at = 0;
        while at < text.len() {
            match self.special_token_at(&text[at..]) {
                Some((id, length)) => {
                    self.section(&text[start..at], start, &mut tokens);
                    tokens.push(Token { id, span: span(at, at + length) });
                    at += length;
                    start = at;
                }
                None => at += 1,
            }
        }
        self.section(&text[start..], start, &mut tokens);
        tokens
    }

    /// Returns the id and length of the special token at the start of the text, if special tokens are recognized
    /// anywhere.
    fn special_token_at(&self, text: &[u8]) -> Option<(u32, usize)> {
        let everywhere = self.options.special_tokens == SpecialTokenRule::Everywhere;
        let mut known = self.special_tokens.iter().filter(|token| everywhere && text.starts_with(token.as_bytes()));
        known.find_map(|token| self.ids.get(token).map(|&id| (id, token.len())))
    }

    /// Ports `BertTokenizer.tokenize`, for a section that starts at byte `from` of the text.
    fn section(&self, text: &[u8], from: usize, tokens: &mut Vec<Token>) {
        for chunk in self.chunks(&self.clean(read(text, from))) {
            for word in self.words(chunk) {
                self.word_pieces(&word, tokens);
            }
        }
    }

    /// Ports `_clean_text`.
    fn clean(&self, text: Vec<Character>) -> Vec<Character> {
        if !self.options.clean_text {
            return text;
        }
        let is_whitespace = |char: char| matches!(char, '\t' | '\n' | '\r');
        let is_dropped = |char: char| matches!(char, '\0' | '\u{fffd}') || is_other(char) && !is_whitespace(char);
        text.into_iter().filter(|char| !is_dropped(char.char)).collect()
    }

    /// Ports `_tokenize_chinese_chars` and Python's `str.split`.
    fn chunks(&self, text: &[Character]) -> Vec<Vec<Character>> {
        let mut chunks = vec![Vec::new()];
        for &char in text {
            if is_space(char.char) {
                chunks.push(Vec::new());
            } else if self.options.isolate_ideographs && is_ideograph(char.char) {
                chunks.extend([vec![char], Vec::new()]);
            } else {
                chunks.last_mut().expect("the list is never empty").push(char);
            }
        }
        chunks.retain(|chunk| !chunk.is_empty());
        chunks
    }

    /// Ports `str.lower`, `_run_strip_accents` and `_run_split_on_punc`.
    fn words(&self, mut chunk: Vec<Character>) -> Vec<Vec<Character>> {
        if self.options.special_tokens == SpecialTokenRule::Classic && self.special_tokens.contains(&string(&chunk)) {
            return vec![chunk];
        }
        if self.options.lowercase {
            chunk = lower_case(&chunk);
        }
        if self.options.strip_accents {
            chunk = strip_accents(&chunk);
        }
        let mut words = vec![Vec::new()];
        for char in chunk {
            if is_punctuation(char.char) {
                words.extend([vec![char], Vec::new()]);
            } else {
                words.last_mut().expect("the list is never empty").push(char);
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    /// Ports `WordpieceTokenizer.tokenize`, for one word.
    fn word_pieces(&self, word: &[Character], tokens: &mut Vec<Token>) {
        let unknown = Token { id: self.ids["[UNK]"], span: span(word[0].start, word[word.len() - 1].end) };
        if word.len() > self.options.max_word_chars as usize {
            return tokens.push(unknown);
        }
        let mut pieces = Vec::new();
        let mut start = 0;
        while start < word.len() {
            let mut end = word.len().min(start + self.longest);
            let mut token = if start > 0 { "##" } else { "" }.to_owned() + &string(&word[start..end]);
            let id = loop {
                match self.ids.get(&token) {
                    Some(&id) => break id,
                    None if end == start + 1 => return tokens.push(unknown),
                    None => (end, _) = (end - 1, token.pop()),
                }
            };
            pieces.push(Token { id, span: span(word[start].start, word[end - 1].end) });
            start = end;
        }
        tokens.append(&mut pieces);
    }
}

fn span(start: usize, end: usize) -> [u32; 2] {
    [start, end].map(|at| u32::try_from(at).expect("test texts are short"))
}

fn string(chars: &[Character]) -> String {
    chars.iter().map(|char| char.char).collect()
}

/// Returns the characters of a text. Invalid bytes become U+FFFD, as in [`String::from_utf8_lossy`].
fn read(text: &[u8], from: usize) -> Vec<Character> {
    let mut chars: Vec<Character> = Vec::new();
    let mut push = |char, length| {
        let start = chars.last().map_or(from, |last| last.end);
        chars.push(Character { char, start, end: start + length });
    };
    for piece in text.utf8_chunks() {
        piece.valid().chars().for_each(|char| push(char, char.len_utf8()));
        if !piece.invalid().is_empty() {
            push(char::REPLACEMENT_CHARACTER, piece.invalid().len());
        }
    }
    chars
}

fn lower_case(chunk: &[Character]) -> Vec<Character> {
    // The whole chunk is converted at once, since the lower case of sigma depends on its position. The number of
    // characters that a character becomes does not depend on its neighbors.
    let lowered = string(chunk).to_lowercase();
    let sources = chunk.iter().flat_map(|char| char.char.to_lowercase().map(|_| *char));
    lowered.chars().zip(sources).map(|(char, source)| Character { char, ..source }).collect()
}

/// Decomposes (NFD) and drops nonspacing marks. If marks are reordered, spans stay in text order.
fn strip_accents(chunk: &[Character]) -> Vec<Character> {
    let mut chars = Vec::new();
    for source in chunk {
        decompose_canonical(source.char, |char| chars.push(Character { char, ..*source }));
    }
    let class = |char: &Character| canonical_combining_class(char.char);
    for run in chars.chunk_by_mut(|one, next| class(one) != 0 && class(next) != 0) {
        run.sort_by_key(class);
    }
    chars.retain(|char| char.char.general_category() != GeneralCategory::NonspacingMark);
    let mut spans: Vec<_> = chars.iter().map(|char| (char.start, char.end)).collect();
    spans.sort_unstable();
    chars.iter().zip(spans).map(|(char, (start, end))| Character { char: char.char, start, end }).collect()
}

/// Returns whether the general category is C*.
fn is_other(char: char) -> bool {
    char.general_category_group() == GeneralCategoryGroup::Other
}

/// Ports `str.isspace`, except for the separators U+001C to U+001F: cleaning the text drops them, and Hugging Face's
/// tokenizers, which may keep them, do not treat them as whitespace.
fn is_space(char: char) -> bool {
    char.is_whitespace()
}

/// Ports `_is_chinese_char`.
fn is_ideograph(char: char) -> bool {
    matches!(char, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{2a6df}')
        || matches!(char, '\u{2a700}'..='\u{2b73f}' | '\u{2b740}'..='\u{2b81f}' | '\u{2b820}'..='\u{2ceaf}')
        || matches!(char, '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}')
}

/// Ports `_is_punctuation`.
fn is_punctuation(char: char) -> bool {
    char.is_ascii_punctuation() || char.general_category_group() == GeneralCategoryGroup::Punctuation
}
