//! Whole files, a row a line.

use memchr::memchr;

use crate::encoder::{Encoder, RowShape};
use crate::output::Output;
use crate::tokenizer::Tokenizer;

/// What to do with a line that is no UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidUtf8 {
    /// Read U+FFFD for the bytes that cannot be read.
    Replace,
    /// Leave the row empty.
    Skip,
    /// Stop behind the line.
    Fail,
}

/// How lines become rows.
#[derive(Clone, Copy, Debug)]
pub struct LineOptions {
    /// Ids to put before and behind every row: `[CLS]` and `[SEP]`.
    pub frame: Option<[u32; 2]>,
    /// Rows are cut to this many tokens, the frame among them.
    pub max_length: usize,
    /// Whether to say where tokens begin and end: in bytes, from the beginning of the line.
    pub spans: bool,
    /// What to do with a line that is no UTF-8.
    pub invalid: InvalidUtf8,
}

impl Tokenizer {
    /// Encodes every line of `text` as the next row of `output`. The last line needs no line feed.
    pub fn encode_lines(&self, text: &[u8], options: LineOptions, output: &mut Output) {
        self.encode_first_lines(text, text.len(), options, output);
    }

    /// As [`Self::encode_lines`], for the first `length` bytes of `memory`; what follows lets the last lines be read the
    /// fast way, too.
    pub(crate) fn encode_first_lines(&self, memory: &[u8], length: usize, options: LineOptions, output: &mut Output) {
        if options.spans {
            encode_lines::<true>(self, memory, length, options, output);
        } else {
            encode_lines::<false>(self, memory, length, options, output);
        }
    }
}

fn encode_lines<const SPANS: bool>(
    tokenizer: &Tokenizer,
    memory: &[u8],
    length: usize,
    options: LineOptions,
    output: &mut Output,
) {
    let shape = RowShape { frame: options.frame, max_length: options.max_length };
    let mut encoder = Encoder::new(tokenizer, output);
    let mut start = 0;
    while start < length {
        let end = memchr(b'\n', &memory[start..length]).map_or(length, |line| start + line);
        let first = encoder.output().tokens();
        let is_valid = encoder.row::<SPANS>(&memory[start..], end - start, shape);
        match options.invalid {
            InvalidUtf8::Skip if !is_valid => encoder.output().empty_last_row(first),
            InvalidUtf8::Fail if !is_valid => break,
            _ => {}
        }
        start = end + 1;
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
        let options = LineOptions { frame: Some([2, 3]), max_length, spans: true, invalid };
        tokenizer.encode_lines(text, options, &mut output);
        assert_eq!(output.spans().len(), output.ids().len());
        let starts = std::iter::once(&0).chain(output.row_ends());
        let rows = starts.zip(output.row_ends()).map(|(&from, &to)| output.ids()[from as usize..to as usize].to_vec());
        (rows.collect(), output.invalid_rows().to_vec())
    }

    #[test]
    fn every_line_is_a_row_and_is_cut_to_the_maximum() {
        let all = |text: &str, max| rows(text.as_bytes(), InvalidUtf8::Replace, max).0;
        assert_eq!(all("a b\n\nb", usize::MAX), [vec![2, 4, 5, 3], vec![2, 3], vec![2, 5, 3]]);
        assert_eq!(all("a b a\n", 3), [vec![2, 4, 3]]);
        assert_eq!(all("\n", 8), [vec![2, 3]]);
        assert!(all("", 8).is_empty());
    }

    #[test]
    fn invalid_lines_are_replaced_skipped_or_the_last() {
        let text = b"a\na\xff\nb";
        let with = |invalid| rows(text, invalid, 8);
        assert_eq!(with(InvalidUtf8::Replace), (vec![vec![2, 4, 3], vec![2, 4, 3], vec![2, 5, 3]], vec![[1, 1]]));
        assert_eq!(with(InvalidUtf8::Skip), (vec![vec![2, 4, 3], vec![], vec![2, 5, 3]], vec![[1, 1]]));
        assert_eq!(with(InvalidUtf8::Fail).0.len(), 2);
    }
}
