import { BertieError } from "@bertie/common";
import { __wbg_set_wasm, Buffers, type Tokenizer } from "../wasm/bindings.js";

/** The module's memory and the buffers through which all texts go in and out. Both live as long as the program. */
export type Runtime = { readonly memory: WebAssembly.Memory; readonly buffers: Buffers };

export { Tokenizer as Core } from "../wasm/bindings.js";

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
  const bytes = given instanceof Response ? await bodyOf(given) : given;
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

/** Tokens of several rows, one after the other. The arrays are the caller's own. */
export type Rows = {
  readonly ids: Int32Array;
  /** Where each row ends in `ids`. */
  readonly rowEnds: Int32Array;
  /** Start and end of each token in its text; empty unless asked for. */
  readonly spans: Int32Array;
  /** The number of each token's word in its row, -1 for none; empty unless asked for. */
  readonly words: Int32Array;
  /** Row and place of bytes that are no UTF-8, as pairs. */
  readonly invalid: Int32Array;
};

const encoder = new TextEncoder();

/** Encodes texts, a row each; spans are in UTF-16 code units. */
export function encodeTexts(
  { memory, buffers }: Runtime,
  core: Tokenizer,
  texts: readonly string[],
  spans: boolean,
): Rows {
  const units = texts.reduce((sum, text) => sum + text.length, 0);
  const start = buffers.input(units * 3);
  const ends = buffers.rows(texts.length);
  const input = new Uint8Array(memory.buffer, start, units * 3);
  const rowEnds = new Uint32Array(memory.buffer, ends, texts.length);
  let end = 0;
  for (let row = 0; row < texts.length; row++) {
    end += encoder.encodeInto(texts[row]!, end === 0 ? input : input.subarray(end)).written;
    rowEnds[row] = end;
  }
  core.encode(buffers, spans);
  return results({ memory, buffers });
}

/** How lines are encoded; as the Rust function's parameters. */
export type LineOptions = {
  readonly frame: readonly [number, number] | undefined;
  readonly maxLength: number;
  readonly spans: boolean;
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
  core.encode_lines(buffers, bytes.length, options.frame?.slice(), options.maxLength, options.spans, invalid);
  return results({ memory, buffers });
}

function results({ memory, buffers }: Runtime): Rows {
  const summary = new Uint32Array(memory.buffer, buffers.summary(), 10);
  const copy = (vector: number) =>
    new Int32Array(memory.buffer, summary[2 * vector]!, summary[2 * vector + 1]!).slice();
  const rows = { ids: copy(0), spans: copy(1), words: copy(2), rowEnds: copy(3), invalid: copy(4) };
  buffers.shrink();
  return rows;
}
