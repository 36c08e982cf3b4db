//! Tokenizers to test, each with the plain one of the same vocabulary and options.

use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;

use bertie_tokenizer::{Options, Tokenizer, Vocabulary};
use flate2::read::GzDecoder;

use crate::plain::Plain;

pub(crate) const SPECIAL_TOKENS: [&str; 5] = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"];

/// Whose tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// A few that meet in many ways: letters and marks of many scripts, words that begin alike, long ones.
    Few,
    English,
    Chinese,
}

/// A tokenizer and its oracle.
pub(crate) struct Pair {
    pub(crate) tokenizer: Tokenizer,
    pub(crate) plain: Plain,
}

thread_local! {
    static KNOWN: RefCell<Vec<(Words, Options, Rc<Pair>)>> = const { RefCell::new(Vec::new()) };
}

/// The pair of these tokens and options; made once, so that the tokenizer has seen other texts before.
pub(crate) fn pair(words: Words, options: Options) -> Rc<Pair> {
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, _, pair)) = known.iter().find(|(of, with, _)| *of == words && *with == options) {
            return Rc::clone(pair);
        }
        let vocabulary = Vocabulary::from_lines(&text(words));
        let tokens = (0..).zip(0..vocabulary.len()).map(|(id, _)| vocabulary.token(id));
        let plain = Plain::new(tokens, options, &SPECIAL_TOKENS);
        let pair = Rc::new(Pair { tokenizer: Tokenizer::new(vocabulary, options, &SPECIAL_TOKENS), plain });
        known.push((words, options, Rc::clone(&pair)));
        pair
    })
}

/// A `vocab.txt`.
fn text(words: Words) -> String {
    let packed: &[u8] = match words {
        Words::Few => return few(),
        Words::English => include_bytes!("../../../fixtures/vocab-en.txt.gz"),
        Words::Chinese => include_bytes!("../../../fixtures/vocab-zh.txt.gz"),
    };
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).expect("the fixture is text");
    text
}

fn few() -> String {
    let mut tokens: Vec<String> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned).into();
    let alone = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~。，、「」·‘’“”…«»¿¡‰€中文字北京㐀𠀀豈更\u{2f800}";
    tokens.extend(alone.chars().map(String::from));
    // Letters and marks stand alone and go on: marks where accents are kept, jamo where they are not.
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
    // Lengths around those of words that are treated alike.
    for length in [7, 8, 9, 14, 15, 16, 17, 31, 32, 33, 63, 64, 65] {
        let long = &"abc".repeat(30)[..length];
        tokens.extend([long.to_owned(), format!("##{long}")]);
    }
    tokens.join("\n")
}
