//! Whole files, a row a line.

use crate::encoder::Encoder;
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
        if options.spans {
            encode_lines::<true>(self, text, options, output);
        } else {
            encode_lines::<false>(self, text, options, output);
        }
    }
}

fn encode_lines<const SPANS: bool>(tokenizer: &Tokenizer, text: &[u8], options: LineOptions, output: &mut Output) {
    let mut encoder = Encoder::new(tokenizer, output);
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let first = encoder.output().ids.len();
        if let Some([before, _]) = options.frame {
            encoder.frame::<SPANS>(before);
        }
        encoder.tokens::<SPANS>(line);
        encoder.output().truncate(first + options.max_length.saturating_sub(usize::from(options.frame.is_some())));
        if let Some([_, behind]) = options.frame {
            encoder.frame::<SPANS>(behind);
        }
        let Some(place) = encoder.end_row() else { continue };
        let output = encoder.output();
        output.invalid_rows.push([output.row_ends.len() as u32 - 1, place as u32]);
        match options.invalid {
            InvalidUtf8::Replace => {}
            InvalidUtf8::Skip => {
                output.truncate(first);
                output.row_ends.pop();
                output.row_ends.push(first as u32);
            }
            InvalidUtf8::Fail => break,
        }
    }
}
