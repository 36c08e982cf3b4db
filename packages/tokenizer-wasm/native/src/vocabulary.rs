//! Reads and checks the vocabulary file.

use std::fs;
use std::path::Path;

use bertie_tokenizer::{Options, Tokenizer, Vocabulary};

use crate::error::{CommandError, warn};

/// The special tokens to recognize in text, as in the original `tokenization.py` (2018).
const SPECIAL_TOKENS: [&str; 5] = ["[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"];
const REQUIRED: [&str; 4] = ["[UNK]", "[CLS]", "[SEP]", "[PAD]"];

/// Reads a `vocab.txt`.
pub(crate) fn read(path: &Path) -> Result<String, CommandError> {
    let name = path.display();
    let bytes = fs::read(path).map_err(|error| CommandError::Input(format!("{name}: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let byte = error.utf8_error().valid_up_to() + 1;
        CommandError::Input(format!(
            "{name}, byte {byte}: invalid UTF-8. Expected a text file with one token per line."
        ))
    })?;
    // A byte order mark is not part of the first token.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Creates a tokenizer with the vocabulary.
pub(crate) fn tokenizer(text: &str, lower_case: bool) -> Tokenizer {
    let options = Options { lowercase: lower_case, strip_accents: lower_case, ..Options::default() };
    Tokenizer::new(Vocabulary::from_lines(text), options, &SPECIAL_TOKENS)
}

/// Returns an error if the vocabulary lacks a required token. Warns about duplicate tokens.
pub(crate) fn check(path: &Path, tokenizer: &Tokenizer) -> Result<(), CommandError> {
    let name = path.display();
    if let Some(missing) = REQUIRED.iter().find(|token| tokenizer.token_id(token).is_none()) {
        return Err(CommandError::Input(format!(
            "{name}: missing token {missing}. Pass the vocab.txt of a BERT model."
        )));
    }
    if let [(earlier, later), more @ ..] = tokenizer.duplicates() {
        let token = tokenizer.vocabulary().token(*later);
        let more = if more.is_empty() { String::new() } else { format!(" ({} more duplicate tokens)", more.len()) };
        let (earlier, later) = (earlier + 1, later + 1);
        warn(&format!("{name}: lines {earlier} and {later} are both \"{token}\". The last one is used{more}."));
    }
    Ok(())
}
