// Written by scripts/build-wasm.sh; not to be edited by hand.
/* tslint:disable */
/* eslint-disable */

/**
 * Input and output buffers, reused between calls.
 */
export class Buffers {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Allocates `length` bytes for UTF-8 text. Returns their address, or 0 if there is not enough memory.
     */
    input(length: number): number;
    /**
     * Creates empty buffers.
     */
    constructor();
    /**
     * Frees memory that only an unusually long text needed.
     */
    shrink(): void;
    /**
     * Allocates space for the ends of `count` texts in the input, each one past the text's last byte. Returns the
     * address, or 0 if there is not enough memory.
     */
    text_ends(count: number): number;
    /**
     * Returns the address of four pairs, each the address of a vector and its length in 32-bit words: ids, spans, row
     * ends, invalid rows.
     */
    tokens(): number;
    /**
     * Returns why the vocabulary in the first `length` bytes was rejected. 1: it is not valid UTF-8. 2: it has too
     * many tokens. 0: neither, which means that too many tokens share a beginning.
     */
    vocabulary_error(length: number): number;
}

/**
 * The tokenizer that JavaScript sees.
 */
export class Tokenizer {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Returns the ids of tokens that the vocabulary repeats later, each followed by the id that replaces it.
     */
    duplicates(): Uint32Array;
    /**
     * Encodes the texts in the buffers, one row per text. Replaces the rows in the output or, if `append`, appends to
     * them; the options must then be the same as before. Spans are in UTF-16 code units. Returns false if there may
     * not be enough memory.
     */
    encode(buffers: Buffers, frame: Uint32Array | number[] | null | undefined, max_length: number, spans: boolean, append: boolean): boolean;
    /**
     * Encodes the lines of the first `length` bytes in the buffers, one row per line. Spans are in bytes. For bytes
     * that are not valid UTF-8, `invalid` is 0 to replace them, 1 to leave the row empty, 2 to stop after the first
     * such row. Returns false if there may not be enough memory.
     */
    encode_lines(buffers: Buffers, length: number, frame: Uint32Array | number[] | null | undefined, max_length: number, spans: boolean, invalid: number): boolean;
    /**
     * Creates a tokenizer from the vocabulary in the first `length` bytes of the buffers: a `vocab.txt`, or, if
     * `verbatim`, tokens that are separated by line feeds and not trimmed. `special_tokens` are separated by line
     * feeds as well. Returns `None` if the vocabulary is rejected; [`Buffers::vocabulary_error`] returns why.
     */
    static from_vocabulary(buffers: Buffers, length: number, verbatim: boolean, flags: number, max_word_chars: number, special_tokens: string): Tokenizer | undefined;
    /**
     * Returns the id of a token.
     */
    id(token: string): number | undefined;
    /**
     * Returns the number of tokens.
     */
    size(): number;
    /**
     * Returns all tokens in order, each followed by a line feed.
     */
    vocabulary(): string;
}

/** Connects the classes to an instance of the module. */
export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
