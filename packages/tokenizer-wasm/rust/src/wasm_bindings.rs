//! The JavaScript bindings.
//!
//! The bindings do not copy texts or results: JavaScript writes to the memory at [`Buffers::input`], and reads the
//! vectors that [`Buffers::tokens`] points to before the next call.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use memchr::memchr_iter;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::ascii::BLOCK;
use crate::encoder::{Frame, RowShape};
use crate::memory::can_allocate;
use crate::{
    AddedToken, InvalidUtf8, LineOptions, Options, Output, SpecialTokenRule, Tokenizer, Vocabulary, WordPiece,
    byte_to_utf16_spans,
};

/// The size above which [`Buffers::shrink`] frees a buffer.
const MAX_RETAINED_BYTES: usize = 1 << 23;

/// The size in bytes above which memory for the longest possible output is reserved before encoding. Running out of
/// memory during encoding would abort the WebAssembly instance with all its tokenizers.
const LARGE_INPUT: usize = 1 << 22;

/// The memory that a tokenizer takes at most while it is created, in bytes: in total, and for each token.
const TABLES: usize = 1 << 21;
const TABLES_PER_TOKEN: usize = 192;

/// The maximum number of ids in a frame for which a small input needs no reserved memory.
const MAX_SMALL_FRAME: usize = 4;

/// The maximum number of tokens in a vocabulary. The word cache stores ids of 20 bits.
const MAX_TOKENS: usize = 1 << 20;

/// Input and output buffers, reused between calls.
#[wasm_bindgen]
#[derive(Default)]
pub struct Buffers {
    input: Vec<u8>,
    /// The end of each text in the input.
    text_ends: Vec<u32>,
    output: Output,
    summary: [u32; 8],
}

#[wasm_bindgen]
impl Buffers {
    /// Creates empty buffers.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Allocates `length` bytes for UTF-8 text. Returns their address, or 0 if there is not enough memory.
    pub fn input(&mut self, length: usize) -> *mut u8 {
        // The encoder reads whole blocks, so it may read past the text. The bytes after the text do not matter.
        let Some(needed) = length.checked_add(BLOCK) else { return core::ptr::null_mut() };
        if self.input.len() < needed {
            self.input.clear();
            let Some(capacity) = needed.checked_next_power_of_two() else { return core::ptr::null_mut() };
            if self.input.try_reserve_exact(capacity).is_err() {
                return core::ptr::null_mut();
            }
            self.input.resize(capacity, 0);
        }
        self.input.as_mut_ptr()
    }

    /// Returns whether there is memory to create a tokenizer from the vocabulary in the first `length` bytes.
    #[must_use]
    pub fn has_memory_for_vocabulary(&self, length: usize) -> bool {
        let tokens = self.input.get(..length).map_or(0, |bytes| memchr_iter(b'\n', bytes).count() + 1);
        can_allocate(TABLES + 2 * length + TABLES_PER_TOKEN * tokens)
    }

    /// Allocates space for the ends of `count` texts in the input. An end is the position after the text's last byte.
    /// Returns the address, or 0 if there is not enough memory.
    pub fn text_ends(&mut self, count: usize) -> *mut u32 {
        self.text_ends.clear();
        if self.text_ends.try_reserve(count).is_err() {
            return core::ptr::null_mut();
        }
        self.text_ends.resize(count, 0);
        self.text_ends.as_mut_ptr()
    }

    /// Returns the address of four pairs, each the address of a vector and its length in 32-bit words: ids, spans, row
    /// ends, invalid rows.
    pub fn tokens(&mut self) -> *const u32 {
        let output = &self.output;
        let vectors =
            [output.ids(), output.spans().as_flattened(), output.row_ends(), output.invalid_rows().as_flattened()];
        let summary = vectors.map(|words| [words.as_ptr() as u32, words.len() as u32]);
        self.summary = core::array::from_fn(|i| summary[i / 2][i % 2]);
        self.summary.as_ptr()
    }

    /// Returns the reason for which the vocabulary in the first `length` bytes was rejected: 1 if it is not valid
    /// UTF-8, 2 if it has too many tokens, 0 if too many tokens share a prefix.
    #[must_use]
    pub fn vocabulary_error(&self, length: usize) -> u32 {
        match self.input.get(..length) {
            Some(bytes) if memchr_iter(b'\n', bytes).count() > MAX_TOKENS => 2,
            Some(bytes) if core::str::from_utf8(bytes).is_ok() => 0,
            _ => 1,
        }
    }

    /// Frees buffers that became unusually large.
    pub fn shrink(&mut self) {
        if self.input.capacity() > MAX_RETAINED_BYTES {
            self.input = Vec::new();
        }
        if self.output.capacity() * size_of::<u32>() > MAX_RETAINED_BYTES {
            self.output = Output::default();
        }
        if self.text_ends.capacity() * size_of::<u32>() > MAX_RETAINED_BYTES {
            self.text_ends = Vec::new();
        }
    }
}

/// Reads a tokenizer's options from the bits of `flags`.
fn unpack_options(flags: u32, max_word_chars: u32) -> Options {
    Options {
        lowercase: flags & 1 != 0,
        strip_accents: flags & 2 != 0,
        clean_text: flags & 4 != 0,
        isolate_ideographs: flags & 8 != 0,
        max_word_chars,
        special_tokens: match flags >> 4 & 3 {
            0 => SpecialTokenRule::Classic,
            1 => SpecialTokenRule::Never,
            _ => SpecialTokenRule::Everywhere,
        },
        strip_all_marks: flags & 1 << 6 != 0,
        isolate_punctuation: flags & 1 << 7 == 0,
        split_symbols: flags & 1 << 8 != 0,
    }
}

/// Reads an added token from its flags, its id and its text.
fn read_added_token(line: &str) -> Option<AddedToken> {
    let (flags, rest) = line.split_once(' ')?;
    let (id, content) = rest.split_once(' ')?;
    let flags: u32 = flags.parse().ok()?;
    Some(AddedToken {
        content: content.to_owned(),
        id: id.parse().ok()?,
        single_word: flags & 1 != 0,
        left_strip: flags & 2 != 0,
        right_strip: flags & 4 != 0,
        normalized: flags & 8 != 0,
        bare_span: flags & 16 != 0,
    })
}

/// The tokenizer that is exported to JavaScript.
#[wasm_bindgen(js_name = Tokenizer)]
pub struct BoundTokenizer(Tokenizer);

#[wasm_bindgen(js_class = Tokenizer)]
// wasm-bindgen passes no structs by value and no optional slices by reference.
#[allow(clippy::too_many_arguments, clippy::needless_pass_by_value)]
impl BoundTokenizer {
    /// Creates a tokenizer from the vocabulary in the first `length` bytes of the buffers: a `vocab.txt`, or, if
    /// `verbatim`, tokens that are separated by line feeds and not trimmed. `special_tokens` are separated by line
    /// feeds as well, as are `added_tokens`, each of which is its flags, its id and its text, separated by spaces. The
    /// flags are a number with the bits 1 for single words, 2 and 4 for whitespace on the left and right, 8 for
    /// normalized text, and 16 for spans without that whitespace. `unknown` is the token for unknown words, and `continuation` is the prefix of tokens that continue a
    /// word. Returns `None` if the vocabulary is rejected; [`Buffers::vocabulary_error`] returns the reason.
    #[must_use]
    pub fn from_vocabulary(
        buffers: &Buffers,
        length: usize,
        verbatim: bool,
        flags: u32,
        max_word_chars: u32,
        special_tokens: &str,
        added_tokens: &str,
        unknown: &str,
        continuation: &str,
    ) -> Option<Self> {
        let vocabulary = buffers.input.get(..length)?;
        if memchr_iter(b'\n', vocabulary).count() > MAX_TOKENS {
            return None;
        }
        let vocabulary = core::str::from_utf8(vocabulary).ok()?;
        let read = if verbatim { Vocabulary::from_tokens } else { Vocabulary::from_lines };
        let special_tokens: Vec<&str> = special_tokens.lines().collect();
        let options = unpack_options(flags, max_word_chars);
        let names = WordPiece { unknown, continuation };
        let tokenizer = Tokenizer::with_word_piece(read(vocabulary), options, &special_tokens, names);
        let added: Option<Vec<_>> = added_tokens.lines().map(read_added_token).collect();
        let tokenizer = tokenizer.with_added_tokens(added?);
        Some(Self(tokenizer)).filter(|tokenizer| !tokenizer.0.is_overfull())
    }

    /// Returns the address of the token with this id, which must be less than the number of tokens.
    #[must_use]
    pub fn token_start(&self, id: u32) -> *const u8 {
        self.0.vocabulary().token(id).as_ptr()
    }

    /// Returns the length in bytes of the token with this id, which must be less than the number of tokens.
    #[must_use]
    pub fn token_length(&self, id: u32) -> usize {
        self.0.vocabulary().token(id).len()
    }

    /// Returns the size of the tokenizer's tables in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.0.memory()
    }

    /// Returns the number of tokens.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.vocabulary().len()
    }

    /// Returns the id of a token.
    #[must_use]
    pub fn id(&self, token: &str) -> Option<u32> {
        self.0.token_id(token)
    }

    /// Returns a text as it is searched for added tokens whose flag for normalized text is set.
    #[must_use]
    pub fn normalized(&self, text: &str) -> String {
        self.0.normalized(text)
    }

    /// Returns pairs of ids of the same token: the earlier id, and the later one, which replaces it.
    #[must_use]
    pub fn duplicates(&self) -> Vec<u32> {
        self.0.duplicates().iter().flat_map(|&(earlier, later)| [earlier, later]).collect()
    }

    /// Encodes the texts in the buffers, one row per text. Adds the first `prefix` ids of `frame` before each text, and
    /// the others after it. Replaces the rows in the output or, if `append`, appends to them; `spans` must then be the
    /// same as before. Spans are in UTF-16 code units. Returns false if there may not be enough memory.
    #[must_use]
    pub fn encode(
        &self,
        buffers: &mut Buffers,
        frame: Option<Box<[u32]>>,
        prefix: usize,
        max_length: usize,
        spans: bool,
        append: bool,
    ) -> bool {
        let Some(frame) = frame_of(frame.as_deref(), prefix) else { return false };
        let shape = RowShape { frame, max_length };
        let Buffers { input, text_ends: ends, output, .. } = buffers;
        if !append {
            output.clear();
        }
        let first = output.row_ends().len();
        let length = ends.last().map_or(0, |&end| end as usize);
        if !ends.is_sorted() || length > input.len() {
            return false;
        }
        // A row is truncated before the next row is encoded.
        let limit = ends.len().saturating_mul(max_length).saturating_add(self.0.max_excess());
        if !has_memory(output, length.min(limit), ends.len(), frame, spans) {
            return false;
        }
        let starts = core::iter::once(0).chain(ends.iter().copied());
        let rows = starts.zip(&*ends).map(|(start, &end)| (&input[start as usize..], (end - start) as usize));
        self.0.encode_rows(rows.clone(), shape, spans, output);
        if !spans {
            return true;
        }
        for (row, (memory, length)) in (first..).zip(rows) {
            let spans = output.row_spans_mut(row);
            // The frame's tokens have no span in the text.
            let text_tokens = frame.prefix.len()..spans.len() - frame.suffix.len();
            byte_to_utf16_spans(&memory[..length], &mut spans[text_tokens]);
        }
        true
    }

    /// Encodes the lines of the first `length` bytes in the buffers, one row per line, with a frame as in
    /// [`Self::encode`]. Spans are in bytes. `invalid` selects the handling of lines that are not valid UTF-8: 0 replaces invalid bytes, 1 leaves the row empty, 2
    /// stops after the row. Returns false if there may not be enough memory.
    #[must_use]
    pub fn encode_lines(
        &self,
        buffers: &mut Buffers,
        length: usize,
        frame: Option<Box<[u32]>>,
        prefix: usize,
        max_length: usize,
        spans: bool,
        invalid: u32,
    ) -> bool {
        let Some(frame) = frame_of(frame.as_deref(), prefix) else { return false };
        let Buffers { input, output, .. } = buffers;
        output.clear();
        // JavaScript passes lines in chunks, each of which is small or a single line.
        if length > input.len() || !has_memory(output, length, 1, frame, spans) {
            return false;
        }
        let options = LineOptions {
            frame,
            max_length,
            spans,
            invalid: match invalid {
                0 => InvalidUtf8::Replace,
                1 => InvalidUtf8::Skip,
                _ => InvalidUtf8::Fail,
            },
        };
        self.0.encode_first_lines(input, length, options, output);
        true
    }
}

/// Splits ids into the `prefix` ids before the text and the ids after it.
fn frame_of(ids: Option<&[u32]>, prefix: usize) -> Option<Frame<'_>> {
    let (prefix, suffix) = ids.unwrap_or_default().split_at_checked(prefix)?;
    Some(Frame { prefix, suffix })
}

/// Returns whether there is memory for this many more tokens of text and rows, with a frame per row.
fn has_memory(output: &mut Output, text_tokens: usize, rows: usize, frame: Frame<'_>, spans: bool) -> bool {
    if output.tokens() + text_tokens + rows <= LARGE_INPUT && frame.len() <= MAX_SMALL_FRAME {
        return true;
    }
    let tokens = rows.checked_mul(frame.len()).and_then(|frames| frames.checked_add(output.tokens() + text_tokens));
    tokens.is_some_and(|tokens| output.try_reserve(tokens, rows, spans))
}
