// Written by scripts/build-wasm.sh; not to be edited by hand.
/**
 * Input and output buffers, reused between calls.
 */
export class Buffers {
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        BuffersFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_buffers_free(ptr, 0);
    }
    /**
     * Allocates `length` bytes for UTF-8 text. Returns their address, or 0 if there is not enough memory.
     * @param {number} length
     * @returns {number}
     */
    input(length) {
        const ret = wasm.buffers_input(this.__wbg_ptr, length);
        return ret >>> 0;
    }
    /**
     * Creates empty buffers.
     */
    constructor() {
        const ret = wasm.buffers_new();
        this.__wbg_ptr = ret;
        BuffersFinalization.register(this, this.__wbg_ptr, this);
        return this;
    }
    /**
     * Frees memory that only an unusually long text needed.
     */
    shrink() {
        wasm.buffers_shrink(this.__wbg_ptr);
    }
    /**
     * Allocates space for the ends of `count` texts in the input, each one past the text's last byte. Returns the
     * address, or 0 if there is not enough memory.
     * @param {number} count
     * @returns {number}
     */
    text_ends(count) {
        const ret = wasm.buffers_text_ends(this.__wbg_ptr, count);
        return ret >>> 0;
    }
    /**
     * Returns the address of four pairs, each the address of a vector and its length in 32-bit words: ids, spans, row
     * ends, invalid rows.
     * @returns {number}
     */
    tokens() {
        const ret = wasm.buffers_tokens(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Returns why the vocabulary in the first `length` bytes was rejected. 1: it is not valid UTF-8. 2: it has too
     * many tokens. 0: neither, which means that too many tokens share a beginning.
     * @param {number} length
     * @returns {number}
     */
    vocabulary_error(length) {
        const ret = wasm.buffers_vocabulary_error(this.__wbg_ptr, length);
        return ret >>> 0;
    }
}
if (Symbol.dispose) Buffers.prototype[Symbol.dispose] = Buffers.prototype.free;

/**
 * The tokenizer that JavaScript sees.
 */
export class Tokenizer {
    static __wrap(ptr) {
        const obj = Object.create(Tokenizer.prototype);
        obj.__wbg_ptr = ptr;
        TokenizerFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        TokenizerFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_tokenizer_free(ptr, 0);
    }
    /**
     * Returns the ids of tokens that the vocabulary repeats later, each followed by the id that replaces it.
     * @returns {Uint32Array}
     */
    duplicates() {
        const ret = wasm.tokenizer_duplicates(this.__wbg_ptr);
        var v1 = getArrayU32FromWasm0(ret[0], ret[1]).slice();
        wasm.__wbindgen_free(ret[0], ret[1] * 4, 4);
        return v1;
    }
    /**
     * Encodes the texts in the buffers, one row per text. Replaces the rows in the output or, if `append`, appends to
     * them; the options must then be the same as before. Spans are in UTF-16 code units. Returns false if there may
     * not be enough memory.
     * @param {Buffers} buffers
     * @param {Uint32Array | number[] | null | undefined} frame
     * @param {number} max_length
     * @param {boolean} spans
     * @param {boolean} append
     * @returns {boolean}
     */
    encode(buffers, frame, max_length, spans, append) {
        _assertClass(buffers, Buffers);
        const val2 = +max_length;
        const val3 = +spans;
        const val4 = +append;
        var ptr0 = isLikeNone(frame) ? 0 : passArray32ToWasm0(frame, wasm.__wbindgen_malloc);
        var len0 = WASM_VECTOR_LEN;
        const ret = wasm.tokenizer_encode(this.__wbg_ptr, buffers.__wbg_ptr, ptr0, len0, val2, val3, val4);
        return ret !== 0;
    }
    /**
     * Encodes the lines of the first `length` bytes in the buffers, one row per line. Spans are in bytes. For bytes
     * that are not valid UTF-8, `invalid` is 0 to replace them, 1 to leave the row empty, 2 to stop after the first
     * such row. Returns false if there may not be enough memory.
     * @param {Buffers} buffers
     * @param {number} length
     * @param {Uint32Array | number[] | null | undefined} frame
     * @param {number} max_length
     * @param {boolean} spans
     * @param {number} invalid
     * @returns {boolean}
     */
    encode_lines(buffers, length, frame, max_length, spans, invalid) {
        _assertClass(buffers, Buffers);
        const val2 = +length;
        const val3 = +max_length;
        const val4 = +spans;
        const val5 = +invalid;
        var ptr0 = isLikeNone(frame) ? 0 : passArray32ToWasm0(frame, wasm.__wbindgen_malloc);
        var len0 = WASM_VECTOR_LEN;
        const ret = wasm.tokenizer_encode_lines(this.__wbg_ptr, buffers.__wbg_ptr, val2, ptr0, len0, val3, val4, val5);
        return ret !== 0;
    }
    /**
     * Creates a tokenizer from the vocabulary in the first `length` bytes of the buffers: a `vocab.txt`, or, if
     * `verbatim`, tokens that are separated by line feeds and not trimmed. `special_tokens` are separated by line
     * feeds as well. Returns `None` if the vocabulary is rejected; [`Buffers::vocabulary_error`] returns why.
     * @param {Buffers} buffers
     * @param {number} length
     * @param {boolean} verbatim
     * @param {number} flags
     * @param {number} max_word_chars
     * @param {string} special_tokens
     * @returns {Tokenizer | undefined}
     */
    static from_vocabulary(buffers, length, verbatim, flags, max_word_chars, special_tokens) {
        _assertClass(buffers, Buffers);
        const val2 = +length;
        const val3 = +verbatim;
        const val4 = +flags;
        const val5 = +max_word_chars;
        const ptr0 = passStringToWasm0(special_tokens, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.tokenizer_from_vocabulary(buffers.__wbg_ptr, val2, val3, val4, val5, ptr0, len0);
        return ret === 0 ? undefined : Tokenizer.__wrap(ret);
    }
    /**
     * Returns the id of a token.
     * @param {string} token
     * @returns {number | undefined}
     */
    id(token) {
        const ptr0 = passStringToWasm0(token, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc);
        const len0 = WASM_VECTOR_LEN;
        const ret = wasm.tokenizer_id(this.__wbg_ptr, ptr0, len0);
        return ret === Number.MAX_SAFE_INTEGER ? undefined : ret;
    }
    /**
     * Returns the number of tokens.
     * @returns {number}
     */
    size() {
        const ret = wasm.tokenizer_size(this.__wbg_ptr);
        return ret >>> 0;
    }
    /**
     * Returns all tokens in order, each followed by a line feed.
     * @returns {string}
     */
    vocabulary() {
        let deferred1_0;
        let deferred1_1;
        try {
            const ret = wasm.tokenizer_vocabulary(this.__wbg_ptr);
            deferred1_0 = ret[0];
            deferred1_1 = ret[1];
            return getStringFromWasm0(ret[0], ret[1]);
        } finally {
            wasm.__wbindgen_free(deferred1_0, deferred1_1, 1);
        }
    }
}
if (Symbol.dispose) Tokenizer.prototype[Symbol.dispose] = Tokenizer.prototype.free;
export function __wbg___wbindgen_throw_4c88d8bf264fd984(arg0, arg1) {
    throw new Error(getStringFromWasm0(arg0, arg1));
}
export function __wbindgen_init_externref_table() {
    const table = wasm.__wbindgen_externrefs;
    table.set(0, undefined);
    table.set(1024, undefined);
    table.set(1025, null);
    table.set(1026, true);
    table.set(1027, false);
}
const BuffersFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_buffers_free(ptr, 1));
const TokenizerFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry(ptr => wasm.__wbg_tokenizer_free(ptr, 1));

function _assertClass(instance, klass) {
    if (!(instance instanceof klass)) {
        throw new Error(`expected instance of ${klass.name}`);
    }
}

function getArrayU32FromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return getUint32ArrayMemory0().subarray(ptr / 4, ptr / 4 + len);
}

function getStringFromWasm0(ptr, len) {
    ptr = ptr >>> 0;
    return decodeText(getUint8ArrayMemory0().subarray(ptr, ptr + len));
}

let cachedUint32ArrayMemory0 = null;
function getUint32ArrayMemory0() {
    if (cachedUint32ArrayMemory0 === null || cachedUint32ArrayMemory0.byteLength === 0) {
        cachedUint32ArrayMemory0 = new Uint32Array(wasm.memory.buffer);
    }
    return cachedUint32ArrayMemory0;
}

let cachedUint8ArrayMemory0 = null;
function getUint8ArrayMemory0() {
    if (cachedUint8ArrayMemory0 === null || cachedUint8ArrayMemory0.byteLength === 0) {
        cachedUint8ArrayMemory0 = new Uint8Array(wasm.memory.buffer);
    }
    return cachedUint8ArrayMemory0;
}

function isLikeNone(x) {
    return x === undefined || x === null;
}

function passArray32ToWasm0(arg, malloc) {
    const ptr = malloc(arg.length * 4, 4) >>> 0;
    getUint32ArrayMemory0().set(arg, ptr / 4);
    WASM_VECTOR_LEN = arg.length;
    return ptr;
}

function passStringToWasm0(arg, malloc, realloc) {
    if (realloc === undefined) {
        const buf = cachedTextEncoder.encode(arg);
        const ptr = malloc(buf.length, 1) >>> 0;
        getUint8ArrayMemory0().subarray(ptr, ptr + buf.length).set(buf);
        WASM_VECTOR_LEN = buf.length;
        return ptr;
    }

    let len = arg.length;
    let ptr = malloc(len, 1) >>> 0;

    const mem = getUint8ArrayMemory0();

    let offset = 0;

    for (; offset < len; offset++) {
        const code = arg.charCodeAt(offset);
        if (code > 0x7F) break;
        mem[ptr + offset] = code;
    }
    if (offset !== len) {
        if (offset !== 0) {
            arg = arg.slice(offset);
        }
        ptr = realloc(ptr, len, len = offset + arg.length * 3, 1) >>> 0;
        const view = getUint8ArrayMemory0().subarray(ptr + offset, ptr + len);
        const ret = cachedTextEncoder.encodeInto(arg, view);

        offset += ret.written;
        ptr = realloc(ptr, len, offset, 1) >>> 0;
    }

    WASM_VECTOR_LEN = offset;
    return ptr;
}

let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
cachedTextDecoder.decode();
const MAX_SAFARI_DECODE_BYTES = 2146435072;
let numBytesDecoded = 0;
function decodeText(bytes) {
    numBytesDecoded += bytes.length;
    if (numBytesDecoded >= MAX_SAFARI_DECODE_BYTES) {
        cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
        cachedTextDecoder.decode();
        numBytesDecoded = bytes.length;
    }
    return cachedTextDecoder.decode(bytes);
}

const cachedTextEncoder = new TextEncoder();

if (!('encodeInto' in cachedTextEncoder)) {
    cachedTextEncoder.encodeInto = function (arg, view) {
        const buf = cachedTextEncoder.encode(arg);
        view.set(buf);
        return {
            read: arg.length,
            written: buf.length
        };
    };
}

let WASM_VECTOR_LEN = 0;


let wasm;
export function __wbg_set_wasm(val) {
    wasm = val;
}
