//! One pass over the text: characters to words, words to tokens.

use crate::character_table::{CharacterTable, Class, Entry};
use crate::options::SpecialTokenRule;
use crate::output::Output;
use crate::tokenizer::Tokenizer;
use crate::trie::Root;
use crate::unicode::jamo;
use crate::utf8::{decode, previous_start};
use crate::word::Word;
use crate::word_cache::WordCache;

/// The word number of a token that stands for no text.
const NO_WORD: u32 = u32::MAX;

const SMALL_SIGMA: &[u8] = "σ".as_bytes();
const FINAL_SIGMA: &[u8] = "ς".as_bytes();

/// Encodes rows of text into an [`Output`].
pub(crate) struct Encoder<'a> {
    tokenizer: &'a Tokenizer,
    table: &'a CharacterTable,
    word: Word,
    words: u32,
    first_invalid: Option<usize>,
    output: &'a mut Output,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(tokenizer: &'a Tokenizer, output: &'a mut Output) -> Self {
        let word = Word::new(tokenizer.options.max_word_chars);
        Self { tokenizer, table: &tokenizer.table, word, words: 0, first_invalid: None, output }
    }

    /// What has been encoded so far.
    pub(crate) fn output(&mut self) -> &mut Output {
        self.output
    }

    /// Encodes one text, and ends the row. Spans are byte offsets into `text`.
    pub(crate) fn row<const SPANS: bool>(&mut self, text: &[u8]) {
        self.tokens::<SPANS>(text);
        self.end_row();
    }

    /// A token that stands for no text.
    pub(crate) fn frame<const SPANS: bool>(&mut self, id: u32) {
        self.output.ids.push(id);
        if SPANS {
            self.output.spans.extend([0, 0]);
            self.output.words.push(NO_WORD);
        }
    }

    /// Ends the row at the last token, and says where its first bytes that are no UTF-8 are.
    pub(crate) fn end_row(&mut self) -> Option<usize> {
        self.output.row_ends.push(self.output.ids.len() as u32);
        self.first_invalid.take()
    }

    /// Encodes one text without ending the row.
    pub(crate) fn tokens<const SPANS: bool>(&mut self, text: &[u8]) {
        self.words = 0;
        if self.tokenizer.options.special_tokens != SpecialTokenRule::Everywhere {
            return self.section::<SPANS>(text, 0, text.len());
        }
        let special_tokens = &self.tokenizer.special_tokens;
        let (mut start, mut at) = (0, 0);
        while at < text.len() {
            match special_tokens.may_begin_with(text[at]).then(|| special_tokens.known_at(&text[at..])).flatten() {
                Some((id, length)) => {
                    self.section::<SPANS>(text, start, at);
                    self.emit_word::<SPANS>(id, at, at + length);
                    at += length;
                    start = at;
                }
                None => at += 1,
            }
        }
        self.section::<SPANS>(text, start, text.len());
    }

    /// Encodes `text[from..to]` as a text of its own.
    fn section<const SPANS: bool>(&mut self, text: &[u8], from: usize, to: usize) {
        let text = &text[..to];
        let classic = self.tokenizer.options.special_tokens == SpecialTokenRule::Classic;
        let mut at = from;
        // A chunk is what stands between blanks and ideographs.
        let mut chunk = from;
        let mut chunk_is_empty = true;
        while at < to {
            if self.table.ascii_word(text[at]) != 0 {
                at = self.ascii_run::<SPANS>(text, at);
                chunk_is_empty = false;
                continue;
            }
            let (entry, end) = self.read(text, at);
            match entry.class() {
                Class::Ideograph | Class::Space => {
                    self.end_word::<SPANS>();
                    if entry.class() == Class::Ideograph {
                        self.emit_word::<SPANS>(entry.id(), at, end);
                    }
                    at = end;
                    chunk = end;
                    chunk_is_empty = true;
                    continue;
                }
                Class::Dropped => {
                    at = end;
                    continue;
                }
                _ => {}
            }
            if chunk_is_empty && classic && self.tokenizer.special_tokens.may_begin_with(text[at]) {
                if let Some(end) = self.special_chunk::<SPANS>(text, at) {
                    at = end;
                    chunk_is_empty = false;
                    continue;
                }
            }
            chunk_is_empty = false;
            match entry.class() {
                Class::Punctuation => {
                    self.end_word::<SPANS>();
                    self.emit_word::<SPANS>(entry.id(), at, end);
                }
                Class::Mapped => {
                    let (replacement, chars) = self.table.replacement(entry);
                    self.word.push::<SPANS>(replacement.as_bytes(), chars, at, end);
                }
                Class::Sigma => {
                    let sigma = if self.is_final_sigma(text, chunk, at, end) { FINAL_SIGMA } else { SMALL_SIGMA };
                    self.word.push::<SPANS>(sigma, 1, at, end);
                }
                Class::Hangul => self.push_jamo::<SPANS>(decode(&text[at..]).point, at, end),
                Class::Reordered => {
                    at = self.push_reordered::<SPANS>(text, at);
                    continue;
                }
                Class::Mark => {}
                _ => self.word.push::<SPANS>(&text[at..end], 1, at, end),
            }
            at = end;
        }
        self.end_word::<SPANS>();
    }

    /// Takes ASCII word characters from `from` on; says where they end. A word of nothing else is cut where it lies.
    #[inline]
    fn ascii_run<const SPANS: bool>(&mut self, text: &[u8], from: usize) -> usize {
        let mut key = 0_u64;
        let mut length = 0;
        for &byte in &text[from..] {
            let lowered = self.table.ascii_word(byte);
            if lowered == 0 {
                break;
            }
            key = key << 8 | u64::from(lowered);
            length += 1;
        }
        let to = from + length;
        if !self.word.is_empty() || to < text.len() && !self.table.ascii_ends_word(text[to]) {
            for (place, &byte) in (from..).zip(&text[from..to]) {
                self.word.push_ascii::<SPANS>(self.table.ascii_word(byte), place);
            }
        } else if length > WordCache::LONGEST {
            self.cut_ascii::<SPANS>(text, from, to);
        } else if let Some(id) = self.tokenizer.cache.get(key) {
            self.emit_word::<SPANS>(id, from, to);
        } else if let Some(id) = self.cut_ascii::<SPANS>(text, from, to) {
            self.tokenizer.cache.put(key, id);
        }
        to
    }

    /// Cuts the ASCII word `text[from..to]`; says its id if it is a token by itself, or unknown.
    fn cut_ascii<const SPANS: bool>(&mut self, text: &[u8], from: usize, to: usize) -> Option<u32> {
        let tokenizer = self.tokenizer;
        let first = self.output.ids.len();
        let mut root = Root::Start;
        let mut at = from;
        let mut known = to - from <= tokenizer.options.max_word_chars as usize;
        while known && at < to {
            let mut walk = tokenizer.trie.walk(root);
            for &byte in &text[at..to] {
                if !walk.step(self.table.ascii_word(byte)) {
                    break;
                }
            }
            let Some((id, length)) = walk.found() else {
                known = false;
                break;
            };
            self.emit::<SPANS>(id, at, at + length);
            at += length;
            root = Root::Continuation;
        }
        if known {
            self.words += 1;
        } else {
            self.output.truncate(first);
            self.emit_word::<SPANS>(tokenizer.unknown, from, to);
        }
        (self.output.ids.len() == first + 1).then(|| self.output.ids[first])
    }

    /// The entry of the character at `at`, and where the next one begins.
    #[inline]
    fn peek(&self, text: &[u8], at: usize) -> (Entry, usize) {
        let decoded = decode(&text[at..]);
        (self.table.entry(decoded.point), at + decoded.length)
    }

    /// As [`Self::peek`], and notes bytes that are no UTF-8. What is read elsewhere is dropped or valid.
    #[inline]
    fn read(&mut self, text: &[u8], at: usize) -> (Entry, usize) {
        let decoded = decode(&text[at..]);
        if !decoded.valid {
            self.first_invalid.get_or_insert(at);
        }
        (self.table.entry(decoded.point), at + decoded.length)
    }

    /// Cuts the word into the longest tokens from its beginning on. If that fails, all of it is unknown.
    #[inline]
    fn end_word<const SPANS: bool>(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let first = self.output.ids.len();
        let mut root = Root::Start;
        let mut at = 0;
        let mut known = !self.word.is_too_long();
        while known && at < self.word.bytes().len() {
            if let Some((id, length)) = self.tokenizer.trie.longest(root, &self.word.bytes()[at..]) {
                let (start, end) = if SPANS { self.word.span_of(at, at + length) } else { (0, 0) };
                self.emit::<SPANS>(id, start as usize, end as usize);
                at += length;
                root = Root::Continuation;
            } else {
                known = false;
            }
        }
        if known {
            self.words += 1;
        } else {
            self.output.truncate(first);
            let (start, end) = self.word.span();
            self.emit_word::<SPANS>(self.tokenizer.unknown, start as usize, end as usize);
        }
        self.word.clear();
    }

    /// A token that is a word by itself.
    #[inline]
    fn emit_word<const SPANS: bool>(&mut self, id: u32, start: usize, end: usize) {
        self.emit::<SPANS>(id, start, end);
        self.words += 1;
    }

    /// A token of the word that is being cut.
    #[inline]
    fn emit<const SPANS: bool>(&mut self, id: u32, start: usize, end: usize) {
        self.output.ids.push(id);
        if SPANS {
            self.output.spans.extend([start as u32, end as u32]);
            self.output.words.push(self.words);
        }
    }

    /// If the chunk that begins at `from` is a special token, takes it as one word and says where it ends.
    fn special_chunk<const SPANS: bool>(&mut self, text: &[u8], from: usize) -> Option<usize> {
        let special_tokens = &self.tokenizer.special_tokens;
        special_tokens.iter().find_map(|token| {
            let end = self.push_if_next::<SPANS>(token, text, from).filter(|&end| self.chunk_ends(text, end));
            if end.is_some() {
                self.end_word::<SPANS>();
            }
            self.word.clear();
            end
        })
    }

    /// Appends `token` to the word if the text goes on with it, dropped characters not counted.
    fn push_if_next<const SPANS: bool>(&mut self, mut token: &[u8], text: &[u8], mut at: usize) -> Option<usize> {
        while !token.is_empty() {
            if at == text.len() {
                return None;
            }
            let (entry, end) = self.peek(text, at);
            if entry.class() != Class::Dropped {
                token = token.strip_prefix(&text[at..end])?;
                self.word.push::<SPANS>(&text[at..end], 1, at, end);
            }
            at = end;
        }
        Some(at)
    }

    /// Whether nothing of the chunk is left at `at`.
    fn chunk_ends(&self, text: &[u8], mut at: usize) -> bool {
        while at < text.len() {
            let (entry, end) = self.peek(text, at);
            match entry.class() {
                Class::Dropped => at = end,
                class => return matches!(class, Class::Space | Class::Ideograph),
            }
        }
        true
    }

    /// Whether a capital sigma at `at..end` is the last letter of its word: a cased character comes before it and none
    /// after it, case-ignorable ones not counted (Unicode 3.13, `Final_Sigma`), within the chunk.
    fn is_final_sigma(&self, text: &[u8], chunk: usize, at: usize, end: usize) -> bool {
        let decides = |entry: Entry| entry.class() != Class::Dropped && !entry.is_case_ignorable();
        let mut start = at;
        let mut after_cased = false;
        while start > chunk {
            start = previous_start(text, start);
            let (entry, _) = self.peek(text, start);
            if decides(entry) {
                after_cased = entry.is_cased();
                break;
            }
        }
        let mut next = end;
        while after_cased && next < text.len() {
            let (entry, after) = self.peek(text, next);
            if matches!(entry.class(), Class::Space | Class::Ideograph) {
                break;
            }
            if decides(entry) {
                return !entry.is_cased();
            }
            next = after;
        }
        after_cased
    }

    fn push_jamo<const SPANS: bool>(&mut self, syllable: u32, at: usize, end: usize) {
        let parts = jamo(syllable);
        let count = if parts[2] == 0 { 2 } else { 3 };
        let mut bytes = [0; 9];
        let mut length = 0;
        for point in parts.into_iter().take(count) {
            let jamo = char::from_u32(point).expect("jamo are characters");
            length += jamo.encode_utf8(&mut bytes[length..]).len();
        }
        self.word.push::<SPANS>(&bytes[..length], count as u32, at, end);
    }

    /// Appends characters in canonical order, from one that may have to change places to the last of its run; says where
    /// the text goes on. The places in the text that they are said to come from stay in order.
    fn push_reordered<const SPANS: bool>(&mut self, text: &[u8], from: usize) -> usize {
        let mut points: Vec<(u32, char)> = Vec::new();
        let mut places = Vec::new();
        let mut at = from;
        while at < text.len() {
            let (entry, end) = self.peek(text, at);
            match entry.class() {
                Class::Reordered if at == from || entry.is_combining() => {
                    for character in self.table.replacement(entry).0.chars() {
                        points.push((self.table.combining_class(character as u32), character));
                        places.push((at, end));
                    }
                }
                Class::Dropped => {}
                Class::Mark if entry.is_combining() => {}
                _ => break,
            }
            at = end;
        }
        points.sort_by_key(|&(class, _)| class);
        for (&(_, character), (start, end)) in points.iter().zip(places) {
            self.word.push::<SPANS>(character.encode_utf8(&mut [0; 4]).as_bytes(), 1, start, end);
        }
        at
    }
}
