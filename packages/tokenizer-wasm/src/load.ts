import { BertieError } from "@bertie/common";
import { instantiate, type Runtime } from "./wasm.ts";

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
  return instantiate(given instanceof WebAssembly.Module ? given : await compile(given));
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
