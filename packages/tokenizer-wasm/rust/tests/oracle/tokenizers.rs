//! Tokenizers under test, each paired with the naive tokenizer of the same vocabulary and options.

use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;

use bertie_tokenizer::{Options, Tokenizer, Vocabulary};
use flate2::read::GzDecoder;

use crate::naive::NaiveTokenizer;

pub(crate) const SPECIAL_TOKENS: [&str; 5] = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"];

/// A vocabulary for tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TestVocabulary {
    /// Tokens that interact in many ways: letters and marks of many scripts, words that share a prefix, and long words.
    Small,
    /// The vocabulary of bert-base-uncased.
    English,
    /// The vocabulary of bge-small-zh.
    Chinese,
}

/// A tokenizer under test and its oracle.
pub(crate) struct Pair {
    pub(crate) tokenizer: Tokenizer,
    pub(crate) naive: NaiveTokenizer,
}

thread_local! {
    static PAIRS: RefCell<Vec<(TestVocabulary, Options, Rc<Pair>)>> = const { RefCell::new(Vec::new()) };
}

/// Returns the pair with this vocabulary and these options. Pairs are reused, so that their word caches are not empty.
pub(crate) fn pair(vocabulary: TestVocabulary, options: Options) -> Rc<Pair> {
    PAIRS.with_borrow_mut(|pairs| {
        if let Some((_, _, pair)) = pairs.iter().find(|entry| entry.0 == vocabulary && entry.1 == options) {
            return Rc::clone(pair);
        }
        let list = Vocabulary::from_lines(&text(vocabulary));
        let tokens = (0..).zip(0..list.len()).map(|(id, _)| list.token(id));
        let naive = NaiveTokenizer::new(tokens, options, &SPECIAL_TOKENS);
        let pair = Rc::new(Pair { tokenizer: Tokenizer::new(list, options, &SPECIAL_TOKENS), naive });
        pairs.push((vocabulary, options, Rc::clone(&pair)));
        pair
    })
}

/// Returns the contents of the `vocab.txt`.
fn text(vocabulary: TestVocabulary) -> String {
    let packed: &[u8] = match vocabulary {
        TestVocabulary::Small => return small(),
        TestVocabulary::English => include_bytes!("../../../fixtures/vocab-en.txt.gz"),
        TestVocabulary::Chinese => include_bytes!("../../../fixtures/vocab-zh.txt.gz"),
    };
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).expect("the fixture is text");
    text
}

fn small() -> String {
    let mut tokens: Vec<String> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned).into();
    let single = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~。，、「」·‘’“”…«»¿¡‰€中文字北京㐀𠀀豈更\u{2f800}";
    tokens.extend(single.chars().map(String::from));
    // Both words and continuations. Marks occur if accents are not stripped, and jamo if they are.
    let both = "abcdehlnorstuz059ABSΣσςαοιάéößıłжйЖאबकािのナ한국\u{1100}\u{1112}\u{1161}\u{11a8}\u{11ab}中京😀\
        \u{301}\u{307}\u{327}\u{345}\u{5b0}\u{94d}\u{302e}\u{302f}\u{1d165}\u{1d16e}\u{1d158}\u{fffd}\u{ad}\u{200b}\u{7f}\u{1}";
    for char in both.chars() {
        tokens.extend([char.to_string(), format!("##{char}")]);
    }
    let words = "the hello help her he world un able unable sos ab abab ababab lo ll hal test tests testing αο σα οδος \
        중국 école i\u{307} é";
    for word in words.split_whitespace() {
        tokens.extend([word.to_owned(), format!("##{word}")]);
    }
    // Lengths near those at which the tokenizer switches to another code path.
    for length in [7, 8, 9, 14, 15, 16, 17, 31, 32, 33, 63, 64, 65] {
        let long = &"abc".repeat(30)[..length];
        tokens.extend([long.to_owned(), format!("##{long}")]);
    }
    tokens.join("\n")
}
