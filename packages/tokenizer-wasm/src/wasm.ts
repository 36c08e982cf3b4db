import { type AddedToken, BertieError } from "@bertie/common";
import { __wbg_set_wasm, Buffers, Tokenizer } from "../wasm/bindings.js";
import { packOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import type { RowLayout } from "./template.ts";
import { BERT_WORD_PIECE, type WordPieceSettings } from "./word-piece.ts";

/** The module's memory, and the input and output buffers that all tokenizers share. They are never freed. */
export type Runtime = { readonly memory: WebAssembly.Memory; readonly buffers: Buffers };

export type { Tokenizer as Core } from "../wasm/bindings.js";

let loading: Promise<Runtime> | undefined;

/**
 * Loads the WebAssembly module. Call init() before you create the first tokenizer, and only if you host
 * `tokenizer.wasm` yourself: by default, the copy in the package is loaded. Later calls have no effect.
 *
 * @param source the module, its bytes, a response with its bytes, or a promise of such a response
 * @throws BertieError "tokenizer/wasm" if the source is not the module, the response has an error status, or the page's
 *   Content Security Policy does not allow WebAssembly
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { fileURLToPath } from "node:url";
 * import { BertTokenizer, init } from "@bertie/tokenizer-wasm";
 *
 * const path = fileURLToPath(import.meta.resolve("@bertie/tokenizer-wasm/tokenizer.wasm"));
 * await init(await readFile(path)); // in a browser, pass the response of a request for the file
 *
 * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello");
 * console.log(tokenizer.tokenize("Hello")); // ["hello"]
 * ```
 */
export async function init(
  source?: WebAssembly.Module | BufferSource | Response | PromiseLike<Response>,
): Promise<void> {
  await load(source);
}

/** Returns the module. Loads the module on the first call. */
export function load(source?: Parameters<typeof init>[0]): Promise<Runtime> {
  loading ??= start(source).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function start(source: Parameters<typeof init>[0]): Promise<Runtime> {
  const given = await (source ?? (await import("#wasm")).default());
  const module = given instanceof WebAssembly.Module ? given : await compile(given);
  const bindings = await import("../wasm/bindings.js");
  const imports = Object.fromEntries(
    WebAssembly.Module.imports(module).map(({ name }) => [name, (bindings as Record<string, unknown>)[name]]),
  );
  const instance = await WebAssembly.instantiate(module, { "./tokenizer_bg.js": imports as WebAssembly.ModuleImports });
  __wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as (() => void) | undefined)?.();
  const buffers = new Buffers();
  warmUp(buffers);
  return { memory: instance.exports.memory as WebAssembly.Memory, buffers };
}

/**
 * Creates a tokenizer without tokens, so that the JavaScript engine compiles the code before the first real tokenizer
 * is created. In Node, this takes 4 ms and reduces the time to create the first tokenizer from 13 ms to 8 ms.
 */
function warmUp(buffers: Buffers): void {
  const flags = packOptions(resolveOptions({}), BERT_WORD_PIECE);
  Tokenizer.from_vocabulary(buffers, 0, false, flags, 1, "", "", "", "##")?.free();
}

async function compile(given: BufferSource | Response): Promise<WebAssembly.Module> {
  // Do not refer to `Response` here: in Node, that would load `fetch`, which takes ten times as long as everything
  // else.
  const isBytes = given instanceof ArrayBuffer || ArrayBuffer.isView(given);
  const bytes = isBytes ? given : await bodyOf(given);
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new BertieError("tokenizer/wasm", isBlockedByPolicy(cause) ? BLOCKED : NOT_A_MODULE, { cause });
  }
}

const NOT_A_MODULE = "the bytes passed to init() are not a WebAssembly module. Pass the bytes of tokenizer.wasm.";
const BLOCKED =
  "the page's Content Security Policy does not allow WebAssembly. Add 'wasm-unsafe-eval' to its script-src directive.";

/** Returns whether an error of `WebAssembly.compile` in Chromium, Firefox or Safari is about the page's policy. */
function isBlockedByPolicy(error: unknown): boolean {
  return /content security policy|\bCSP\b|unsafe-eval/i.test(String(error));
}

async function bodyOf(response: Response): Promise<ArrayBuffer> {
  if (response.ok) return response.arrayBuffer();
  throw new BertieError(
    "tokenizer/wasm",
    `${response.url}: HTTP status ${response.status}. Check the URL of tokenizer.wasm.`,
  );
}

const encoder = new TextEncoder();
/** Maximum number of UTF-8 bytes per UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** A vocabulary with one token per line. */
export type VocabularyText = {
  /** Text, or UTF-8 bytes. */
  readonly text: string | Uint8Array;
  /** Whether to keep whitespace around tokens. */
  readonly verbatim: boolean;
};

/** Tokens to recognize in the text. */
export type RecognizedTokens = {
  /** Tokens that follow the rule for special tokens. */
  readonly special: readonly string[];
  /** Tokens that are found before the text is split into words. */
  readonly added: readonly AddedToken[];
};

/** Maximum length of a vocabulary in characters or bytes. Real vocabularies are far shorter. */
const MAX_VOCABULARY_LENGTH = 1 << 24;

/** Packs an added token into a line, which the WebAssembly module reads. */
function packAddedToken(token: AddedToken, hasBareSpan: boolean): string {
  const { id, content, singleWord, lstrip, rstrip, normalized } = token;
  const flags =
    Number(singleWord) |
    (Number(lstrip) << 1) |
    (Number(rstrip) << 2) |
    (Number(normalized) << 3) |
    (Number(hasBareSpan) << 4);
  return `${flags} ${id} ${content}`;
}

/**
 * Creates a tokenizer.
 *
 * @throws BertieError "vocabulary/invalid-utf8" or "vocabulary/too-large" if the vocabulary is rejected
 */
export function createCore(
  runtime: Runtime,
  { text, verbatim }: VocabularyText,
  options: ResolvedOptions,
  settings: WordPieceSettings,
  tokens: RecognizedTokens,
): Tokenizer {
  const { buffers } = runtime;
  const given = typeof text === "string" ? text.replace(/^\ufeff/, "") : plainView(text);
  if (given.length > MAX_VOCABULARY_LENGTH)
    throw tooLarge(`${given.length} characters, more than ${MAX_VOCABULARY_LENGTH}`);
  const capacity = typeof given === "string" ? given.length * MAX_BYTES_PER_UNIT : given.length;
  const input = inputBuffer(runtime, capacity);
  let length: number;
  if (typeof given === "string") {
    length = encoder.encodeInto(given, input).written;
  } else {
    const withoutMark = BYTE_ORDER_MARK.every((byte, i) => given[i] === byte) ? given.subarray(3) : given;
    input.set(withoutMark);
    length = withoutMark.length;
  }
  const special = tokens.special.join("\n");
  const added = tokens.added.map((token) => packAddedToken(token, settings.trimsOffsets)).join("\n");
  const { unknownToken, continuationPrefix } = settings;
  const flags = packOptions(options, settings);
  const { maxInputCharsPerWord } = options;
  const core = Tokenizer.from_vocabulary(
    buffers,
    length,
    verbatim,
    flags,
    maxInputCharsPerWord,
    special,
    added,
    unknownToken,
    continuationPrefix,
  );
  if (core !== undefined) return core;
  switch (buffers.vocabulary_error(length)) {
    case 1:
      throw new BertieError(
        "vocabulary/invalid-utf8",
        "the vocabulary is not valid UTF-8. Check that it is a BERT vocab.txt.",
      );
    case 2:
      throw tooLarge("more than 1048576 tokens");
    default:
      throw tooLarge("more than 1000 tokens share a prefix");
  }
}

function tooLarge(reason: string): BertieError {
  const text = `the vocabulary is too large (${reason}). Check that it is a BERT vocab.txt.`;
  return new BertieError("vocabulary/too-large", text);
}

/**
 * Returns the bytes as a plain Uint8Array, because getters of a caller's subclass could return a different length on
 * each call.
 *
 * @throws BertieError "input/not-bytes" if the value is not a view of a buffer, or the buffer is detached
 */
export function plainView(bytes: Uint8Array): Uint8Array {
  try {
    if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch {
    // The buffer is detached, or a subclass reports an offset or length outside the buffer.
  }
  throw new BertieError("input/not-bytes", "the input is not bytes. Pass a Uint8Array whose buffer is not detached.");
}

/**
 * Maximum input size in bytes: a quarter of the module's address space, because tokens take more memory than their
 * text.
 */
const MAX_INPUT_BYTES = 1 << 30;

/**
 * Returns a view of `length` bytes of the module's memory, to which the caller writes text.
 *
 * @throws BertieError "input/too-large" if there is not enough memory
 */
function inputBuffer({ memory, buffers }: Runtime, length: number): Uint8Array {
  const start = length <= MAX_INPUT_BYTES ? buffers.input(length) : 0;
  if (start === 0) throw noMemory(length);
  return new Uint8Array(memory.buffer, start, length);
}

function noMemory(bytes: number): BertieError {
  return new BertieError(
    "input/too-large",
    `not enough memory for a text or batch of up to ${bytes} bytes and its tokens. Encode the input in smaller parts.`,
  );
}

/**
 * Tokens of several rows, as views of the module's memory. The next call of any function in this file invalidates them.
 */
export type Rows = {
  /** Token ids of all rows. */
  readonly ids: Int32Array;
  /** Start and end of each token in its text, shape `[ids.length, 2]`; empty unless requested. */
  readonly spans: Int32Array;
  /** End of each row in `ids`. */
  readonly rowEnds: Int32Array;
  /**
   * Index of each row that is not valid UTF-8, and the position of its first invalid byte, shape `[invalid rows, 2]`.
   */
  readonly invalid: Int32Array;
};

/** Options for encoding rows, as parameters of the Rust functions. */
export type RowOptions = {
  /** Ids to add before and after each text; none if undefined. */
  readonly frame: Pick<RowLayout, "prefix" | "suffix"> | undefined;
  /** Maximum number of tokens per row, including the frame; longer rows are truncated. */
  readonly maxLength: number;
  /** Whether to return the start and end of each token. */
  readonly spans: boolean;
};

/**
 * Encodes texts, one row per text. Spans are in UTF-16 code units.
 *
 * @param texts primitive strings only: the caller's code must not run while the texts are written to the module's
 * memory
 * @throws BertieError "input/too-large" if there is not enough memory
 */
export function encodeTexts(runtime: Runtime, core: Tokenizer, texts: readonly string[], options: RowOptions): Rows {
  let row = 0;
  do {
    const next = chunkEnd(texts, row);
    encodeChunk(runtime, core, texts.slice(row, next), options, row > 0);
    row = next;
  } while (row < texts.length);
  return outputRows(runtime);
}

/**
 * Number of UTF-16 code units per call: large enough to make the call's overhead negligible, and small enough for CPU
 * caches.
 */
const CHUNK_UNITS = 1 << 16;

/** Returns the index after the last text of the chunk that starts with text `from`. */
function chunkEnd(texts: readonly string[], from: number): number {
  let to = from;
  let units = 0;
  do units += texts[to++]?.length ?? 0;
  while (to < texts.length && units + texts[to]!.length <= CHUNK_UNITS);
  return to;
}

/**
 * Encodes texts whose total size is limited.
 *
 * @param append whether to append to the rows of the previous call instead of replacing them
 * @throws BertieError "input/too-large" if there is not enough memory
 */
function encodeChunk(
  runtime: Runtime,
  core: Tokenizer,
  texts: readonly string[],
  { frame, maxLength, spans }: RowOptions,
  append: boolean,
): void {
  const { memory, buffers } = runtime;
  let capacity = 0;
  for (const text of texts) capacity += text.length * MAX_BYTES_PER_UNIT;
  const start = inputBuffer(runtime, capacity).byteOffset;
  const ends = buffers.text_ends(texts.length);
  if (ends === 0) throw noMemory(capacity);
  const input = new Uint8Array(memory.buffer, start, capacity);
  const rowEnds = new Uint32Array(memory.buffer, ends, texts.length);
  let end = 0;
  for (let row = 0; row < texts.length; row++) {
    end += encoder.encodeInto(texts[row]!, end === 0 ? input : input.subarray(end)).written;
    rowEnds[row] = end;
  }
  const { ids, prefix } = packFrame(frame);
  if (core.encode(buffers, ids, prefix, toUint32(maxLength), spans, append)) return;
  shrink(runtime);
  throw noMemory(end);
}

/** Returns the ids before and after a text as one list, and the number of ids before the text. */
function packFrame(frame: RowOptions["frame"]): { ids: number[] | undefined; prefix: number } {
  const { prefix = [], suffix = [] } = frame ?? {};
  const ids = prefix.length + suffix.length === 0 ? undefined : [...prefix, ...suffix];
  return { ids, prefix: prefix.length };
}

/** Options for encoding lines. */
export type LineOptions = RowOptions & {
  readonly invalid: "replace" | "skip" | "fail";
};

/**
 * Encodes lines of UTF-8, one row per line. Spans are in bytes from the start of the line.
 *
 * @param bytes result of {@link plainView}
 * @throws BertieError "input/too-large" if there is not enough memory
 */
export function encodeBytes(runtime: Runtime, core: Tokenizer, bytes: Uint8Array, options: LineOptions): Rows {
  const { buffers } = runtime;
  inputBuffer(runtime, bytes.length).set(bytes);
  const invalid = { replace: 0, skip: 1, fail: 2 }[options.invalid];
  const maxLength = toUint32(options.maxLength);
  const { ids, prefix } = packFrame(options.frame);
  if (!core.encode_lines(buffers, bytes.length, ids, prefix, maxLength, options.spans, invalid)) {
    shrink(runtime);
    throw noMemory(bytes.length);
  }
  return outputRows(runtime);
}

function outputRows({ memory, buffers }: Runtime): Rows {
  const summary = new Uint32Array(memory.buffer, buffers.tokens(), 8);
  const view = (vector: number) => new Int32Array(memory.buffer, summary[2 * vector], summary[2 * vector + 1]);
  return { ids: view(0), spans: view(1), rowEnds: view(2), invalid: view(3) };
}

/** Frees buffers that became unusually large. Invalidates {@link Rows}. */
export function shrink({ buffers }: Runtime): void {
  buffers.shrink();
}

/** Converts a count that may be infinite to the module's 32-bit integer. */
function toUint32(count: number): number {
  return Math.min(count, 0xffff_ffff);
}
