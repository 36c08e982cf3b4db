//! The functions that the WebAssembly module exports.

#![allow(unsafe_code)] // Only because `no_mangle` is an unsafe attribute.

use core::cell::RefCell;

use super::error::Error;
use super::instance::Instance;

/// The version of the functions' signatures and meanings. Hosts check it first.
const ABI_VERSION: i32 = 1;

thread_local! {
    static INSTANCE: RefCell<Instance> = RefCell::default();
}

/// Calls a function with the instance, and returns the function's result or error code.
fn with(call: impl FnOnce(&mut Instance) -> Result<u32, Error>) -> i32 {
    // The instance is still borrowed if an earlier call trapped.
    INSTANCE.with(|instance| {
        let result = instance.try_borrow_mut().map_err(|_| Error::Trapped).and_then(|mut instance| call(&mut instance));
        result.map_or_else(|error| error as i32, u32::cast_signed)
    })
}

/// Returns the version of this interface.
#[unsafe(no_mangle)]
extern "C" fn bertie_abi_version() -> i32 {
    ABI_VERSION
}

/// Returns the address of an error code's message, which ends with a zero byte; 0 if there is no such code.
#[unsafe(no_mangle)]
extern "C" fn bertie_error_message(code: i32) -> usize {
    Error::message_of(code).map_or(0, |message| message.as_ptr().addr())
}

/// Allocates a buffer of zeros. Returns its address, or 0 if there is not enough memory.
#[unsafe(no_mangle)]
extern "C" fn bertie_alloc(length: usize) -> usize {
    let mut address = 0;
    with(|instance| {
        address = instance.buffers.allocate(length)?;
        Ok(0)
    });
    address
}

/// Frees a buffer.
#[unsafe(no_mangle)]
extern "C" fn bertie_free(address: usize) -> i32 {
    with(|instance| instance.buffers.free(address).map(|()| 0))
}

/// Creates a tokenizer and returns its handle, which is positive.
#[unsafe(no_mangle)]
extern "C" fn bertie_tokenizer_new(
    vocabulary: usize,
    vocabulary_length: usize,
    added_tokens: usize,
    added_tokens_length: usize,
    flags: u32,
    max_word_chars: u32,
) -> i32 {
    with(|instance| {
        let (vocabulary, added) = ([vocabulary, vocabulary_length], [added_tokens, added_tokens_length]);
        instance.create(vocabulary, added, flags, max_word_chars)
    })
}

/// Frees a tokenizer.
#[unsafe(no_mangle)]
extern "C" fn bertie_tokenizer_free(tokenizer: u32) -> i32 {
    with(|instance| instance.free(tokenizer).map(|()| 0))
}

/// Returns the number of tokens in the vocabulary.
#[unsafe(no_mangle)]
extern "C" fn bertie_tokenizer_size(tokenizer: u32) -> i32 {
    with(|instance| Ok(instance.tokenizer(tokenizer)?.vocabulary().len() as u32))
}

/// Returns the number of tokens that occur again later in the vocabulary. The last id counts.
#[unsafe(no_mangle)]
extern "C" fn bertie_tokenizer_duplicates(tokenizer: u32) -> i32 {
    with(|instance| Ok(instance.tokenizer(tokenizer)?.duplicates().len() as u32))
}

/// Returns the id of a token.
#[unsafe(no_mangle)]
extern "C" fn bertie_token_id(tokenizer: u32, token: usize, token_length: usize) -> i32 {
    with(|instance| instance.token_id(tokenizer, [token, token_length]))
}

/// Encodes lines, one row per line, and writes the result's description to `result`.
#[unsafe(no_mangle)]
extern "C" fn bertie_encode_lines(
    tokenizer: u32,
    text: usize,
    text_length: usize,
    flags: u32,
    max_length: u32,
    result: usize,
) -> i32 {
    with(|instance| instance.encode_lines(tokenizer, [text, text_length], flags, max_length, result).map(|()| 0))
}

/// Encodes rows, which end at `row_ends`, and writes the result's description to `result`.
#[unsafe(no_mangle)]
extern "C" fn bertie_encode_rows(
    tokenizer: u32,
    text: usize,
    row_ends: usize,
    rows: usize,
    flags: u32,
    max_length: u32,
    result: usize,
) -> i32 {
    with(|instance| instance.encode_rows(tokenizer, text, [row_ends, rows], flags, max_length, result).map(|()| 0))
}

/// Frees the memory of the last result.
#[unsafe(no_mangle)]
extern "C" fn bertie_free_result() -> i32 {
    with(|instance| {
        instance.free_result();
        Ok(0)
    })
}
