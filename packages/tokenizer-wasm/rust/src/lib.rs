//! BERT's `WordPiece` tokenizer, as defined by the original `tokenization.py` (2018), for text in any script.
//!
//! The input is UTF-8 and is read once. A [`CharacterTable`] defines how each code point is normalized, a
//! [`TokenTable`] splits the resulting words into tokens, and the ids are written to flat, reusable buffers. Encoding
//! does not allocate per token.
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

mod added_tokens;
mod ascii;
mod ascii_fast_path;
mod cached_tokens;
mod character_table;
mod encoder;
mod foreign_words;
mod hash_table;
mod lines;
mod options;
mod output;
mod short_word;
mod single_token_words;
mod slow_path;
mod sort;
mod special_tokens;
mod token_table;
mod tokenizer;
pub mod unicode;
mod utf8;
mod vocabulary;
#[cfg(target_arch = "wasm32")]
mod wasm_bindings;
mod word;
mod word_batch;
mod word_cache;

pub use added_tokens::AddedToken;
pub use lines::{InvalidUtf8, LineOptions};
pub use options::{Options, SpecialTokenRule};
pub use output::Output;
pub use tokenizer::Tokenizer;
pub use utf8::byte_to_utf16_spans;
pub use vocabulary::Vocabulary;
