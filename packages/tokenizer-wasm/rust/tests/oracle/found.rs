//! What random texts have found.

use bertie_tokenizer::{InvalidUtf8, LineOptions, Options};

use crate::check::{Case, check};
use crate::tokenizers::Words;

#[test]
fn what_was_wrong_once_is_right() {
    let raw = Options {
        lowercase: false,
        strip_accents: false,
        clean_text: false,
        isolate_ideographs: false,
        ..Options::default()
    };
    let all = Options::default();
    let found: [(&[u8], Options); 7] = [
        // Bad bytes that were dropped among marks, or within a special token, did not count.
        (b"\xf0\x9d\x85\xa5\xff", all),
        (b"[S\xffEP] a", all),
        // A bad byte was looked up as it was.
        (b"\xff a\xff", raw),
        // Words too long, by a short limit, were looked up by what had been kept of them.
        (b"ba ba b", Options { max_word_chars: 1, ..raw }),
        (b" aaaaaaaaaaaaaaa", Options { max_word_chars: 1, ..raw }),
        (b"b c[SEP] c", Options { max_word_chars: 1, ..raw }),
        (b"aaaaaaaaaaaaaaa b", Options { max_word_chars: 14, ..all }),
    ];
    let lines = LineOptions { frame: None, max_length: usize::MAX, spans: true, invalid: InvalidUtf8::Replace };
    for (text, options) in found {
        let case = Case { words: Words::Few, options, lines, text: text.to_vec() };
        assert!(check(&case).is_ok(), "{case:?}: {}", check(&case).unwrap_err());
    }
}
