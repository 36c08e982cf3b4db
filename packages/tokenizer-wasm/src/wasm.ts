import { BertieError } from "@bertie/common";
import { __wbg_set_wasm, Buffers, Tokenizer } from "../wasm/bindings.js";

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
  return { memory: instance.exports.memory as WebAssembly.Memory, buffers: new Buffers() };
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

/** A vocabulary, and how it is read: as tokens a line to be stripped, or as they are. */
export type VocabularyText = {
  /** Text, or UTF-8. */
  readonly text: string | Uint8Array;
  readonly asTheyAre: boolean;
};

/**
 * Makes a tokenizer.
 *
 * @param flags of {@link packOptions}
 * @throws BertieError "vocabulary/invalid-utf8"
 */
export function createCore(
  { memory, buffers }: Runtime,
  { text, asTheyAre }: VocabularyText,
  flags: number,
  maxWordChars: number,
  specialTokens: readonly string[],
): Tokenizer {
  const room = typeof text === "string" ? text.length * BYTES_PER_UNIT : text.length;
  const start = buffers.input(room);
  const input = new Uint8Array(memory.buffer, start, room);
  let length = room;
  if (typeof text === "string") {
    length = encoder.encodeInto(text, input).written;
  } else {
    const withoutMark = BYTE_ORDER_MARK.every((byte, i) => text[i] === byte) ? text.subarray(3) : text;
    input.set(withoutMark);
    length = withoutMark.length;
  }
  const core = Tokenizer.from_vocabulary(buffers, length, asTheyAre, flags, maxWordChars, specialTokens.join("\n"));
  if (core === undefined) {
    throw new BertieError("vocabulary/invalid-utf8", "the vocabulary is no UTF-8: is it a BERT vocab.txt?");
  }
  return core;
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

/** Encodes texts, a row each; spans are in UTF-16 code units. */
export function encodeTexts(
  { memory, buffers }: Runtime,
  core: Tokenizer,
  texts: readonly string[],
  { frame, maxLength, spans }: RowOptions,
): Rows {
  let room = 0;
  for (const text of texts) room += text.length * BYTES_PER_UNIT;
  const start = buffers.input(room);
  const ends = buffers.text_ends(texts.length);
  const input = new Uint8Array(memory.buffer, start, room);
  const rowEnds = new Uint32Array(memory.buffer, ends, texts.length);
  let end = 0;
  for (let row = 0; row < texts.length; row++) {
    end += encoder.encodeInto(texts[row]!, end === 0 ? input : input.subarray(end)).written;
    rowEnds[row] = end;
  }
  core.encode(buffers, frame?.slice(), asCount(maxLength), spans);
  return tokens({ memory, buffers });
}

/** How lines are encoded. */
export type LineOptions = RowOptions & {
  readonly invalid: "replace" | "skip" | "fail";
};

/** Encodes lines of UTF-8, a row each; spans are in bytes from the line's beginning. */
export function encodeBytes(
  { memory, buffers }: Runtime,
  core: Tokenizer,
  bytes: Uint8Array,
  options: LineOptions,
): Rows {
  const start = buffers.input(bytes.length);
  new Uint8Array(memory.buffer, start, bytes.length).set(bytes);
  const invalid = { replace: 0, skip: 1, fail: 2 }[options.invalid];
  const maxLength = asCount(options.maxLength);
  core.encode_lines(buffers, bytes.length, options.frame?.slice(), maxLength, options.spans, invalid);
  return tokens({ memory, buffers });
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
