// Written by scripts/build-wasm.sh; not to be edited by hand.
/* tslint:disable */
/* eslint-disable */

/**
 * Text on its way in, tokens on their way out.
 */
export class Buffers {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Makes room for `length` bytes of UTF-8; says where, or 0 if there is not enough memory.
     */
    input(length: number): number;
    /**
     * Empty buffers.
     */
    constructor();
    /**
     * Gives memory back that only an unusually long text needed.
     */
    shrink(): void;
    /**
     * Makes room for the ends of `count` texts in the input, each of them one past the text's last byte; says where, or 0
     * if there is not enough memory.
     */
    text_ends(count: number): number;
    /**
     * Where the tokens are, as pairs of an address and a number of 32-bit words: ids, spans, row ends, invalid rows.
     */
    tokens(): number;
    /**
     * Why there is no tokenizer of the vocabulary that is the first `length` bytes: 1, they are no UTF-8; 2, they are too
     * many tokens; 0, none of this, so that too many tokens begin alike.
     */
    vocabulary_fault(length: number): number;
}

/**
 * A tokenizer, for JavaScript.
 */
export class Tokenizer {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Ids whose token comes again later, each with the id that it has instead.
     */
    duplicates(): Uint32Array;
    /**
     * Encodes the texts that lie in the buffers, a row each: the first rows, or (`more`) behind those that were encoded
     * with the same options before. Spans are in UTF-16 code units. False, if there may not be enough memory.
     */
    encode(buffers: Buffers, frame: Uint32Array | number[] | null | undefined, max_length: number, spans: boolean, more: boolean): boolean;
    /**
     * Encodes the lines of the first `length` bytes in the buffers, a row each. Spans are in bytes.
     * `invalid`: 0 replaces bytes that are no UTF-8, 1 leaves such rows empty, 2 stops behind the first. False, if there
     * may not be enough memory.
     */
    encode_lines(buffers: Buffers, length: number, frame: Uint32Array | number[] | null | undefined, max_length: number, spans: boolean, invalid: number): boolean;
    /**
     * Reads the vocabulary that is the first `length` bytes in the buffers: a `vocab.txt`, or tokens to be taken as they
     * are, separated by line feeds. `special_tokens` are separated by line feeds too. There is none if the bytes are no
     * UTF-8, or no vocabulary: see [`Buffers::vocabulary_fault`].
     */
    static from_vocabulary(buffers: Buffers, length: number, as_they_are: boolean, flags: number, max_word_chars: number, special_tokens: string): Tokenizer | undefined;
    /**
     * The id of a token.
     */
    id(token: string): number | undefined;
    /**
     * The number of tokens.
     */
    size(): number;
    /**
     * All tokens in order, each with a line feed behind it.
     */
    vocabulary(): string;
}

/** Connects the classes to an instance of the module. */
export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
