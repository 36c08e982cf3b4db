//! Checks every code point in the contexts that depend on its properties.

use bertie_tokenizer::{Frame, InvalidUtf8, LineOptions, Options};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::check::{Case, check};
use crate::tokenizers::TestVocabulary;

/// The contexts: inside a word, as a word, next to a sigma whose form depends on it, and among marks that are
/// reordered.
#[test]
fn every_code_point_is_processed_by_its_unicode_properties() {
    let lines = LineOptions { frame: Frame::NONE, max_length: usize::MAX, spans: true, invalid: InvalidUtf8::Replace };
    let mut checked = 0;
    for point in (0..=char::MAX as u32).filter_map(char::from_u32).filter(|&point| is_selected(point)) {
        let text = format!("a{point}b {point} AΣ{point} {point}Σ Σ{point}B a\u{302e}{point}\u{1d165}");
        for strip_accents in [true, false] {
            let options = Options { strip_accents, ..Options::default() };
            let result =
                check(&Case { vocabulary: TestVocabulary::Small, options, lines, text: text.clone().into_bytes() });
            assert!(result.is_ok(), "{text:?}: {}", result.unwrap_err());
        }
        checked += 1;
    }
    assert!(checked > 40_000, "{checked}");
}

/// Selects all code points, except that a sample suffices for ideographs, syllables and code points without a
/// character.
fn is_selected(point: char) -> bool {
    let is_sampled = matches!(point, '\u{3400}'..='\u{d7a3}' | '\u{17000}'..='\u{18cff}' | '\u{20000}'..='\u{3ffff}')
        || point.general_category_group() == GeneralCategoryGroup::Other;
    !is_sampled || u32::from(point) % 101 == 0
}
