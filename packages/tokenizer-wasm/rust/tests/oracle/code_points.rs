//! Every code point, where it matters what it is.

use bertie_tokenizer::{InvalidUtf8, LineOptions, Options};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::check::{Case, check};
use crate::tokenizers::Words;

/// In words, alone, beside a sigma whose form depends on it, and among marks that change places.
#[test]
fn every_code_point_is_treated_as_what_unicode_says_it_is() {
    let lines = LineOptions { frame: None, max_length: usize::MAX, spans: true, invalid: InvalidUtf8::Replace };
    let mut checked = 0;
    for point in (0..=char::MAX as u32).filter_map(char::from_u32).filter(|&point| is_worth_a_look(point)) {
        let text = format!("a{point}b {point} AΣ{point} {point}Σ Σ{point}B a\u{302e}{point}\u{1d165}");
        for strip_accents in [true, false] {
            let options = Options { strip_accents, ..Options::default() };
            let found = check(&Case { words: Words::Few, options, lines, text: text.clone().into_bytes() });
            assert!(found.is_ok(), "{text:?}: {}", found.unwrap_err());
        }
        checked += 1;
    }
    assert!(checked > 40_000, "{checked}");
}

/// Of the many that are alike (ideographs, syllables, code points without a character) some are enough.
fn is_worth_a_look(point: char) -> bool {
    let alike = matches!(point, '\u{3400}'..='\u{d7a3}' | '\u{17000}'..='\u{18cff}' | '\u{20000}'..='\u{3ffff}')
        || point.general_category_group() == GeneralCategoryGroup::Other;
    !alike || u32::from(point) % 101 == 0
}
