import { type AddedToken, BertieError } from "@bertie/common";
import type { Tokenizer } from "../wasm/bindings.js";
import { packAddedToken, plainView, type VocabularyText } from "./core-source.ts";
import type { Lease, Runtime, SharedCore } from "./runtime.ts";

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
    const shared = this.#current();
    const known = shared.tokens?.[id];
    if (known !== undefined) return known;
    return this.#read((tables) => {
      const size = tables.size();
      if (!(Number.isInteger(id) && id >= 0 && id < size)) return undefined;
      shared.tokens ??= new Array<string | undefined>(size);
      const bytes = new Uint8Array(this.#runtime.memory.buffer, tables.token_start(id), tables.token_length(id));
      const token = decoder.decode(bytes);
      shared.tokens[id] = token;
      return token;
    });
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
 * @param flags options as packed by `packOptions()`
 * @throws BertieError "vocabulary/invalid-utf8" or "vocabulary/too-large" if the vocabulary is rejected,
 *   "input/not-bytes", or "tokenizer/memory" if there is not enough memory
 */
export function createCore(
  runtime: Runtime,
  vocabulary: VocabularyText,
  flags: number,
  maxWordChars: number,
  tokens: { readonly special: readonly string[]; readonly added: readonly AddedToken[] },
): Core {
  const special = tokens.special.join("\n");
  const added = tokens.added.map(packAddedToken).join("\n");
  const { text, verbatim } = vocabulary;
  const given = typeof text === "string" ? text : plainView(text);
  return new Core(runtime, runtime.share({ text: given, verbatim, flags, maxWordChars, special, added }));
}
