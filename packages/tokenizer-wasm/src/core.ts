import { BertieError } from "@bertie/common";
import type { Tokenizer } from "../wasm/bindings.js";
import {
  type CoreSource,
  packAddedToken,
  plainView,
  type RecognizedTokens,
  type VocabularyText,
} from "./core-source.ts";
import { packOptions, type ResolvedOptions } from "./options.ts";
import type { Lease, Runtime, SharedCore } from "./runtime.ts";
import { PAGE_BITS, PAGE_MASK, type TokenPages } from "./token-pages.ts";
import type { WordPieceSettings } from "./word-piece.ts";

/** Frees tables after the last tokenizer that uses them was garbage-collected. Not all hosts have such registries. */
const dropped =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : /* @__PURE__ */ new FinalizationRegistry<[Runtime, Lease]>(([runtime, lease]) => removeUser(runtime, lease));

function removeUser(runtime: Runtime, lease: Lease): void {
  lease.users--;
  if (lease.users === 0) runtime.release(lease);
}

const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });

/** A tokenizer's access to its tables, which equal tokenizers share. */
export class Core {
  readonly #runtime: Runtime;
  #shared: SharedCore | undefined;

  constructor(runtime: Runtime, shared: SharedCore) {
    this.#runtime = runtime;
    this.#shared = shared;
    shared.lease.users++;
    dropped?.register(this, [runtime, shared.lease], this);
  }

  /**
   * Returns the tables, after building them if they were freed to save memory. Later calls for other tokenizers may free
   * them again.
   *
   * @throws BertieError "tokenizer/disposed", or "tokenizer/memory" if there is not enough memory
   */
  tables(): Tokenizer {
    return this.#runtime.use(this.#current());
  }

  /** Everything from which another thread can build the same tables. */
  get source(): CoreSource {
    return this.#current().source;
  }

  /** @throws BertieError "tokenizer/disposed" if the tokenizer was disposed */
  check(): void {
    this.#current();
  }

  /** Returns the number of tokens. */
  size(): number {
    return this.#read((tables) => tables.size());
  }

  /** Returns the id of a token; undefined if the vocabulary does not contain the token. */
  id(token: string): number | undefined {
    // The module would read lone surrogates as U+FFFD, and an empty line is not a token that it looks up.
    const isLine = token !== "" && !token.includes("\n");
    const id = this.#read((tables) => (isLine ? tables.id(token) : undefined));
    return id === undefined || this.token(id) === token ? id : undefined;
  }

  /** Returns the token with this id; undefined if the vocabulary has no such id. Does not invalidate rows. */
  token(id: number): string | undefined {
    if (id >>> 0 !== id) return undefined;
    const pages = this.pages();
    const known = pages[id >>> PAGE_BITS]?.[id & PAGE_MASK];
    if (known !== undefined) return known;
    return this.#read((tables) => {
      if (id >= tables.size()) return undefined;
      const bytes = new Uint8Array(this.#runtime.memory.buffer, tables.token_start(id), tables.token_length(id));
      const token = decoder.decode(bytes);
      pages[id >>> PAGE_BITS] ??= new Array<string | undefined>(PAGE_MASK + 1);
      pages[id >>> PAGE_BITS]![id & PAGE_MASK] = token;
      return token;
    });
  }

  /** Returns the tokens that were asked for so far. `token()` adds to them. */
  pages(): TokenPages {
    const shared = this.#current();
    shared.tokens ??= new Array<undefined>((this.size() >>> PAGE_BITS) + 1).fill(undefined);
    return shared.tokens;
  }

  /** Returns a text as it is searched for the added tokens that are looked for in the normalized text. */
  normalized(text: string): string {
    return this.#read((tables) => tables.normalized(text));
  }

  /** Returns pairs of ids of the same token: the earlier id, and the later one, which replaces it. */
  duplicates(): Uint32Array {
    return this.#read((tables) => tables.duplicates());
  }

  /** Frees the tables unless other tokenizers use them. Any later call except this one throws. */
  free(): void {
    if (this.#shared === undefined) return;
    dropped?.unregister(this);
    removeUser(this.#runtime, this.#shared.lease);
    this.#shared = undefined;
  }

  #read<T>(work: (tables: Tokenizer) => T): T {
    return this.#runtime.run(() => work(this.tables()));
  }

  #current(): SharedCore {
    if (this.#shared !== undefined) return this.#shared;
    throw new BertieError(
      "tokenizer/disposed",
      "the tokenizer was disposed and cannot be used any more. Create another one, or dispose it later.",
    );
  }
}

/**
 * Creates a tokenizer.
 *
 * @throws BertieError "vocabulary/invalid-utf8" or "vocabulary/too-large" if the vocabulary is rejected,
 *   "input/not-bytes", or "tokenizer/memory" if there is not enough memory
 */
export function createCore(
  runtime: Runtime,
  { text, verbatim }: VocabularyText,
  options: ResolvedOptions,
  settings: WordPieceSettings,
  tokens: RecognizedTokens,
): Core {
  const { unknownToken, continuationPrefix } = settings;
  const source = {
    ...{ text: typeof text === "string" ? text.replace(/^\ufeff/, "") : plainView(text), verbatim },
    ...{ flags: packOptions(options, settings), maxWordChars: options.maxInputCharsPerWord },
    special: tokens.special.join("\n"),
    added: tokens.added.map((token) => packAddedToken(token, settings.trimsOffsets)).join("\n"),
    ...{ unknownToken, continuationPrefix },
  };
  return new Core(runtime, runtime.share(source));
}
