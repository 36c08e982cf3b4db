//! The tokenizers, buffers and results of an instance of the module.

use alloc::collections::BTreeMap;

use memchr::{memchr, memchr_iter};

use super::buffers::Buffers;
use super::error::Error;
use super::options::{RowOptions, TokenizerOptions, Unit, read_added_tokens};
use crate::encoder::{Encoder, Frame, RowShape};
use crate::from_vocab::{SPECIAL_TOKENS, check_size};
use crate::memory::can_allocate;
use crate::span_mode::{SpanMode, in_span_mode};
use crate::utf8::lossy_byte_to_utf16_spans;
use crate::{InvalidUtf8, LineOptions, Output, Tokenizer, Vocabulary, byte_to_char_spans};

/// Memory of a tokenizer without tokens, in bytes, rounded up: the tables of characters and the word cache.
const TOKENIZER_BYTES: usize = 9 << 19;
/// Memory per token of a vocabulary, in bytes, rounded up. Hash tables have twice as many slots as needed.
const BYTES_PER_TOKEN: usize = 128;
/// Memory for each byte of a vocabulary or an added token, rounded up.
const BYTES_PER_BYTE: usize = 3;
const BYTES_PER_BYTE_ADDED: usize = 64;

/// Memory for encoding besides the output, in bytes, rounded up.
const ENCODER_BYTES: usize = 1 << 16;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The number of 32-bit words of a result's description.
const RESULT_WORDS: usize = 8;

/// An address and a length.
pub(super) type Range = [usize; 2];

/// The tokenizers, buffers and results of an instance of the module.
#[derive(Debug, Default)]
pub(crate) struct Instance {
    pub(crate) buffers: Buffers,
    tokenizers: BTreeMap<u32, Tokenizer>,
    last_handle: u32,
    pub(super) output: Output,
}

impl Instance {
    /// Creates a tokenizer and returns its handle. Handles are never used twice.
    pub(crate) fn create(
        &mut self,
        [vocabulary, length]: Range,
        [added, added_length]: Range,
        flags: u32,
        max_word_chars: u32,
    ) -> Result<u32, Error> {
        let TokenizerOptions { options, verbatim } = TokenizerOptions::unpack(flags, max_word_chars)?;
        let bytes = self.buffers.bytes(vocabulary, length)?;
        let vocabulary = core::str::from_utf8(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes));
        let vocabulary = vocabulary.map_err(|_| Error::Utf8)?;
        let added = core::str::from_utf8(self.buffers.bytes(added, added_length)?).map_err(|_| Error::Utf8)?;
        check_size(vocabulary)?;
        let tokens = memchr_iter(b'\n', vocabulary.as_bytes()).count() + 1;
        let needed = [
            Some(TOKENIZER_BYTES),
            tokens.checked_mul(BYTES_PER_TOKEN),
            vocabulary.len().checked_mul(BYTES_PER_BYTE),
            added.len().checked_mul(BYTES_PER_BYTE_ADDED),
        ];
        let needed = needed.into_iter().try_fold(0, |sum: usize, bytes| sum.checked_add(bytes?));
        if !needed.is_some_and(can_allocate) {
            return Err(Error::Memory);
        }
        let added = read_added_tokens(added)?;
        let read = if verbatim { Vocabulary::from_tokens } else { Vocabulary::from_lines };
        let tokenizer =
            Tokenizer::new(read(vocabulary), options, &SPECIAL_TOKENS).with_added_tokens(added).checked()?;
        let handle = self.last_handle.checked_add(1).filter(|&handle| i32::try_from(handle).is_ok());
        self.last_handle = handle.ok_or(Error::Handle)?;
        self.tokenizers.insert(self.last_handle, tokenizer);
        Ok(self.last_handle)
    }

    pub(crate) fn tokenizer(&self, handle: u32) -> Result<&Tokenizer, Error> {
        self.tokenizers.get(&handle).ok_or(Error::Handle)
    }

    pub(crate) fn free(&mut self, handle: u32) -> Result<(), Error> {
        self.tokenizers.remove(&handle).map(drop).ok_or(Error::Handle)
    }

    pub(crate) fn token_id(&self, handle: u32, [token, length]: Range) -> Result<u32, Error> {
        let tokenizer = self.tokenizer(handle)?;
        let token = core::str::from_utf8(self.buffers.bytes(token, length)?).map_err(|_| Error::Utf8)?;
        tokenizer.token_id(token).ok_or(Error::MissingToken)
    }

    /// Encodes each line of a text as a row, and describes the result at the address `result`.
    pub(crate) fn encode_lines(
        &mut self,
        handle: u32,
        [text, length]: Range,
        flags: u32,
        max_length: u32,
        result: usize,
    ) -> Result<(), Error> {
        let options = RowOptions::unpack(flags, max_length)?;
        self.buffers.bytes_mut(result, size_of::<[u32; RESULT_WORDS]>())?;
        let Self { buffers, tokenizers, output, .. } = self;
        let tokenizer = tokenizers.get(&handle).ok_or(Error::Handle)?;
        let memory = if length == 0 { &[] } else { buffers.padded(text, length)? };
        let lines = memchr_iter(b'\n', &memory[..length]).count() + 1;
        prepare(tokenizer, output, length, lines, options)?;
        let [prefix, suffix] = frame_of(tokenizer, options)?;
        let line_options = LineOptions {
            frame: Frame { prefix: prefix.as_slice(), suffix: suffix.as_slice() },
            max_length: options.max_length,
            spans: options.offsets.is_some(),
            invalid: options.invalid,
        };
        tokenizer.encode_first_lines(memory, length, line_options, output);
        let mut start = 0;
        let texts = core::iter::from_fn(|| {
            let end = memchr(b'\n', &memory[start..length]).map_or(length, |line| start + line);
            let text = &memory[start..end];
            start = length.min(end + 1);
            Some(text)
        });
        convert_offsets(output, texts, options);
        self.describe(options, result)
    }

    /// Encodes the rows of a text, and describes the result at the address `result`. `ends` is the position after each
    /// row's last byte.
    pub(crate) fn encode_rows(
        &mut self,
        handle: u32,
        text: usize,
        [ends, rows]: Range,
        flags: u32,
        max_length: u32,
        result: usize,
    ) -> Result<(), Error> {
        let options = RowOptions::unpack(flags, max_length)?;
        self.buffers.bytes_mut(result, size_of::<[u32; RESULT_WORDS]>())?;
        let Self { buffers, tokenizers, output, .. } = self;
        let tokenizer = tokenizers.get(&handle).ok_or(Error::Handle)?;
        let ends = buffers.bytes(ends, rows.checked_mul(size_of::<u32>()).ok_or(Error::Address)?)?;
        let ends = || ends.as_chunks().0.iter().map(|&end| u32::from_le_bytes(end) as usize);
        if !ends().is_sorted() {
            return Err(Error::RowEnds);
        }
        let length = ends().next_back().unwrap_or(0);
        let memory = if length == 0 { &[] } else { buffers.padded(text, length)? };
        prepare(tokenizer, output, length, rows, options)?;
        let [prefix, suffix] = frame_of(tokenizer, options)?;
        let frame = Frame { prefix: prefix.as_slice(), suffix: suffix.as_slice() };
        let shape = RowShape { frame, max_length: options.max_length };
        let texts = core::iter::once(0).chain(ends()).zip(ends());
        let rows = texts.clone().map(|(start, end)| (&memory[start..], end - start));
        let spans = options.offsets.is_some();
        in_span_mode!(spans, mode => encode_texts(&mut Encoder::new(tokenizer, output, mode), rows, shape, options.invalid));
        convert_offsets(output, texts.map(|(start, end)| &memory[start..end]), options);
        self.describe(options, result)
    }

    pub(crate) fn free_result(&mut self) {
        self.output = Output::default();
    }

    /// Writes the addresses and lengths of the result.
    fn describe(&mut self, options: RowOptions, result: usize) -> Result<(), Error> {
        let Self { buffers, output, .. } = self;
        let words: [u32; RESULT_WORDS] = [
            output.ids().as_ptr().addr() as u32,
            output.ids().len() as u32,
            if options.offsets.is_some() { output.spans().as_ptr().addr() as u32 } else { 0 },
            output.row_ends().as_ptr().addr() as u32,
            output.row_ends().len() as u32,
            output.invalid_rows().as_ptr().addr() as u32,
            output.invalid_rows().len() as u32,
            0,
        ];
        let target = buffers.bytes_mut(result, size_of_val(&words))?;
        for (bytes, word) in target.chunks_exact_mut(size_of::<u32>()).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let fails = options.invalid == InvalidUtf8::Fail && !output.invalid_rows().is_empty();
        if fails { Err(Error::Utf8) } else { Ok(()) }
    }
}

/// Returns the ids of `[CLS]` and `[SEP]`, if the options ask for them.
fn frame_of(tokenizer: &Tokenizer, options: RowOptions) -> Result<[Option<u32>; 2], Error> {
    let id = |token| tokenizer.token_id(token).ok_or(Error::MissingToken).map(Some);
    if options.frame { Ok([id("[CLS]")?, id("[SEP]")?]) } else { Ok([None, None]) }
}

/// Clears the output and reserves memory for the next one, with one token per byte and two tokens per row, because
/// running out of memory while encoding would abort the instance with all its tokenizers.
fn prepare(
    tokenizer: &Tokenizer,
    output: &mut Output,
    length: usize,
    rows: usize,
    options: RowOptions,
) -> Result<(), Error> {
    output.clear();
    let frames = rows.checked_mul(2).ok_or(Error::Memory)?;
    let tokens = length.checked_add(frames).ok_or(Error::Memory)?;
    let scratch = scratch_bytes(tokenizer, length).ok_or(Error::Memory)?;
    let fits = output.try_reserve(tokens, rows, options.offsets.is_some()) && can_allocate(scratch);
    if fits { Ok(()) } else { Err(Error::Memory) }
}

/// Returns an upper bound of the memory that encoding takes besides the output.
fn scratch_bytes(tokenizer: &Tokenizer, length: usize) -> Option<usize> {
    // A word takes up to three bytes for each byte of the text, each with the place that it comes from. A text with
    // added tokens is normalized as a whole, likewise. Vectors may grow to twice the size and are then copied.
    let word = length.min(4 * tokenizer.options.max_word_chars as usize);
    let normalized = if tokenizer.added_tokens.is_empty() { word } else { length };
    normalized.checked_mul(3 * 9 * 3)?.checked_add(ENCODER_BYTES)
}

/// Encodes texts as rows. Each text is the given number of bytes at the start of the slice.
fn encode_texts<'a, S: SpanMode>(
    encoder: &mut Encoder<'a, S>,
    texts: impl Iterator<Item = (&'a [u8], usize)>,
    shape: RowShape<'_>,
    invalid: InvalidUtf8,
) {
    for (memory, length) in texts {
        let first = encoder.output().tokens();
        let is_valid = encoder.row(memory, length, shape);
        match invalid {
            InvalidUtf8::Skip if !is_valid => encoder.output().empty_last_row(first),
            InvalidUtf8::Fail if !is_valid => break,
            _ => {}
        }
    }
}

/// Converts the offsets of each row from bytes to the requested unit.
fn convert_offsets<'a>(output: &mut Output, texts: impl Iterator<Item = &'a [u8]>, options: RowOptions) {
    let convert = match options.offsets {
        Some(Unit::Utf16) => lossy_byte_to_utf16_spans,
        Some(Unit::Chars) => byte_to_char_spans,
        _ => return,
    };
    for (row, text) in (0..output.row_ends().len()).zip(texts) {
        let spans = output.row_spans_mut(row);
        // The frame's tokens have no span in the text. Rows that are not valid UTF-8 may be empty.
        let text_tokens = if options.frame && spans.len() > 1 { 1..spans.len() - 1 } else { 0..spans.len() };
        convert(text, &mut spans[text_tokens]);
    }
}
