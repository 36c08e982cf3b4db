//! Fuzz target: compares the tokenizer with the naive tokenizer of the crate's tests. The first four bytes of the input select
//! the options; the rest is the text.

#![no_main]

#[path = "../../tests/oracle/check.rs"]
mod check;
#[path = "../../tests/oracle/naive.rs"]
mod naive;
#[path = "../../tests/oracle/tokenizers.rs"]
mod tokenizers;

use bertie_tokenizer::{Frame, InvalidUtf8, LineOptions, Options, SpecialTokenRule};
use check::{Case, check};
use libfuzzer_sys::fuzz_target;
use tokenizers::TestVocabulary;

fuzz_target!(|data: &[u8]| {
    let &[flags, rules, max_length, longest, ref text @ ..] = data else { return };
    let (vocabulary, options, lines) = (vocabulary(rules), options(flags, rules, longest), lines(rules, max_length));
    let case = Case { vocabulary, options, lines, text: text.to_vec() };
    if let Err(difference) = check(&case) {
        panic!("{case:?}: {difference}");
    }
});

/// Selects a vocabulary: mostly the small one, for which tokenizers are created quickly.
fn vocabulary(rules: u8) -> TestVocabulary {
    match rules >> 5 {
        0 => TestVocabulary::English,
        1 => TestVocabulary::Chinese,
        _ => TestVocabulary::Small,
    }
}

fn options(flags: u8, rules: u8, longest: u8) -> Options {
    let flag = |bit: u8| flags >> bit & 1 == 0;
    match vocabulary(rules) {
        TestVocabulary::Small => Options {
            lowercase: flag(0),
            strip_accents: flag(1),
            clean_text: flag(2),
            isolate_ideographs: flag(3),
            max_word_chars: [100, 1, 5, 16][usize::from(longest) % 4],
            special_tokens: [SpecialTokenRule::Classic, SpecialTokenRule::Never, SpecialTokenRule::Everywhere]
                [usize::from(rules & 3) % 3],
        },
        _ => Options { lowercase: flag(0), strip_accents: flag(0), ..Options::default() },
    }
}

fn lines(rules: u8, max_length: u8) -> LineOptions<'static> {
    LineOptions {
        frame: if rules & 4 == 0 { Frame::NONE } else { Frame { prefix: &[2], suffix: &[3] } },
        max_length: if max_length < 128 { usize::MAX } else { usize::from(max_length) - 126 },
        spans: rules & 8 != 0,
        invalid: [InvalidUtf8::Replace, InvalidUtf8::Skip, InvalidUtf8::Fail][usize::from(max_length) % 3],
    }
}
