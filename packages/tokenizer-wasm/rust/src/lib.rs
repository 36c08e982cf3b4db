//! BERT's `WordPiece` tokenizer: converts text to token ids, and returns the position of each token in the text.
//!
//! The ids are equal to the ids of the original `tokenization.py` (2018), for text in any script.
//!
//! ```
//! use bertie_tokenizer::{Options, Output, Tokenizer};
//!
//! let vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nwor\n##ld\n!"; // std::fs::read_to_string("vocab.txt")?
//! let tokenizer = Tokenizer::from_vocab(vocab, Options::default())?;
//!
//! let mut output = Output::default();
//! tokenizer.encode(["Hello World!".as_bytes(), b"hello"], true, &mut output);
//! let rows: Vec<&[u32]> = output.rows().collect();
//! assert_eq!(rows, [&[4, 5, 6, 7][..], &[4]]);
//! assert_eq!(output.spans()[1], [6, 9]); // "Wor", in bytes
//! # Ok::<(), bertie_tokenizer::VocabularyError>(())
//! ```
//!
//! # Lines, special tokens and truncation
//!
//! [`Tokenizer::encode_lines`] encodes a text with one row per line in one pass, which is faster than one call per line:
//!
//! ```
//! use bertie_tokenizer::{Frame, InvalidUtf8, LineOptions, Options, Output, Tokenizer};
//!
//! let tokenizer = Tokenizer::from_vocab("[UNK]\n[CLS]\n[SEP]\na\nb", Options::default())?;
//! let id = |token| tokenizer.token_id(token).expect("the vocabulary has the special tokens");
//! let options = LineOptions {
//!     frame: Frame { prefix: &[id("[CLS]")], suffix: &[id("[SEP]")] },
//!     max_length: 4,
//!     spans: false,
//!     invalid: InvalidUtf8::Replace,
//! };
//! let mut output = Output::default();
//! tokenizer.encode_lines(b"a b a\n\nb\n", options, &mut output);
//! assert_eq!(output.rows().collect::<Vec<_>>(), [&[1, 3, 4, 2][..], &[1, 2], &[1, 4, 2]]);
//! # Ok::<(), bertie_tokenizer::VocabularyError>(())
//! ```
//!
//! # Cased models and text that is not trusted
//!
//! ```
//! use bertie_tokenizer::{Options, SpecialTokenRule};
//!
//! let cased = Options { lowercase: false, strip_accents: false, ..Options::default() };
//! // A text that contains "[SEP]" must not end the first text of a pair.
//! let untrusted = Options { special_tokens: SpecialTokenRule::Never, ..cased };
//! # let _ = untrusted;
//! ```
//!
//! # Offsets
//!
//! Offsets are in bytes. [`byte_to_char_spans`] and [`byte_to_utf16_spans`] convert them.
//!
//! # Performance and threads
//!
//! The input is UTF-8 and is read once. An [`Output`] reuses its buffers, and encoding does not allocate per token. A
//! tokenizer caches words, so threads cannot share one: create one per thread, which takes 7 MB, and 12 MB after many words that
//! are not ASCII.
//!
//! ```
//! fn is_send<T: Send>() {}
//! is_send::<bertie_tokenizer::Tokenizer>();
//! ```
//!
//! # Features
//!
//! `js-bindings` and `c-abi` only affect builds for WebAssembly: `js-bindings` adds bindings for JavaScript, and `c-abi`
//! exports functions with the C calling convention, for a module without imports. `small` leaves out the fast paths, for a
//! smaller module that returns the same tokens more slowly.

// The module for JavaScript is smaller without the standard library.
#![cfg_attr(all(target_arch = "wasm32", feature = "js-bindings", not(feature = "c-abi")), no_std)]

extern crate alloc;

mod added_tokens;
mod ascii;
mod ascii_fast_path;
#[cfg(any(test, all(target_arch = "wasm32", feature = "c-abi")))]
mod c_abi;
mod cache_table;
mod cached_tokens;
mod character_class;
mod character_table;
mod common_characters;
mod encoder;
mod foreign_words;
mod from_vocab;
mod hash_table;
mod lines;
mod long_word;
mod memory;
mod options;
mod output;
mod short_word;
mod single_token_words;
mod slow_path;
mod sort;
mod span_mode;
mod special_tokens;
mod three_byte_ids;
mod token_table;
mod tokenizer;
pub mod unicode;
mod utf8;
mod vocabulary;
#[cfg(all(target_arch = "wasm32", feature = "js-bindings"))]
mod wasm_bindings;
#[cfg(all(target_arch = "wasm32", feature = "js-bindings", not(feature = "c-abi")))]
mod wasm_runtime;
mod word;
mod word_batch;
mod word_cache;

/// Whether text takes the fast paths where possible. Otherwise, the linker removes their code. The slow path handles any text
/// and returns the same tokens and spans.
pub(crate) const FAST_PATHS: bool = !cfg!(feature = "small");

pub use added_tokens::AddedToken;
pub use encoder::Frame;
pub use from_vocab::{SPECIAL_TOKENS, VocabularyError};
pub use lines::{InvalidUtf8, LineOptions};
pub use options::{Options, SpecialTokenRule};
pub use output::Output;
pub use tokenizer::Tokenizer;
pub use utf8::{byte_to_char_spans, byte_to_utf16_spans};
pub use vocabulary::{Vocabulary, WordPiece};
