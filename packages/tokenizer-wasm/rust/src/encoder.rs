//! Encodes text in one pass, from characters to words and from words to tokens.

use core::cell::{Cell, RefMut};

use crate::FAST_PATHS;
use crate::added_tokens::Found;
use crate::ascii::AsciiSets;
use crate::cached_tokens::Tokens;
use crate::lines::Line;
use crate::output::Output;
use crate::short_word::{Case, ShortWord};
use crate::span_mode::SpanMode;
use crate::token_table::Root;
use crate::tokenizer::Tokenizer;
use crate::word::Word;
use crate::word_batch::WordBatch;

/// The ids added before and after the tokens of a row's text, such as `[CLS]` and `[SEP]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame<'a> {
    /// The ids before the text.
    pub prefix: &'a [u32],
    /// The ids after the text.
    pub suffix: &'a [u32],
}

impl Frame<'_> {
    /// The frame of rows without special tokens.
    pub const NONE: Frame<'static> = Frame { prefix: &[], suffix: &[] };

    /// Returns the number of ids.
    pub(crate) fn len(&self) -> usize {
        self.prefix.len() + self.suffix.len()
    }
}

/// Special tokens and maximum length of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowShape<'a> {
    /// Ids added before and after the text.
    pub(crate) frame: Frame<'a>,
    /// The row is truncated to this many tokens, including the frame.
    pub(crate) max_length: usize,
}

impl RowShape<'_> {
    /// The shape of a row with all tokens of the text, without a frame.
    pub(crate) const BARE: RowShape<'static> = RowShape { frame: Frame::NONE, max_length: usize::MAX };
}

/// Encodes rows of text into an [`Output`].
pub(crate) struct Encoder<'a, S> {
    /// Whether tokens have spans.
    pub(crate) spans: S,
    pub(crate) tokenizer: &'a Tokenizer,
    /// The row's text and the bytes that follow it in memory, which reads of full blocks may include.
    pub(crate) memory: &'a [u8],
    pub(crate) case: Case,
    /// The row is complete once the output has this many tokens.
    pub(crate) limit: usize,
    /// The sets of ASCII characters by kind.
    pub(crate) sets: AsciiSets,
    pub(crate) batch: RefMut<'a, WordBatch>,
    pub(crate) word: Word,
    /// Whether the current word consists of symbols, if symbols are separated from letters.
    pub(crate) is_symbols: bool,
    pub(crate) first_invalid: Option<usize>,
    /// The start of the row in the text.
    pub(crate) origin: usize,
    /// The start and end of the current section in the text.
    pub(crate) bounds: [usize; 2],
    /// The current line, if lines are rows.
    pub(crate) line: Option<Line<'a>>,
    pub(crate) output: &'a mut Output,
}

impl<'a, S: SpanMode> Encoder<'a, S> {
    pub(crate) fn new(tokenizer: &'a Tokenizer, output: &'a mut Output, spans: S) -> Self {
        output.set_spans(spans.has_spans());
        let case = if tokenizer.options.lowercase { Case::Lower } else { Case::Unchanged };
        Self {
            spans,
            tokenizer,
            memory: &[],
            case,
            limit: usize::MAX,
            sets: tokenizer.table.ascii().clone(),
            batch: tokenizer.batch.borrow_mut(),
            word: Word::new(tokenizer.options.max_word_chars),
            is_symbols: false,
            first_invalid: None,
            origin: 0,
            bounds: [0, 0],
            line: None,
            output,
        }
    }

    /// Returns the output, with the rows encoded so far.
    pub(crate) fn output(&mut self) -> &mut Output {
        self.output
    }

    /// Encodes the text in the first `length` bytes of `memory` as the next row. Returns whether it was valid UTF-8.
    pub(crate) fn row(&mut self, memory: &'a [u8], length: usize, shape: RowShape<'_>) -> bool {
        // The prefix counts towards the limit, and the suffix is added after truncation.
        let Frame { prefix, suffix } = shape.frame;
        let max_tokens = shape.max_length.saturating_sub(suffix.len());
        let first = self.output.tokens();
        self.push_special_tokens(prefix);
        self.encode_text(memory, length, max_tokens);
        self.output.truncate(first.saturating_add(max_tokens));
        self.push_special_tokens(suffix);
        self.end_row()
    }

    /// Adds tokens that do not come from the text.
    #[inline]
    fn push_special_tokens(&mut self, ids: &[u32]) {
        self.output.reserve(ids.len());
        for &id in ids {
            self.output.push(id, [0, 0], self.spans);
        }
    }

    /// Ends the row after the last token. Returns whether the row was valid UTF-8.
    #[inline]
    pub(crate) fn end_row(&mut self) -> bool {
        let invalid = self.first_invalid.take();
        self.output.end_row(invalid);
        invalid.is_none()
    }

    /// Encodes the text in the first `length` bytes of `memory` without ending the row. Spans start at 0.
    ///
    /// The bytes after the text do not change its tokens, but allow the fast path to handle its end. May stop after
    /// `max_tokens` tokens.
    fn encode_text(&mut self, memory: &'a [u8], length: usize, max_tokens: usize) {
        self.memory = memory;
        self.limit = self.output.tokens().saturating_add(max_tokens);
        // No character yields more tokens than it has bytes.
        self.output.reserve(length.min(max_tokens.saturating_add(self.tokenizer.max_excess())));
        if self.tokenizer.added_tokens.is_empty() {
            self.section(0, length);
        } else {
            self.sections(length);
        }
    }

    /// Splits the text at added tokens and encodes each section between them as a separate text.
    fn sections(&mut self, length: usize) {
        let Tokenizer { added_tokens, table, .. } = self.tokenizer;
        let mut start = 0;
        for Found { id, range, span } in added_tokens.find(&self.memory[..length], table) {
            self.section(start, range[0]);
            if self.output.tokens() < self.limit {
                self.emit(id, span);
            }
            start = range[1];
        }
        self.section(start, length);
    }

    /// Encodes `from..to` as a separate text.
    pub(crate) fn section(&mut self, from: usize, to: usize) {
        let text = &self.memory[..to];
        self.bounds = [from, to];
        let mut at = from;
        while at < to {
            if self.output.tokens() >= self.limit {
                return self.skip(text, at);
            }
            if FAST_PATHS && self.word.is_empty() {
                at = self.ascii_fast_path(at, to);
            }
            if FAST_PATHS && self.is_three_byte_word(at, to) {
                self.end_word();
                at = self.three_byte_words(text, at);
            }
            if at < to {
                at = self.characters(text, from, at, to);
            }
        }
        self.end_word();
    }

    /// Skips the rest of a section, except for checking that it is valid UTF-8.
    #[cold]
    fn skip(&mut self, text: &[u8], at: usize) {
        self.word.clear();
        if let Err(error) = core::str::from_utf8(&text[at..]) {
            self.first_invalid.get_or_insert(at + error.valid_up_to());
        }
    }

    /// Appends ASCII word characters.
    #[inline]
    pub(crate) fn push_ascii(&mut self, from: usize, to: usize) {
        // A word of more characters is unknown, whatever follows.
        let stored = to.min(from + self.tokenizer.options.max_word_chars as usize + 1);
        for (at, byte) in (from..stored).zip(&self.memory[from..stored]) {
            let byte = if self.case == Case::Lower { byte.to_ascii_lowercase() } else { *byte };
            self.word.push(&[byte], 1, at, at + 1, self.spans);
        }
        if stored < to {
            self.word.push(&[], (to - stored) as u32, stored, to, self.spans);
        }
    }

    /// Returns whether the three-byte fast path can encode the character at `at`, in a section that ends at `to`.
    #[inline]
    pub(crate) fn is_three_byte_word(&self, at: usize, to: usize) -> bool {
        let Tokenizer { table, allows_three_byte_fast_path, .. } = self.tokenizer;
        let bytes = self.memory[at..].first_chunk().filter(|_| *allows_three_byte_fast_path && at + 3 <= to);
        bytes.is_some_and(|bytes| table.three_byte_id(*bytes).is_some())
    }

    /// The fast path for characters of three bytes that are separate words, which are most characters of Chinese and
    /// Japanese text. Returns the position of the first character that this path does not handle.
    ///
    /// The loop uses local variables only, which leaves three memory accesses per character. That matters in engines
    /// such as Deno's, which check the bounds of each access to WebAssembly memory with extra instructions.
    #[inline]
    fn three_byte_words(&mut self, text: &[u8], at: usize) -> usize {
        let Self { spans: mode, tokenizer, memory, limit, .. } = *self;
        let (ids, spans) = self.output.spare(limit, mode);
        // A character is read together with the next byte.
        let mut rest = &memory[at..memory.len().min(text.len() + 1)];
        let mut count = 0;
        for target in ids {
            let Some(bytes) = rest.first_chunk() else { break };
            let Some(id) = tokenizer.table.three_byte_id(*bytes) else { break };
            *target = id;
            count += 1;
            rest = &rest[3..];
        }
        if mode.has_spans() {
            let first = (at - self.origin) as u32;
            for (position, span) in (first..).step_by(3).zip(&mut spans[..count]) {
                *span = [position, position + 3];
            }
        }
        self.output.advance(count);
        at + 3 * count
    }

    /// Ends the current word, if there is one.
    #[inline]
    pub(crate) fn end_word(&mut self) {
        if !self.word.is_empty() {
            self.encode_word(true);
        }
    }

    /// Encodes the current word and clears it. `caches` is whether to use the cache.
    pub(crate) fn encode_word(&mut self, caches: bool) {
        let Self { spans: mode, tokenizer, word, output, .. } = self;
        let in_row = |span: [u32; 2]| span.map(|position| position - self.origin as u32);
        let spans = mode.has_spans();
        let span_of = |from, to| if spans { in_row(word.span_of(from, to)) } else { [0, 0] };
        if word.is_too_long() {
            output.push(tokenizer.unknown, if spans { in_row(word.span()) } else { [0, 0] }, *mode);
        } else if let Some(short) = word.short().filter(|_| FAST_PATHS) {
            if !caches {
                split_short(tokenizer, short, span_of, *mode, output);
                return word.clear();
            }
            let tokens = tokenizer.cache.get(short);
            if !push_cached_tokens(tokenizer, tokens, word.length(), span_of, *mode, output) {
                split_and_cache(tokenizer, short, span_of, *mode, output);
            }
        } else {
            split_long(tokenizer, word.memory(), word.length(), span_of, *mode, output);
        }
        word.clear();
    }

    /// Adds a token that comes from `from..to` of the text.
    #[inline]
    pub(crate) fn emit(&mut self, id: u32, [from, to]: [usize; 2]) {
        self.output.push(id, [from - self.origin, to - self.origin].map(|position| position as u32), self.spans);
    }
}

/// Appends the tokens of a word whose spans the lengths of its tokens imply, and which is in the cache. Returns whether the
/// cache still has them.
#[inline]
pub(crate) fn push_cached_tokens(
    tokenizer: &Tokenizer,
    tokens: Tokens,
    length: usize,
    span_of: impl Fn(usize, usize) -> [u32; 2],
    mode: impl SpanMode,
    output: &mut Output,
) -> bool {
    let mut push = |id, [from, to]: [u32; 2]| {
        output.push(id, if mode.has_spans() { span_of(from as usize, to as usize) } else { [0, 0] }, mode);
    };
    if tokens.are_stored() {
        let Some((stored, count)) = tokenizer.cache.stored(tokens) else { return false };
        stored[..count].iter().map(Cell::get).for_each(|token| push(token.id(), token.span()));
    } else {
        let ids = &tokens.ids()[..tokens.count()];
        ids.iter().zip(implied_spans(tokenizer, ids, length)).for_each(|(&id, span)| push(id, span));
    }
    tokens != Tokens::NONE
}

/// Returns the spans of a word's tokens within the word, which has `length` bytes in its normalized form.
#[inline]
pub(crate) fn implied_spans(tokenizer: &Tokenizer, ids: &[u32], length: usize) -> impl Iterator<Item = [u32; 2]> {
    let mut from = 0;
    ids.iter().enumerate().map(move |(index, &id)| {
        let start = from;
        // The last token extends to the end of the word: the length of `[UNK]` differs from that word's length.
        let hidden = if start == 0 { 0 } else { tokenizer.hidden_prefix() };
        from = if index + 1 == ids.len() { length } else { start + tokenizer.length_of(id) - hidden };
        [start as u32, from as u32]
    })
}

/// Splits a word into tokens by longest match first, where `longest` finds the longest match at a position. If a
/// position has no match, the whole word is unknown.
#[inline]
fn split(
    tokenizer: &Tokenizer,
    length: usize,
    longest: impl Fn(Root, usize) -> Option<(u32, usize)>,
    span_of: impl Fn(usize, usize) -> [u32; 2],
    mode: impl SpanMode,
    output: &mut Output,
) {
    let first = output.tokens();
    let mut root = Root::Start;
    let mut from = 0;
    while from < length {
        let Some((id, bytes)) = longest(root, from) else {
            output.truncate(first);
            return output.push(tokenizer.unknown, span_of(0, length), mode);
        };
        output.push(id, span_of(from, from + bytes), mode);
        from += bytes;
        root = Root::Continuation;
    }
}

/// Splits the word in the first `length` bytes of `memory`.
fn split_long(
    tokenizer: &Tokenizer,
    memory: &[u8],
    length: usize,
    span_of: impl Fn(usize, usize) -> [u32; 2],
    mode: impl SpanMode,
    output: &mut Output,
) {
    let longest = |root, from| tokenizer.table.tokens.longest(root, &memory[from..], length - from);
    split(tokenizer, length, longest, span_of, mode, output);
}

/// Splits a short word and caches its tokens.
#[inline]
pub(crate) fn split_and_cache(
    tokenizer: &Tokenizer,
    word: ShortWord,
    span_of: impl Fn(usize, usize) -> [u32; 2],
    mode: impl SpanMode,
    output: &mut Output,
) {
    let first = output.tokens();
    split_short(tokenizer, word, span_of, mode, output);
    let ids = &output.ids()[first..];
    match *ids {
        [id] if FAST_PATHS && id != tokenizer.unknown => tokenizer.single_token_words.insert(word, id),
        _ => {}
    }
    tokenizer.cache.insert(word, ids, implied_spans(tokenizer, ids, word.length()));
}

/// Splits a short word. The word stays in registers: reading several bytes at once that were just written one by one would
/// stall the CPU (a failed store-to-load forwarding).
#[inline]
fn split_short(
    tokenizer: &Tokenizer,
    word: ShortWord,
    span_of: impl Fn(usize, usize) -> [u32; 2],
    mode: impl SpanMode,
    output: &mut Output,
) {
    let (bytes, length) = (word.bytes(), word.length());
    let longest = |root, from| tokenizer.table.tokens.longest_short(root, bytes >> (8 * from), length - from);
    split(tokenizer, length, longest, span_of, mode, output);
}
