//! One pass over the text: characters to words, words to tokens.

use std::cell::RefMut;

use crate::ascii::AsciiSets;
use crate::found_words::FoundWords;
use crate::lines::Line;
use crate::options::SpecialTokenRule;
use crate::output::Output;
use crate::short_word::{Case, ShortWord};
use crate::token_table::Root;
use crate::tokenizer::Tokenizer;
use crate::word::Word;
use crate::word_cache::Tokens;

/// What a row looks like besides its text's tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowShape {
    /// Ids to put before and behind it: `[CLS]` and `[SEP]`.
    pub(crate) frame: Option<[u32; 2]>,
    /// It is cut to this many tokens, the frame among them.
    pub(crate) max_length: usize,
}

impl RowShape {
    /// All of the text's tokens, and nothing else.
    pub(crate) const BARE: Self = Self { frame: None, max_length: usize::MAX };
}

/// Encodes rows of text into an [`Output`].
pub(crate) struct Encoder<'a> {
    pub(crate) tokenizer: &'a Tokenizer,
    /// The row's text and what follows it in memory, which may be looked at together with its end.
    pub(crate) memory: &'a [u8],
    pub(crate) case: Case,
    /// Where the output has enough tokens for the row.
    pub(crate) limit: usize,
    /// What ASCII characters are.
    pub(crate) sets: AsciiSets,
    pub(crate) found: RefMut<'a, FoundWords>,
    pub(crate) word: Word,
    pub(crate) first_invalid: Option<usize>,
    /// Where in the text the row begins.
    pub(crate) origin: usize,
    /// The line that is being read, where lines are rows.
    pub(crate) line: Option<Line>,
    pub(crate) output: &'a mut Output,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(tokenizer: &'a Tokenizer, output: &'a mut Output) -> Self {
        let case = if tokenizer.options.lowercase { Case::Lowered } else { Case::Kept };
        Self {
            tokenizer,
            memory: &[],
            case,
            limit: usize::MAX,
            sets: tokenizer.table.ascii().clone(),
            found: tokenizer.found.borrow_mut(),
            word: Word::new(tokenizer.options.max_word_chars),
            first_invalid: None,
            origin: 0,
            line: None,
            output,
        }
    }

    /// What has been encoded so far.
    pub(crate) fn output(&mut self) -> &mut Output {
        self.output
    }

    /// Encodes the first `length` bytes of `memory`, a text, as the next row. Says whether all of it was UTF-8.
    pub(crate) fn row<const SPANS: bool>(&mut self, memory: &'a [u8], length: usize, shape: RowShape) -> bool {
        // The frame's first token is among those that are cut, its last comes behind them.
        let room = shape.max_length.saturating_sub(usize::from(shape.frame.is_some()));
        let first = self.output.tokens();
        if let Some([before, _]) = shape.frame {
            self.frame::<SPANS>(before);
        }
        self.tokens::<SPANS>(memory, length, room);
        self.output.truncate(first.saturating_add(room));
        if let Some([_, behind]) = shape.frame {
            self.frame::<SPANS>(behind);
        }
        self.end_row()
    }

    /// A token that stands for no text.
    fn frame<const SPANS: bool>(&mut self, id: u32) {
        self.output.reserve::<SPANS>(1);
        self.output.push::<SPANS>(id, [0, 0]);
    }

    /// Ends the row at the last token; says whether all of it was UTF-8.
    pub(crate) fn end_row(&mut self) -> bool {
        let invalid = self.first_invalid.take();
        self.output.end_row(invalid);
        invalid.is_none()
    }

    /// Encodes the first `length` bytes of `memory`, a text, without ending the row. Spans count from its beginning.
    ///
    /// What follows the text does not change its tokens, but lets more of it be read the fast way. With `enough` tokens
    /// it may end early.
    fn tokens<const SPANS: bool>(&mut self, memory: &'a [u8], length: usize, enough: usize) {
        self.memory = memory;
        self.limit = self.output.tokens().saturating_add(enough);
        // No character becomes more tokens than it has bytes.
        self.output.reserve::<SPANS>(length);
        if self.tokenizer.options.special_tokens == SpecialTokenRule::Everywhere {
            self.sections::<SPANS>(length);
        } else {
            self.section::<SPANS>(0, length);
        }
    }

    /// Encodes what stands between special tokens, each stretch as a text of its own.
    fn sections<const SPANS: bool>(&mut self, length: usize) {
        let text = &self.memory[..length];
        let special_tokens = &self.tokenizer.special_tokens;
        let (mut start, mut at) = (0, 0);
        while at < length {
            match special_tokens.may_begin_with(text[at]).then(|| special_tokens.known_at(&text[at..])).flatten() {
                Some((id, length)) => {
                    self.section::<SPANS>(start, at);
                    self.emit::<SPANS>(id, [at, at + length]);
                    at += length;
                    start = at;
                }
                None => at += 1,
            }
        }
        self.section::<SPANS>(start, length);
    }

    /// Encodes `from..to` as a text of its own.
    pub(crate) fn section<const SPANS: bool>(&mut self, from: usize, to: usize) {
        let text = &self.memory[..to];
        let mut at = from;
        while at < to {
            if self.output.tokens() >= self.limit {
                return self.skip(text, at);
            }
            if self.word.is_empty() {
                at = self.ascii_words::<SPANS>(at, to);
            }
            at = self.ready_characters::<SPANS>(text, at);
            if at < to {
                at = self.character::<SPANS>(text, from, at);
            }
        }
        self.end_word::<SPANS>();
    }

    /// Looks only whether the rest of a section is UTF-8.
    #[cold]
    fn skip(&mut self, text: &[u8], at: usize) {
        self.word.clear();
        if let Err(error) = std::str::from_utf8(&text[at..]) {
            self.first_invalid.get_or_insert(at + error.valid_up_to());
        }
    }

    /// Appends ASCII word characters.
    #[inline]
    pub(crate) fn push_ascii<const SPANS: bool>(&mut self, from: usize, to: usize) {
        for (at, byte) in (from..to).zip(&self.memory[from..to]) {
            let byte = if self.case == Case::Lowered { byte.to_ascii_lowercase() } else { *byte };
            self.word.push::<SPANS>(&[byte], 1, at, at + 1);
        }
    }

    /// Whether the character at `at`, of a section that ends at `to`, has three bytes, is a word by itself, and needs no care.
    #[inline]
    pub(crate) fn is_ready(&self, at: usize, to: usize) -> bool {
        let Tokenizer { table, ready_characters_need_no_care, .. } = self.tokenizer;
        let bytes = self.memory[at..].first_chunk().filter(|_| *ready_characters_need_no_care && at + 3 <= to);
        bytes.is_some_and(|bytes| table.ready_id(*bytes).is_some())
    }

    /// Encodes characters of three bytes that are words by themselves: most of Chinese and Japanese. Says where others are.
    ///
    /// All that the loop needs is in local variables. Where an engine checks the bounds of every access to WebAssembly's
    /// memory by instructions, as Deno does, each one that is spared counts: this way takes three a character.
    #[inline]
    fn ready_characters<const SPANS: bool>(&mut self, text: &[u8], at: usize) -> usize {
        let Self { tokenizer, memory, limit, .. } = *self;
        if !self.is_ready(at, text.len()) {
            return at;
        }
        self.end_word::<SPANS>();
        let (ids, spans) = self.output.room::<SPANS>(limit);
        // A character is read with the byte behind it.
        let mut rest = &memory[at..memory.len().min(text.len() + 1)];
        let mut count = 0;
        for room in ids {
            let Some(bytes) = rest.first_chunk() else { break };
            let Some(id) = tokenizer.table.ready_id(*bytes) else { break };
            *room = id;
            count += 1;
            rest = &rest[3..];
        }
        if SPANS {
            let first = (at - self.origin) as u32;
            for (place, span) in (first..).step_by(3).zip(&mut spans[..count]) {
                *span = [place, place + 3];
            }
        }
        self.output.advance(count);
        at + 3 * count
    }

    /// Ends the word, if there is one.
    #[inline]
    pub(crate) fn end_word<const SPANS: bool>(&mut self) {
        if !self.word.is_empty() {
            self.look_word_up::<SPANS>();
        }
    }

    fn look_word_up<const SPANS: bool>(&mut self) {
        let Self { tokenizer, word, output, .. } = self;
        let in_row = |span: [u32; 2]| span.map(|place| place - self.origin as u32);
        let span_of = |from, to| if SPANS { in_row(word.span_of(from, to)) } else { [0, 0] };
        if word.is_too_long() {
            output.push::<SPANS>(tokenizer.unknown, if SPANS { in_row(word.span()) } else { [0, 0] });
        } else if let Some(short) = word.short() {
            match tokenizer.cache.get(short) {
                Some(tokens) => push_remembered::<SPANS>(tokenizer, tokens, word.length(), span_of, output),
                None => cut_short::<SPANS>(tokenizer, short, span_of, output),
            }
        } else {
            cut_long::<SPANS>(tokenizer, word.memory(), word.length(), span_of, output);
        }
        word.clear();
    }

    /// A token that comes from `from..to` of the text.
    #[inline]
    pub(crate) fn emit<const SPANS: bool>(&mut self, id: u32, [from, to]: [usize; 2]) {
        self.output.push::<SPANS>(id, [from - self.origin, to - self.origin].map(|place| place as u32));
    }
}

/// Appends a word's tokens, where `tokenizer` remembers them.
#[inline]
pub(crate) fn push_remembered<const SPANS: bool>(
    tokenizer: &Tokenizer,
    tokens: [Tokens; 2],
    length: usize,
    span_of: impl Fn(usize, usize) -> [u32; 2],
    output: &mut Output,
) {
    if !SPANS {
        return tokens.into_iter().for_each(|tokens| output.push_ids(tokens));
    }
    let count: usize = tokens.into_iter().map(Tokens::count).sum();
    let ids = tokens.into_iter().flat_map(Tokens::ids).take(count);
    let mut from = 0;
    for (id, left) in ids.zip((0..count).rev()) {
        // The last goes to the end: an unknown word's only token does not have its length.
        let to = if left == 0 { length } else { from + tokenizer.length_of(id) };
        output.push::<SPANS>(id, span_of(from, to));
        from = to;
    }
}

/// Cuts a word into the longest tokens from its beginning on, the longest that begins with each of its last so many bytes by
/// `longest`. If there is none, all of it is unknown.
#[inline]
fn cut<const SPANS: bool>(
    tokenizer: &Tokenizer,
    length: usize,
    longest: impl Fn(Root, usize) -> Option<(u32, usize)>,
    span_of: impl Fn(usize, usize) -> [u32; 2],
    output: &mut Output,
) {
    let first = output.tokens();
    let mut root = Root::Start;
    let mut from = 0;
    while from < length {
        let Some((id, bytes)) = longest(root, from) else {
            output.truncate(first);
            return output.push::<SPANS>(tokenizer.unknown, span_of(0, length));
        };
        output.push::<SPANS>(id, span_of(from, from + bytes));
        from += bytes;
        root = Root::Continuation;
    }
}

/// Cuts the word that is the first `length` bytes of `memory`.
fn cut_long<const SPANS: bool>(
    tokenizer: &Tokenizer,
    memory: &[u8],
    length: usize,
    span_of: impl Fn(usize, usize) -> [u32; 2],
    output: &mut Output,
) {
    let longest = |root, from| tokenizer.tokens.longest(root, &memory[from..], length - from);
    cut::<SPANS>(tokenizer, length, longest, span_of, output);
}

/// Cuts a short word, and remembers its tokens. All of it stays in registers: bytes that were just written one by one take
/// long to be read together.
#[inline]
pub(crate) fn cut_short<const SPANS: bool>(
    tokenizer: &Tokenizer,
    word: ShortWord,
    span_of: impl Fn(usize, usize) -> [u32; 2],
    output: &mut Output,
) {
    let (first, bytes, length) = (output.tokens(), word.bytes(), word.length());
    let longest = |root, from| tokenizer.tokens.longest_short(root, bytes >> (8 * from), length - from);
    cut::<SPANS>(tokenizer, length, longest, span_of, output);
    tokenizer.cache.remember(word, &output.ids()[first..]);
}
