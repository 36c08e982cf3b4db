//! BERT's `WordPiece` tokenizer, as `tokenization.py` of 2018 defined it, for text of any script.
//!
//! Text goes in as UTF-8 and is read once. A [`CharacterTable`] says for every code point what becomes of it; the words
//! that are left are cut by a [`Trie`]; ids go to flat, reusable buffers. Nothing is allocated for a token.
//!
//! [`CharacterTable`]: character_table::CharacterTable
//! [`Trie`]: trie::Trie

#[cfg(target_arch = "wasm32")]
mod boundary;
mod character_table;
mod encoder;
mod lines;
mod options;
mod output;
mod special_tokens;
mod tokenizer;
mod trie;
pub mod unicode;
mod utf8;
mod vocabulary;
mod word;
mod word_cache;

pub use lines::{InvalidUtf8, LineOptions};
pub use options::{Options, SpecialTokenRule};
pub use output::Output;
pub use tokenizer::Tokenizer;
pub use utf8::byte_to_utf16_offsets;
pub use vocabulary::Vocabulary;
