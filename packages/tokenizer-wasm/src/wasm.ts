import { BertieError } from "@bertie/common";
import { __wbg_set_wasm, Buffers, Tokenizer } from "../wasm/bindings.js";
import { packOptions, resolveOptions } from "./options.ts";

/** The module's memory and the buffers through which all texts go in and out. Both live as long as the program. */
export type Runtime = { readonly memory: WebAssembly.Memory; readonly buffers: Buffers };

export type { Tokenizer as Core } from "../wasm/bindings.js";

let loading: Promise<Runtime> | undefined;

/**
 * Loads the WebAssembly module. Needed only by those who host `tokenizer.wasm` themselves, before the first tokenizer is
 * made; otherwise the copy inside the package is used. Later calls change nothing.
 *
 * @param source the module, its bytes, or a response (or the promise of one) that carries them
 */
export async function init(
  source?: WebAssembly.Module | BufferSource | Response | PromiseLike<Response>,
): Promise<void> {
  await load(source);
}

/** The loaded module; loads it the first time. */
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
 * Makes a tokenizer without tokens. Engines compile a function when it is first called, and again, for speed, after some
 * work: this way the first real tokenizer finds the code compiled, and takes two thirds of its time (13 ms to 8 in Node, for
 * the 4 that it takes here), with no difference in the sum.
 */
function warmUp(buffers: Buffers): void {
  const everything = packOptions(resolveOptions({}));
  Tokenizer.from_vocabulary(buffers, 0, false, everything, 1, "")?.free();
}

async function compile(given: BufferSource | Response): Promise<WebAssembly.Module> {
  // Asking whether it is a Response would load Node's fetch, which takes ten times as long as all the rest.
  const isBytes = given instanceof ArrayBuffer || ArrayBuffer.isView(given);
  const bytes = isBytes ? given : await bodyOf(given);
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new BertieError(
      "tokenizer/wasm",
      "the bytes given to init() are no WebAssembly module: pass tokenizer.wasm",
      {
        cause,
      },
    );
  }
}

async function bodyOf(response: Response): Promise<ArrayBuffer> {
  if (response.ok) return response.arrayBuffer();
  throw new BertieError(
    "tokenizer/wasm",
    `${response.url}: HTTP status ${response.status}; check tokenizer.wasm's address`,
  );
}

const encoder = new TextEncoder();
/** A code unit of UTF-16 takes at most so many bytes of UTF-8. */
const BYTES_PER_UNIT = 3;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** A vocabulary with one token per line. */
export type VocabularyText = {
  /** Text, or UTF-8. */
  readonly text: string | Uint8Array;
  /** Whether to keep whitespace around tokens. */
  readonly verbatim: boolean;
};

/** No vocabulary comes near it. */
const LONGEST_VOCABULARY = 1 << 24;

/**
 * Makes a tokenizer.
 *
 * @param flags of {@link packOptions}
 * @throws BertieError "vocabulary/invalid-utf8", "vocabulary/too-large"
 */
export function createCore(
  runtime: Runtime,
  { text, verbatim }: VocabularyText,
  flags: number,
  maxWordChars: number,
  specialTokens: readonly string[],
): Tokenizer {
  const { buffers } = runtime;
  const given = typeof text === "string" ? text : ownView(text);
  if (given.length > LONGEST_VOCABULARY) throw tooLarge(`it has ${given.length} characters`);
  const room = typeof given === "string" ? given.length * BYTES_PER_UNIT : given.length;
  const input = inputOf(runtime, room);
  let length: number;
  if (typeof given === "string") {
    length = encoder.encodeInto(given, input).written;
  } else {
    const withoutMark = BYTE_ORDER_MARK.every((byte, i) => given[i] === byte) ? given.subarray(3) : given;
    input.set(withoutMark);
    length = withoutMark.length;
  }
  const core = Tokenizer.from_vocabulary(buffers, length, verbatim, flags, maxWordChars, specialTokens.join("\n"));
  if (core !== undefined) return core;
  switch (buffers.vocabulary_fault(length)) {
    case 1:
      throw new BertieError("vocabulary/invalid-utf8", "the vocabulary is no UTF-8: is it a BERT vocab.txt?");
    case 2:
      throw tooLarge("it has more than 1048576 tokens");
    default:
      throw tooLarge("more than 1000 of its tokens begin alike");
  }
}

function tooLarge(why: string): BertieError {
  return new BertieError("vocabulary/too-large", `the vocabulary is too large, ${why}: is it a BERT vocab.txt?`);
}

/**
 * The bytes as a view that says of itself only what is so: getters of a caller's class could say one length now and another
 * one later.
 *
 * @throws BertieError "input/not-bytes"
 */
export function ownView(bytes: Uint8Array): Uint8Array {
  try {
    if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch {
    // Its buffer was passed on to another thread, or its own words about it are not true.
  }
  throw new BertieError("input/not-bytes", "what is given as bytes are none: pass a Uint8Array whose buffer is there");
}

/** A quarter of all the memory that a module can have: tokens take more than their text. */
const LONGEST_INPUT = 1 << 30;

/** The module's memory for so many bytes of text. */
function inputOf({ memory, buffers }: Runtime, room: number): Uint8Array {
  const start = room <= LONGEST_INPUT ? buffers.input(room) : 0;
  if (start === 0) throw noMemory(room);
  return new Uint8Array(memory.buffer, start, room);
}

function noMemory(bytes: number): BertieError {
  return new BertieError(
    "input/too-large",
    `a text or a batch that may take ${bytes} bytes, and its tokens, need more memory than there is; encode it in parts`,
  );
}

/**
 * Tokens of several rows, one after the other, where they lie in the module's memory: to be read or copied before the next
 * call of anything here.
 */
export type Rows = {
  readonly ids: Int32Array;
  /** Start and end of each token in its text; empty unless asked for. */
  readonly spans: Int32Array;
  /** Where each row ends in `ids`. */
  readonly rowEnds: Int32Array;
  /** Row and place of bytes that are no UTF-8, as pairs. */
  readonly invalid: Int32Array;
};

/** What rows look like; as the Rust functions' parameters. */
export type RowOptions = {
  /** Ids to put before and behind every row. */
  readonly frame: readonly [number, number] | undefined;
  /** Rows are cut to this many tokens, the frame among them. */
  readonly maxLength: number;
  readonly spans: boolean;
};

/**
 * Encodes texts, a row each; spans are in UTF-16 code units.
 *
 * @param texts strings and nothing else: while they are written into the module's memory nobody else may work in it
 * @throws BertieError "input/too-large"
 */
export function encodeTexts(runtime: Runtime, core: Tokenizer, texts: readonly string[], options: RowOptions): Rows {
  let row = 0;
  do {
    const next = chunkEnd(texts, row);
    encodeChunk(runtime, core, texts.slice(row, next), options, row > 0);
    row = next;
  } while (row < texts.length);
  return tokens(runtime);
}

/** Enough text at a time to make the call's cost vanish, and little enough to stay in the cache: in UTF-16 code units. */
const CHUNK_UNITS = 1 << 16;

/** Where a chunk ends that begins with text `from`. */
function chunkEnd(texts: readonly string[], from: number): number {
  let to = from;
  let units = 0;
  do units += texts[to++]?.length ?? 0;
  while (to < texts.length && units + texts[to]!.length <= CHUNK_UNITS);
  return to;
}

/** @param more whether rows go behind those that were encoded before */
function encodeChunk(
  runtime: Runtime,
  core: Tokenizer,
  texts: readonly string[],
  { frame, maxLength, spans }: RowOptions,
  more: boolean,
): void {
  const { memory, buffers } = runtime;
  let room = 0;
  for (const text of texts) room += text.length * BYTES_PER_UNIT;
  const start = inputOf(runtime, room).byteOffset;
  const ends = buffers.text_ends(texts.length);
  if (ends === 0) throw noMemory(room);
  const input = new Uint8Array(memory.buffer, start, room);
  const rowEnds = new Uint32Array(memory.buffer, ends, texts.length);
  let end = 0;
  for (let row = 0; row < texts.length; row++) {
    end += encoder.encodeInto(texts[row]!, end === 0 ? input : input.subarray(end)).written;
    rowEnds[row] = end;
  }
  if (core.encode(buffers, frame?.slice(), asCount(maxLength), spans, more)) return;
  shrink(runtime);
  throw noMemory(end);
}

/** How lines are encoded. */
export type LineOptions = RowOptions & {
  readonly invalid: "replace" | "skip" | "fail";
};

/**
 * Encodes lines of UTF-8, a row each; spans are in bytes from the line's beginning.
 *
 * @param bytes of {@link ownView}
 * @throws BertieError "input/too-large"
 */
export function encodeBytes(runtime: Runtime, core: Tokenizer, bytes: Uint8Array, options: LineOptions): Rows {
  const { buffers } = runtime;
  inputOf(runtime, bytes.length).set(bytes);
  const invalid = { replace: 0, skip: 1, fail: 2 }[options.invalid];
  const maxLength = asCount(options.maxLength);
  if (!core.encode_lines(buffers, bytes.length, options.frame?.slice(), maxLength, options.spans, invalid)) {
    shrink(runtime);
    throw noMemory(bytes.length);
  }
  return tokens(runtime);
}

function tokens({ memory, buffers }: Runtime): Rows {
  const summary = new Uint32Array(memory.buffer, buffers.tokens(), 8);
  const view = (vector: number) => new Int32Array(memory.buffer, summary[2 * vector], summary[2 * vector + 1]);
  return { ids: view(0), spans: view(1), rowEnds: view(2), invalid: view(3) };
}

/** Gives memory back that only an unusually long text needed. Ends the life of what lies in the module's memory. */
export function shrink({ buffers }: Runtime): void {
  buffers.shrink();
}

/** A number that may be infinite, as the module takes it. */
function asCount(count: number): number {
  return Math.min(count, 0xffff_ffff);
}
