//! Regression tests for bugs found with random texts.

use bertie_tokenizer::{Frame, InvalidUtf8, LineOptions, Options};

use crate::check::{Case, check};
use crate::tokenizers::TestVocabulary;

#[test]
fn fixed_bugs_stay_fixed() {
    let raw = Options {
        lowercase: false,
        strip_accents: false,
        clean_text: false,
        isolate_ideographs: false,
        ..Options::default()
    };
    let all = Options::default();
    let cases: [(&[u8], Options); 7] = [
        // Invalid bytes that were dropped among marks, or inside a special token, were not reported.
        (b"\xf0\x9d\x85\xa5\xff", all),
        (b"[S\xffEP] a", all),
        // An invalid byte was looked up without being replaced.
        (b"\xff a\xff", raw),
        // Words over a low character limit were looked up by their stored prefix.
        (b"ba ba b", Options { max_word_chars: 1, ..raw }),
        (b" aaaaaaaaaaaaaaa", Options { max_word_chars: 1, ..raw }),
        (b"b c[SEP] c", Options { max_word_chars: 1, ..raw }),
        (b"aaaaaaaaaaaaaaa b", Options { max_word_chars: 14, ..all }),
    ];
    let lines = LineOptions { frame: Frame::NONE, max_length: usize::MAX, spans: true, invalid: InvalidUtf8::Replace };
    for (text, options) in cases {
        let case = Case { vocabulary: TestVocabulary::Small, options, lines, text: text.to_vec() };
        assert!(check(&case).is_ok(), "{case:?}: {}", check(&case).unwrap_err());
    }
}
