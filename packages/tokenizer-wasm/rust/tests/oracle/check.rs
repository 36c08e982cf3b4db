//! Checks that hold for any text, including agreement with the naive tokenizer.

use std::{fmt, iter};

use bertie_tokenizer::{Frame, InvalidUtf8, LineOptions, Options, Output};

use crate::naive::Token;
use crate::tokenizers::{TestVocabulary, pair};

/// A text, and the options for encoding it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) vocabulary: TestVocabulary,
    pub(crate) options: Options,
    pub(crate) lines: LineOptions<'static>,
    pub(crate) text: Vec<u8>,
}

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Self { vocabulary, options, lines, text } = self;
        write!(formatter, "b\"{}\" with vocabulary {vocabulary:?}, {options:?}, {lines:?}", text.escape_ascii())
    }
}

/// Encodes a text in several ways. Returns a description of the first wrong result as the error.
pub(crate) fn check(case: &Case) -> Result<(), String> {
    let Case { vocabulary, options, lines, text } = case;
    let pair = pair(*vocabulary, *options);
    let split: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let each: Vec<_> = split.iter().map(|line| pair.naive.encode(line)).collect();
    let all = if split.len() == 1 { each[0].clone() } else { pair.naive.encode(text) };
    let mut output = Output::default();

    // The second run reads words from the cache, which an encoding with or without spans filled.
    for run in ["first run", "second run"] {
        for spans in if text.len().is_multiple_of(2) { [true, false] } else { [false, true] } {
            output.clear();
            pair.tokenizer.encode([&text[..]], spans, &mut output);
            expect_equal(run, &rows(&output, spans)?, &vec![with_spans_if(&all, spans)])?;
        }
    }
    if !tokens_are_sound(text, &all, pair.tokenizer.vocabulary().len()) {
        return Err(format!("invalid ids or spans: {all:?}"));
    }

    output.clear();
    pair.tokenizer.encode(split, lines.spans, &mut output);
    let each: Vec<_> = each.iter().map(|row| with_spans_if(row, lines.spans)).collect();
    expect_equal("several texts at once", &rows(&output, lines.spans)?, &each)?;

    let (expected, invalid) = lines_of(text, each, *lines);
    output.clear();
    pair.tokenizer.encode_lines(text, *lines, &mut output);
    expect_equal("lines", &rows(&output, lines.spans)?, &expected)?;
    expect_equal("invalid lines", &output.invalid_rows().to_vec(), &invalid)
}

fn expect_equal<T: fmt::Debug + PartialEq>(name: &str, actual: &T, expected: &T) -> Result<(), String> {
    if actual == expected { Ok(()) } else { Err(format!("{name}:\n  actual {actual:?}\nexpected {expected:?}")) }
}

/// Checks invariants that need no oracle: ids are in the vocabulary, and spans are in order, within the text and on
/// character boundaries.
fn tokens_are_sound(text: &[u8], tokens: &[Token], vocabulary: usize) -> bool {
    let utf8 = std::str::from_utf8(text).ok();
    let is_boundary = |at: u32| utf8.is_none_or(|text| text.is_char_boundary(at as usize));
    let previous_spans = iter::once([0, 0]).chain(tokens.iter().map(|token| token.span));
    tokens.iter().zip(previous_spans).all(|(&Token { id, span: [start, end] }, previous)| {
        (id as usize) < vocabulary
            && previous[0] <= start
            && previous[1] <= end
            && start < end
            && end as usize <= text.len()
            && is_boundary(start)
            && is_boundary(end)
    })
}

/// Returns the tokens, with zeros for spans unless `spans` is true.
fn with_spans_if(tokens: &[Token], spans: bool) -> Vec<Token> {
    tokens.iter().map(|token| Token { span: if spans { token.span } else { [0, 0] }, ..*token }).collect()
}

/// Returns the rows of an output, with zeros for spans if the output has none.
fn rows(output: &Output, spans: bool) -> Result<Vec<Vec<Token>>, String> {
    let (ids, ends) = (output.ids(), output.row_ends());
    expect_equal("number of spans", &output.spans().len(), &if spans { ids.len() } else { 0 })?;
    expect_equal("end of the last row", &ends.last().map_or(0, |&end| end as usize), &ids.len())?;
    let spans = output.spans().iter().copied().chain(iter::repeat([0, 0]));
    let tokens: Vec<_> = ids.iter().zip(spans).map(|(&id, span)| Token { id, span }).collect();
    let starts = iter::once(&0).chain(ends);
    Ok(starts.zip(ends).map(|(&start, &end)| tokens[start as usize..end as usize].to_vec()).collect())
}

/// Returns the rows that `encode_lines` should produce from the tokens of each line, and the invalid rows.
fn lines_of(text: &[u8], each: Vec<Vec<Token>>, options: LineOptions<'_>) -> (Vec<Vec<Token>>, Vec<[u32; 2]>) {
    let (mut rows, mut invalid) = (Vec::new(), Vec::new());
    // There is no line after a final line feed.
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    for ((number, line), mut row) in (0..).zip(lines).zip(each) {
        let Frame { prefix, suffix } = options.frame;
        let special = |ids: &[u32]| ids.iter().map(|&id| Token { id, span: [0, 0] }).collect::<Vec<_>>();
        row.truncate(options.max_length.saturating_sub(prefix.len() + suffix.len()));
        row.splice(0..0, special(prefix));
        row.extend(special(suffix));
        if let Err(error) = std::str::from_utf8(line) {
            invalid.push([number, u32::try_from(error.valid_up_to()).expect("test texts are short")]);
            match options.invalid {
                InvalidUtf8::Replace => {}
                InvalidUtf8::Skip => row.clear(),
                InvalidUtf8::Fail => {
                    rows.push(row);
                    break;
                }
            }
        }
        rows.push(row);
    }
    (rows, invalid)
}
