import { BertieError, type PlatformType } from "@bertie/common";
import type { CompiledModule } from "./compiled-module.ts";
import { Runtime } from "./runtime.ts";

/** The part of a `Response` that {@link init} uses. */
type ResponseLike = {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  arrayBuffer(): Promise<ArrayBuffer>;
};

/** Source of the WebAssembly module, for {@link init}. */
export type ModuleSource =
  | CompiledModule
  | ArrayBuffer
  | ArrayBufferView
  | PlatformType<"Response", ResponseLike>
  | URL
  | string;

let compiling: Promise<WebAssembly.Module> | undefined;
let loading: Promise<Runtime> | undefined;

/**
 * Loads the WebAssembly module. Call init() before you create the first tokenizer, and only if you host
 * `tokenizer.wasm` yourself: by default, the copy in the package is loaded. Later calls have no effect.
 *
 * The entry point `page` loads `tokenizer-small.wasm` by default, which returns the same tokens and is 15 KB smaller, gzipped.
 * It encodes about 20 MB/s of English text, an eighth of `tokenizer.wasm`. Pages that encode large files pass the URL of
 * `tokenizer.wasm`.
 *
 * @param source the module, its bytes, a response with its bytes, its URL, or a promise of one of them. In Node, Deno and
 *   Bun, a string that is not a URL is the path of a file; elsewhere, the string is a URL relative to the page.
 * @throws BertieError "tokenizer/wasm" if the source is not the module or cannot be read, the response has an error status,
 *   or the page's Content Security Policy does not allow WebAssembly
 *
 * @example
 * ```ts
 * import { BertTokenizer, init } from "@bertie/tokenizer-wasm";
 *
 * await init(import.meta.resolve("@bertie/tokenizer-wasm/tokenizer.wasm")); // in a page, for example "/tokenizer.wasm"
 *
 * const tokenizer = await BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello");
 * console.log(tokenizer.tokenize("Hello")); // ["hello"]
 * ```
 */
export async function init(source?: ModuleSource | PromiseLike<ModuleSource>): Promise<void> {
  await load(source);
}

/**
 * Returns the compiled WebAssembly module, for `init()` in a worker, which then need not compile the module again. Loads
 * the module if `init()` has not been called.
 *
 * @throws BertieError "tokenizer/wasm" as from {@link init}
 *
 * @example
 * ```ts
 * import { loadModule } from "@bertie/tokenizer-wasm";
 *
 * const module = await loadModule();
 * console.log(WebAssembly.Module.exports(module).length > 0); // true
 * // worker.postMessage({ module }), and in the worker: await init(event.data.module)
 * ```
 */
export function loadModule(): Promise<CompiledModule> {
  return compileOnce();
}

/**
 * Returns the runtime of this thread. Loads the module on the first call.
 *
 * @internal
 */
export function load(source?: ModuleSource | PromiseLike<ModuleSource>): Promise<Runtime> {
  loading ??= compileOnce(source)
    .then((module) => Runtime.start(module))
    .catch((error: unknown) => {
      loading = undefined;
      compiling = undefined;
      throw error;
    });
  return loading;
}

function compileOnce(source?: ModuleSource | PromiseLike<ModuleSource>): Promise<WebAssembly.Module> {
  compiling ??= compile(source).catch((error: unknown) => {
    compiling = undefined;
    throw error;
  });
  return compiling;
}

async function compile(source: ModuleSource | PromiseLike<ModuleSource> | undefined): Promise<WebAssembly.Module> {
  const given: unknown = await (source ?? (await import("../wasm/default.js")).default());
  if (tagOf(given) === "WebAssembly.Module") return given as WebAssembly.Module;
  const bytes = await bytesOf(given);
  try {
    // Compiling in the background takes longer than compiling, but does not block a page.
    return isServer() ? new WebAssembly.Module(bytes) : await WebAssembly.compile(bytes);
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

/**
 * Returns the name of a built-in class. Unlike `instanceof`, this recognizes objects of other realms, such as frames and the
 * sandboxes in which frameworks run routes.
 */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

async function bytesOf(given: unknown): Promise<BufferSource> {
  const tag = tagOf(given);
  if (ArrayBuffer.isView(given) || tag === "ArrayBuffer") return given as BufferSource;
  if (tag === "SharedArrayBuffer") return new Uint8Array(given as SharedArrayBuffer).slice();
  if (tag === "Response") return bodyOf(given as Response);
  if (typeof given === "string" || tag === "URL") return bytesAt(String(given));
  const text = `init() received ${given === null ? "null" : typeof given}, which is not a source of the module. Pass the URL or the bytes of tokenizer.wasm.`;
  throw new BertieError("tokenizer/wasm", text);
}

async function bodyOf(response: Response): Promise<ArrayBuffer> {
  if (response.ok) return response.arrayBuffer();
  throw new BertieError(
    "tokenizer/wasm",
    `${response.url}: HTTP status ${response.status}. Check the URL of tokenizer.wasm.`,
  );
}

/** Returns the bytes at a URL, or in a file if files can be read. */
async function bytesAt(address: string): Promise<BufferSource> {
  const isFile = isServer() && !/^(?!file:)[a-z][a-z0-9+.-]+:/i.test(address);
  try {
    if (isFile) return await (await import("./read-file.node.ts")).readBytes(address);
    return await bodyOf(await fetch(address));
  } catch (cause) {
    if (cause instanceof BertieError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `${address}: the module cannot be loaded (${reason}). Check the ${isFile ? "path" : "URL"} of tokenizer.wasm.`;
    throw new BertieError("tokenizer/wasm", text, { cause });
  }
}

/** Returns whether the program runs in Node, Deno or Bun. */
function isServer(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return typeof process?.versions?.node === "string";
}
