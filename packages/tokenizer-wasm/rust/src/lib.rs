//! BERT's `WordPiece` tokenizer, as `tokenization.py` of 2018 defined it, for text of any script.
//!
//! Text goes in as UTF-8 and is read once. A [`CharacterTable`] says for every code point what becomes of it; the words
//! that are left are looked up in a [`TokenTable`]; ids go to flat, reusable buffers. Nothing is allocated for a token.
//!
//! ```
//! use bertie_tokenizer::{Options, Output, Tokenizer, Vocabulary};
//!
//! let vocabulary = Vocabulary::from_lines("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nwor\n##ld\n!");
//! let tokenizer = Tokenizer::new(vocabulary, Options::default(), &["[SEP]"]);
//! let mut output = Output::default();
//! tokenizer.encode([&b"Hello World!"[..]], true, &mut output);
//! assert_eq!(output.ids(), [4, 5, 6, 7]);
//! assert_eq!(output.spans()[1], [6, 9]); // "Wor", in bytes
//! ```
//!
//! [`CharacterTable`]: character_table::CharacterTable
//! [`TokenTable`]: token_table::TokenTable

mod ascii;
mod ascii_words;
#[cfg(target_arch = "wasm32")]
mod boundary;
mod careful;
mod character_table;
mod encoder;
mod found_words;
mod lines;
mod options;
mod output;
mod ready_words;
mod short_word;
mod slots;
mod special_tokens;
mod token_table;
mod tokenizer;
pub mod unicode;
mod utf8;
mod vocabulary;
mod word;
mod word_cache;

pub use lines::{InvalidUtf8, LineOptions};
pub use options::{Options, SpecialTokenRule};
pub use output::Output;
pub use tokenizer::Tokenizer;
pub use utf8::byte_to_utf16_spans;
pub use vocabulary::Vocabulary;
