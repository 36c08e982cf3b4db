//! Strategies for texts that are hard to tokenize, and for options.

use bertie_tokenizer::{Frame, InvalidUtf8, LineOptions, Options, SpecialTokenRule};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::select;
use proptest::{bool, prop_oneof};

use crate::check::Case;
use crate::tokenizers::TestVocabulary;

/// Generates a text with options.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    let cased = Options { lowercase: false, strip_accents: false, ..Options::default() };
    let tokenizer = prop_oneof![
        4 => Just((TestVocabulary::Small, Options::default())),
        2 => Just((TestVocabulary::Small, cased)),
        2 => Just((TestVocabulary::English, Options::default())),
        2 => odd_options().prop_map(|options| (TestVocabulary::Small, options)),
    ];
    (tokenizer, lines(), text()).prop_map(|((vocabulary, options), lines, text)| Case {
        vocabulary,
        options,
        lines,
        text,
    })
}

fn odd_options() -> impl Strategy<Value = Options> {
    let rules = &[SpecialTokenRule::Classic, SpecialTokenRule::Never, SpecialTokenRule::Everywhere];
    let flags = (bool::ANY, bool::ANY, bool::ANY, bool::ANY);
    (flags, select(&[1, 5, 16, 100, 1000][..]), select(&rules[..])).prop_map(
        |(flags, max_word_chars, special_tokens)| {
            let (lowercase, strip_accents, clean_text, isolate_ideographs) = flags;
            Options {
                lowercase,
                strip_accents,
                clean_text,
                isolate_ideographs,
                max_word_chars,
                special_tokens,
                ..Options::default()
            }
        },
    )
}

fn lines() -> impl Strategy<Value = LineOptions<'static>> {
    let ids = || select(vec![&[][..], &[2], &[3, 3]]);
    let frame = (ids(), ids()).prop_map(|(prefix, suffix)| Frame { prefix, suffix });
    let max_length = prop_oneof![Just(usize::MAX), 4..20_usize];
    let invalid = select(&[InvalidUtf8::Replace, InvalidUtf8::Skip, InvalidUtf8::Fail][..]);
    (frame, max_length, bool::ANY, invalid).prop_map(|(frame, max_length, spans, invalid)| LineOptions {
        frame,
        max_length,
        spans,
        invalid,
    })
}

/// Generates a sequence of pieces, sometimes with a prefix that shifts them, and sometimes padded to a block boundary.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let filler = || select(&["a", " ", ".", "b c", "中", "é"][..]);
    let prefix = (filler(), 0..70_usize).prop_map(|(filler, times)| filler.repeat(times).into_bytes());
    let start = prop_oneof![2 => Just(Vec::new()), 1 => prefix];
    let block = select(&[1, 16, 32, 64, 80, 128][..]);
    (start, vec(piece(), 0..12), filler(), block, 0..3_usize).prop_map(|(mut text, pieces, filler, block, beyond)| {
        text.extend(pieces.concat());
        let missing = text.len().next_multiple_of(block) - text.len();
        text.extend(filler.bytes().cycle().take(missing + if block > 1 { beyond } else { 0 }));
        text
    })
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        4 => select(WORDS).prop_map(str::to_owned),
        4 => "[a-e]{1,3}|[a-cA-C]{1,20}",
        2 => long_word(),
        3 => select(BLANKS).prop_map(str::to_owned),
        2 => select(PUNCTUATION).prop_map(str::to_owned),
        2 => "[中文字北京豈更㐀𠀀\u{2f800}]{1,30}",
        1 => "[가-힣\u{1100}-\u{1112}\u{1161}-\u{1175}]{1,8}",
        2 => "[ΑΟΣΔσς’.\u{301}\u{ad}]{1,6}",
        2 => "[aé\u{300}-\u{345}\u{5b0}\u{302e}\u{302f}\u{1d165}\u{1d16e}\u{1d15e}]{1,6}",
        1 => select(CONTROLS).prop_map(str::to_owned),
        2 => select(SPECIAL).prop_map(str::to_owned),
        1 => "\\PC{1,4}",
        1 => vec(any::<char>(), 1..4).prop_map(String::from_iter),
        1 => "[ -~]{1,40}",
        1 => "([a-d]{1,6}[ ,]){1,30}",
        2 => "([aéжЙאकのナ]{1,24}[ 。中,“京]{1,4}){1,20}",
    ];
    prop_oneof![
        12 => text.prop_map(String::into_bytes),
        1 => select(BROKEN).prop_map(<[u8]>::to_vec),
    ]
}

/// Generates words with lengths near those at which the tokenizer switches to another code path.
fn long_word() -> impl Strategy<Value = String> {
    let length = prop_oneof![select(&[8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 99, 100, 101][..]), 1..300_usize];
    let tail = select(&["", "x", "!", "é", "É", "中", "Σ", "\u{301}", "\0"][..]);
    (select(&["abc", "Abc", "hello", "s", "é"][..]), length, tail)
        .prop_map(|(word, length, tail)| word.chars().cycle().take(length).collect::<String>() + tail)
}

const WORDS: &[&str] = &[
    "the",
    "The",
    "hello",
    "HELLO",
    "helper",
    "unable",
    "unhello",
    "world",
    "testing",
    "tests",
    "lo",
    "thehello",
    "zebra",
    "école",
    "ÉCOLE",
    "naïve",
    "İstanbul",
    "ODOSΣ",
    "ΟΔΟΣ",
    "ΑΣ",
    "straße",
    "중국",
    "국",
    "жизнь",
    "का",
    "ナル",
    "😀",
];
const BLANKS: &[&str] = &[
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\n",
    "\t",
    "\r",
    "\r\n",
    "\u{b}",
    "\u{c}",
    "\u{1c}",
    "\u{1f}",
    "\u{85}",
    "\u{a0}",
    "\u{1680}",
    "\u{2003}",
    "\u{2028}",
    "\u{2029}",
    "\u{202f}",
    "\u{3000}",
    "                    ",
];
const PUNCTUATION: &[&str] = &[
    ".",
    ",",
    "!",
    "'",
    "don't",
    "-",
    "...",
    "#",
    "##",
    "$",
    "^",
    "`",
    "|",
    "~",
    "_",
    "。",
    "，",
    "’",
    "«",
    "¿",
    "‰",
    "·",
    "…",
    "\u{37e}",
    "≠",
    "\u{1fef}",
    "€",
    "!?!?!?!?!?!?!?!?!?!",
];
const CONTROLS: &[&str] = &[
    "\0",
    "\u{1}",
    "\u{7f}",
    "\u{9f}",
    "\u{ad}",
    "\u{200b}",
    "\u{200d}",
    "\u{feff}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{e000}",
    "\u{378}",
    "\u{10ffff}",
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
];
const SPECIAL: &[&str] = &[
    "[SEP]",
    "[MASK]",
    "[UNK]",
    "[CLS]",
    "[PAD]",
    "[sep]",
    "[SEP",
    "SEP]",
    "[",
    "]",
    "[[SEP]]",
    "[SEP][MASK]",
    "[S\0EP]",
    "\u{ad}[SEP]\u{ad}",
    "[SÉP]",
    " [SEP] ",
    "[MASK]a",
    "中[SEP]文",
];
const BROKEN: &[&[u8]] = &[
    b"\xff",
    b"\x80",
    b"\xc3",
    b"\xe4\xb8",
    b"\xf0\x9f\x98",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe4",
    b"a\xc3b",
    b"\xf0\x9f",
    b"\xe4\xb8 ",
    b"\xce",
];
