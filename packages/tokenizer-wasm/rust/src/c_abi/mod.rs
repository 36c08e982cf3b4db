//! The C interface: functions with plain numbers as parameters, for hosts other than JavaScript.
//!
//! Texts, vocabularies and results are in the module's memory, in buffers that the host allocates. All addresses and
//! lengths are checked against these buffers, so wrong arguments return an error code instead of corrupting memory.
//! `docs/reference/c-abi.md` describes the functions, and `bertie_tokenizer.h` declares them.

mod buffers;
mod error;
#[cfg(target_arch = "wasm32")]
mod exports;
mod instance;
mod options;
#[cfg(test)]
mod tests;
