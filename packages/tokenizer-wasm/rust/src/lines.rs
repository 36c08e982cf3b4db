//! Encodes text line by line, one row per line.

use memchr::{memchr, memrchr};

use crate::FAST_PATHS;
use crate::encoder::{Encoder, Frame, RowShape};
use crate::output::Output;
use crate::span_mode::{SpanMode, in_span_mode};
use crate::tokenizer::Tokenizer;

/// Handling of lines that are not valid UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidUtf8 {
    /// Replaces invalid bytes with U+FFFD.
    Replace,
    /// Leaves the row empty.
    Skip,
    /// Stops after the line.
    Fail,
}

/// Options for encoding lines as rows.
#[derive(Clone, Copy, Debug)]
pub struct LineOptions<'a> {
    /// Ids added before and after the tokens of each row.
    pub frame: Frame<'a>,
    /// Maximum number of tokens per row, including the frame. Longer rows are truncated.
    pub max_length: usize,
    /// Whether to return the start and end of each token, in bytes from the start of the line.
    pub spans: bool,
    /// Handling of lines that are not valid UTF-8.
    pub invalid: InvalidUtf8,
}

impl Tokenizer {
    /// Encodes each line of `text` as the next row of `output`. The last line may lack a line feed.
    pub fn encode_lines(&self, text: &[u8], options: LineOptions<'_>, output: &mut Output) {
        self.encode_first_lines(text, text.len(), options, output);
    }

    /// Like [`Self::encode_lines`], for the first `length` bytes of `memory`. The bytes after them allow the fast path
    /// to handle the last lines as well.
    pub(crate) fn encode_first_lines(
        &self,
        memory: &[u8],
        length: usize,
        options: LineOptions<'_>,
        output: &mut Output,
    ) {
        in_span_mode!(options.spans, mode => encode_lines(&mut Encoder::new(self, output, mode), memory, length, options));
    }
}

fn encode_lines<'a, S: SpanMode>(
    encoder: &mut Encoder<'a, S>,
    memory: &'a [u8],
    length: usize,
    options: LineOptions<'a>,
) {
    let mut start = 0;
    if FAST_PATHS && options.max_length == usize::MAX && options.invalid != InvalidUtf8::Fail {
        let sets = encoder.sets.clone();
        while start < length {
            let end = chunk_end(&memory[..length], start);
            if encoder.tokenizer.added_tokens.may_occur_in(&memory[start..end]) {
                encoder.sets = sets.clone();
                rows(encoder, memory, [start, end], options);
            } else {
                encoder.sets.treat_line_feeds_as_words();
                encoder.lines(&memory[start..], end - start, options);
            }
            start = end;
        }
    } else {
        rows(encoder, memory, [0, length], options);
    }
}

/// Encodes the lines in a range of `memory`, one pass per line.
fn rows<'a, S: SpanMode>(
    encoder: &mut Encoder<'a, S>,
    memory: &'a [u8],
    [mut start, length]: [usize; 2],
    options: LineOptions<'_>,
) {
    let shape = RowShape { frame: options.frame, max_length: options.max_length };
    while start < length {
        let end = memchr(b'\n', &memory[start..length]).map_or(length, |line| start + line);
        let first = encoder.output().tokens();
        let is_valid = encoder.row(&memory[start..], end - start, shape);
        match options.invalid {
            InvalidUtf8::Skip if !is_valid => encoder.output().empty_last_row(first),
            InvalidUtf8::Fail if !is_valid => break,
            _ => {}
        }
        start = end + 1;
    }
}

/// The size of a chunk of whole lines. The output has capacity for one token per byte of a chunk.
const CHUNK: usize = 1 << 16;

/// Returns the end of the chunk of whole lines that starts at `start`.
fn chunk_end(text: &[u8], start: usize) -> usize {
    let wanted = text.len().min(start + CHUNK);
    let last = memrchr(b'\n', &text[start..wanted]).map(|position| start + position + 1);
    let next = || memchr(b'\n', &text[wanted..]).map_or(text.len(), |position| wanted + position + 1);
    if wanted == text.len() { wanted } else { last.unwrap_or_else(next) }
}

/// The current line, if lines are rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    frame: Frame<'a>,
    /// Whether a line that is not valid UTF-8 becomes an empty row.
    skips_invalid: bool,
    first_token: usize,
    /// The end of the last line.
    end: usize,
}

impl<'a, S: SpanMode> Encoder<'a, S> {
    /// Encodes each line of the first `length` bytes of `memory` as the next row. A single pass over all lines is
    /// faster than one pass per line.
    fn lines(&mut self, memory: &'a [u8], length: usize, options: LineOptions<'a>) {
        (self.memory, self.limit) = (memory, usize::MAX);
        let skips_invalid = options.invalid == InvalidUtf8::Skip;
        self.line = Some(Line { frame: options.frame, skips_invalid, first_token: 0, end: length });
        self.begin_line(0);
        self.section(0, length);
        if self.origin < length {
            self.end_line(length);
        }
        (self.line, self.origin) = (None, 0);
    }

    /// Starts the line at `start`, if there is one.
    #[inline]
    fn begin_line(&mut self, start: usize) {
        let Some(line) = &mut self.line else { return };
        (self.origin, line.first_token) = (start, self.output.tokens());
        if start < line.end {
            // No character yields more tokens than it has bytes.
            self.output.reserve(line.end - start + line.frame.len());
            for &id in line.frame.prefix {
                self.output.push(id, [0, 0], self.spans);
            }
        }
    }

    /// Ends the line whose line feed, or the end of the text, is at `at`, and starts the next line.
    #[inline]
    pub(crate) fn end_line(&mut self, at: usize) {
        let Some(Line { frame, skips_invalid, first_token, .. }) = self.line else { return };
        for &id in frame.suffix {
            self.output.push(id, [0, 0], self.spans);
        }
        self.first_invalid = self.first_invalid.map(|position| position - self.origin);
        if !self.end_row() && skips_invalid {
            self.output.empty_last_row(first_token);
        }
        self.begin_line(at + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Vocabulary};

    fn rows(text: &[u8], invalid: InvalidUtf8, max_length: usize) -> (Vec<Vec<u32>>, Vec<[u32; 2]>) {
        let vocabulary = Vocabulary::from_lines("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb");
        let tokenizer = Tokenizer::new(vocabulary, Options::default(), &["[SEP]"]);
        let mut output = Output::default();
        let options = LineOptions { frame: Frame { prefix: &[2], suffix: &[3] }, max_length, spans: true, invalid };
        tokenizer.encode_lines(text, options, &mut output);
        assert_eq!(output.spans().len(), output.ids().len());
        let starts = core::iter::once(&0).chain(output.row_ends());
        let rows = starts.zip(output.row_ends()).map(|(&from, &to)| output.ids()[from as usize..to as usize].to_vec());
        (rows.collect(), output.invalid_rows().to_vec())
    }

    #[test]
    fn every_line_is_a_row_truncated_to_the_maximum() {
        let all = |text: &str, max| rows(text.as_bytes(), InvalidUtf8::Replace, max).0;
        assert_eq!(all("a b\n\nb", usize::MAX), [vec![2, 4, 5, 3], vec![2, 3], vec![2, 5, 3]]);
        assert_eq!(all("a b a\n", 3), [vec![2, 4, 3]]);
        assert_eq!(all("\n", 8), [vec![2, 3]]);
        assert!(all("", 8).is_empty());
    }

    #[test]
    fn invalid_lines_are_replaced_skipped_or_end_the_output() {
        let text = b"a\na\xff\nb";
        let with = |invalid| rows(text, invalid, 8);
        assert_eq!(with(InvalidUtf8::Replace), (vec![vec![2, 4, 3], vec![2, 4, 3], vec![2, 5, 3]], vec![[1, 1]]));
        assert_eq!(with(InvalidUtf8::Skip), (vec![vec![2, 4, 3], vec![], vec![2, 5, 3]], vec![[1, 1]]));
        assert_eq!(with(InvalidUtf8::Fail).0.len(), 2);
    }
}
