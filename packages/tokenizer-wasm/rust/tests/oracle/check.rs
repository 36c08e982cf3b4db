//! What must hold for any text, and the plain tokenizer's opinion of it.

use std::{fmt, iter};

use bertie_tokenizer::{InvalidUtf8, LineOptions, Options, Output};

use crate::plain::Token;
use crate::tokenizers::{Words, pair};

/// A text, and how to encode it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) words: Words,
    pub(crate) options: Options,
    pub(crate) lines: LineOptions,
    pub(crate) text: Vec<u8>,
}

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Self { words, options, lines, text } = self;
        write!(formatter, "b\"{}\" with words {words:?}, {options:?}, {lines:?}", text.escape_ascii())
    }
}

/// Says where the tokenizer is wrong about a text.
pub(crate) fn check(case: &Case) -> Result<(), String> {
    let Case { words, options, lines, text } = case;
    let pair = pair(*words, *options);
    let split: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let each: Vec<_> = split.iter().map(|line| pair.plain.encode(line)).collect();
    let all = if split.len() == 1 { each[0].clone() } else { pair.plain.encode(text) };
    let mut output = Output::default();

    // Twice, because the second run reads words from the cache.
    for round in ["at first", "again"] {
        for spans in [true, false] {
            output.clear();
            pair.tokenizer.encode([&text[..]], spans, &mut output);
            agree(round, &rows(&output, spans)?, &vec![without(&all, spans)])?;
        }
    }
    if !tokens_are_sound(text, &all, pair.tokenizer.vocabulary().len()) {
        return Err(format!("ids or spans that cannot be: {all:?}"));
    }

    output.clear();
    pair.tokenizer.encode(split, lines.spans, &mut output);
    let each: Vec<_> = each.iter().map(|row| without(row, lines.spans)).collect();
    agree("several texts at once", &rows(&output, lines.spans)?, &each)?;

    let (expected, invalid) = lines_of(text, each, *lines);
    output.clear();
    pair.tokenizer.encode_lines(text, *lines, &mut output);
    agree("lines", &rows(&output, lines.spans)?, &expected)?;
    agree("invalid lines", &output.invalid_rows().to_vec(), &invalid)
}

fn agree<T: fmt::Debug + PartialEq>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}:\n   found {found:?}\nexpected {expected:?}")) }
}

/// Checks invariants that need no oracle: ids are known, spans are in order, in the text and on character boundaries.
fn tokens_are_sound(text: &[u8], tokens: &[Token], vocabulary: usize) -> bool {
    let utf8 = std::str::from_utf8(text).ok();
    let is_boundary = |place: u32| utf8.is_none_or(|text| text.is_char_boundary(place as usize));
    let befores = iter::once([0, 0]).chain(tokens.iter().map(|token| token.span));
    tokens.iter().zip(befores).all(|(&Token { id, span: [start, end] }, before)| {
        (id as usize) < vocabulary
            && before[0] <= start
            && before[1] <= end
            && start < end
            && end as usize <= text.len()
            && is_boundary(start)
            && is_boundary(end)
    })
}

fn without(tokens: &[Token], spans: bool) -> Vec<Token> {
    tokens.iter().map(|token| Token { span: if spans { token.span } else { [0, 0] }, ..*token }).collect()
}

/// The rows of an output; spans are zeros where there are none.
fn rows(output: &Output, spans: bool) -> Result<Vec<Vec<Token>>, String> {
    let (ids, ends) = (output.ids(), output.row_ends());
    agree("number of spans", &output.spans().len(), &if spans { ids.len() } else { 0 })?;
    agree("end of the last row", &ends.last().map_or(0, |&end| end as usize), &ids.len())?;
    let places = output.spans().iter().copied().chain(iter::repeat([0, 0]));
    let tokens: Vec<_> = ids.iter().zip(places).map(|(&id, span)| Token { id, span }).collect();
    let starts = iter::once(&0).chain(ends);
    Ok(starts.zip(ends).map(|(&start, &end)| tokens[start as usize..end as usize].to_vec()).collect())
}

/// What `encode_lines` makes of the tokens of each line, and the invalid lines.
fn lines_of(text: &[u8], each: Vec<Vec<Token>>, options: LineOptions) -> (Vec<Vec<Token>>, Vec<[u32; 2]>) {
    let (mut rows, mut invalid) = (Vec::new(), Vec::new());
    // There is no line behind the last line feed.
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    for ((number, line), mut row) in (0..).zip(lines).zip(each) {
        if let Some([before, behind]) = options.frame {
            row.truncate(options.max_length.saturating_sub(2));
            row.insert(0, Token { id: before, span: [0, 0] });
            row.push(Token { id: behind, span: [0, 0] });
        }
        row.truncate(options.max_length);
        if let Err(error) = std::str::from_utf8(line) {
            invalid.push([number, u32::try_from(error.valid_up_to()).expect("texts of tests are short")]);
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
