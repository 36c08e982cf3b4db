//! The vocabulary's file.

use std::fs;
use std::path::Path;

use bertie_tokenizer::{Options, Tokenizer, Vocabulary};

use crate::fault::{Fault, warn};

/// Special tokens that count if a text has them alone between blanks or ideographs: those of the 2018 script.
const SPECIAL_TOKENS: [&str; 5] = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"];
const REQUIRED: [&str; 4] = ["[UNK]", "[CLS]", "[SEP]", "[PAD]"];

/// The text of a `vocab.txt`.
pub(crate) fn read(path: &Path) -> Result<String, Fault> {
    let name = path.display();
    let bytes = fs::read(path).map_err(|error| Fault::Input(format!("{name}: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        Fault::Input(format!("{name}, byte {}: no UTF-8; a vocabulary is a text file, a token a line", place + 1))
    })?;
    // A byte order mark is no part of the first token.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A tokenizer with that vocabulary.
pub(crate) fn tokenizer(text: &str, lower_case: bool) -> Tokenizer {
    let options = Options { lowercase: lower_case, strip_accents: lower_case, ..Options::default() };
    Tokenizer::new(Vocabulary::from_lines(text), options, &SPECIAL_TOKENS)
}

/// Refuses a vocabulary that lacks a special token, and warns of tokens that are there twice.
pub(crate) fn check(path: &Path, tokenizer: &Tokenizer) -> Result<(), Fault> {
    let name = path.display();
    if let Some(missing) = REQUIRED.iter().find(|token| tokenizer.token_id(token).is_none()) {
        return Err(Fault::Input(format!("{name}: there is no {missing}; give the vocab.txt of a BERT model")));
    }
    if let [(earlier, later), more @ ..] = tokenizer.duplicates() {
        let token = tokenizer.vocabulary().token(*later);
        let more = if more.is_empty() { String::new() } else { format!(", and {} more such", more.len()) };
        let (earlier, later) = (earlier + 1, later + 1);
        warn(&format!("{name}: \"{token}\" is there twice, in lines {earlier} and {later}; the last counts{more}"));
    }
    Ok(())
}
