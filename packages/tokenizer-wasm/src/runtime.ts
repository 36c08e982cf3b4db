import { BertieError } from "@bertie/common";
import { type Bindings, type Buffers, createBindings, type Tokenizer } from "../wasm/bindings.js";
import type { CompiledModule, Memory } from "./compiled-module.ts";
import { type CoreSource, createTables, isSameSource } from "./core-source.ts";
import type { TokenPages } from "./token-pages.ts";

/**
 * Maximum size in bytes of the tables of all tokenizers. If the tables take more, the least recently used ones
 * are freed, and built again when their tokenizer is used.
 */
export const MAX_TABLE_BYTES = 1 << 27;

/** Minimum length of a view of the input, so that it can be reused for most texts. */
const MIN_VIEW_BYTES = 1 << 16;

/** An instance of the module, with its own memory. */
type Instance = {
  readonly memory: Memory;
  /** Input and output buffers that all tokenizers share. They are never freed. */
  readonly buffers: Buffers;
  readonly tokenizers: typeof Tokenizer;
  /** The memory as 32-bit words, and the bytes of the input. They are empty after the memory has grown. */
  words: Int32Array;
  input: Uint8Array;
  /** Drops the instance without freeing its memory piece by piece. */
  disconnect(): void;
};

/** A vocabulary with options, which equal tokenizers share. */
export type SharedCore = {
  readonly source: CoreSource;
  /** Tokens as JavaScript strings, as far as they were asked for. */
  tokens: TokenPages | undefined;
  readonly lease: Lease;
};

/**
 * The part of a {@link SharedCore} that the registry of garbage-collected tokenizers refers to. It does not refer to the
 * vocabulary unless the tables exist. The registry is only emptied when the program returns to the event loop, and until
 * then a loop may create and drop thousands of vocabularies.
 */
export type Lease = {
  /** Number of tokenizers that are not disposed or garbage-collected. */
  users: number;
  tables: Tables | undefined;
};

type Tables = { readonly shared: SharedCore; readonly native: Tokenizer; bytes: number };

/** The module in this thread: its instance, and the tables of tokenizers in the instance's memory. */
export class Runtime {
  readonly #module: CompiledModule;
  #instance: Instance | undefined;
  /** The tables in the instance's memory, the least recently used first. */
  readonly #tables = new Set<Tables>();
  #last: Tables | undefined;
  #bytes = 0;

  private constructor(module: CompiledModule, instance: Instance) {
    this.#module = module;
    this.#instance = instance;
  }

  /**
   * Creates the first instance of the module.
   *
   * @throws BertieError "tokenizer/wasm" if the module is another one
   */
  static async start(module: CompiledModule): Promise<Runtime> {
    const bindings = createBindings();
    try {
      const instance = await WebAssembly.instantiate(module, importsOf(module, bindings.imports));
      return new Runtime(module, connect(bindings, instance));
    } catch (cause) {
      const text = `the module passed to init() cannot be started (${messageOf(cause)}). Pass the tokenizer.wasm of this version of the package.`;
      throw new BertieError("tokenizer/wasm", text, { cause });
    }
  }

  /** The compiled module, from which another thread can start its own instance. */
  get module(): CompiledModule {
    return this.#module;
  }

  get memory(): Memory {
    return this.#current().memory;
  }

  get buffers(): Buffers {
    return this.#current().buffers;
  }

  /** The memory as 32-bit words, until the memory grows. */
  get words(): Int32Array {
    const instance = this.#current();
    if (instance.words.length === 0) instance.words = new Int32Array(instance.memory.buffer);
    return instance.words;
  }

  /** Returns at least `length` bytes of the memory, until the memory grows. The array is reused if `start` is the same. */
  bytes(start: number, length: number): Uint8Array {
    const instance = this.#current();
    const { input } = instance;
    if (input.byteOffset === start && input.length >= length) return input;
    const { buffer } = instance.memory;
    instance.input = new Uint8Array(
      buffer,
      start,
      Math.min(Math.max(length, MIN_VIEW_BYTES), buffer.byteLength - start),
    );
    return instance.input;
  }

  /** Size in bytes of the tables of all tokenizers. */
  get tableBytes(): number {
    return this.#bytes;
  }

  /**
   * Returns the vocabulary with options that equals `source`, or creates one.
   *
   * @throws BertieError "vocabulary/…" if the vocabulary is rejected, or "tokenizer/memory"
   */
  share(source: CoreSource): SharedCore {
    for (const { shared } of this.#tables) if (isSameSource(shared.source, source)) return shared;
    const { text } = source;
    const own = typeof text === "string" ? text : new Uint8Array(text);
    const shared: SharedCore = {
      source: { ...source, text: own },
      tokens: undefined,
      lease: { users: 0, tables: undefined },
    };
    this.#build(shared);
    return shared;
  }

  /** Returns the tables of a vocabulary. Builds them if they were freed. */
  use(shared: SharedCore): Tokenizer {
    const tables = shared.lease.tables ?? this.#build(shared);
    if (tables !== this.#last) this.#markAsLast(tables);
    return tables.native;
  }

  /** Frees the tables of a vocabulary that has no tokenizers any more. Does not throw. */
  release({ tables }: Lease): void {
    try {
      if (tables !== undefined) this.#free(tables);
    } catch {
      this.restart();
    }
  }

  /** Frees the tables of every vocabulary except the one used last. */
  freeOthers(): void {
    for (const tables of this.#tables) if (tables !== this.#last) this.#free(tables);
  }

  /**
   * Calls a function that uses the module. If the module traps, its instance is replaced by a new one, so that other
   * tokenizers are not affected.
   *
   * @throws BertieError "tokenizer/crash" if the module traps
   */
  run<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof BertieError) throw error;
      this.restart();
      const text = `the WebAssembly module stopped unexpectedly (${messageOf(error)}). It was started again, and other calls are not affected. Please report the input as a bug.`;
      throw new BertieError("tokenizer/crash", text, { cause: error });
    }
  }

  /** Drops the instance with all tables and buffers. The next call creates a new one. */
  restart(): void {
    for (const { shared } of this.#tables) shared.lease.tables = undefined;
    this.#tables.clear();
    this.#last = undefined;
    this.#bytes = 0;
    this.#instance?.disconnect();
    this.#instance = undefined;
  }

  #current(): Instance {
    this.#instance ??= this.#create();
    return this.#instance;
  }

  #create(): Instance {
    const bindings = createBindings();
    try {
      return connect(bindings, new WebAssembly.Instance(this.#module, importsOf(this.#module, bindings.imports)));
    } catch (cause) {
      throw noMemory(cause);
    }
  }

  #build(shared: SharedCore): Tables {
    const create = () => createTables(this.#current(), shared.source);
    let native = this.run(create);
    if (native === undefined) {
      // First without the tables of other tokenizers, then in a new memory, which is not fragmented.
      this.#last = undefined;
      this.freeOthers();
      native = this.run(create);
    }
    if (native === undefined) {
      this.restart();
      native = this.run(create);
    }
    if (native === undefined) throw noMemory(undefined);
    const tables: Tables = { shared, native, bytes: 0 };
    shared.lease.tables = tables;
    this.#tables.add(tables);
    this.#markAsLast(tables);
    return tables;
  }

  #markAsLast(tables: Tables): void {
    // Tables grow while text is encoded, and only the last ones were in use.
    if (this.#last !== undefined) this.#measure(this.#last);
    this.#measure(tables);
    this.#tables.delete(tables);
    this.#tables.add(tables);
    this.#last = tables;
    for (const oldest of this.#tables) {
      if (this.#bytes <= MAX_TABLE_BYTES || oldest === tables) break;
      this.#free(oldest);
    }
  }

  #measure(tables: Tables): void {
    const bytes = tables.native.memory();
    this.#bytes += bytes - tables.bytes;
    tables.bytes = bytes;
  }

  #free(tables: Tables): void {
    this.#tables.delete(tables);
    if (this.#last === tables) this.#last = undefined;
    this.#bytes -= tables.bytes;
    tables.shared.lease.tables = undefined;
    tables.native.free();
  }
}

function importsOf(module: WebAssembly.Module, functions: Bindings["imports"]): WebAssembly.Imports {
  const names = WebAssembly.Module.imports(module).map(({ module: name }) => name);
  return Object.fromEntries(names.map((name) => [name, functions as WebAssembly.ModuleImports]));
}

function connect(bindings: ReturnType<typeof createBindings>, { exports }: WebAssembly.Instance): Instance {
  bindings.connect(exports);
  (exports.__wbindgen_start as (() => void) | undefined)?.();
  return {
    memory: exports.memory as WebAssembly.Memory,
    buffers: new bindings.Buffers(),
    tokenizers: bindings.Tokenizer,
    words: new Int32Array(0),
    input: new Uint8Array(0),
    disconnect: () => bindings.disconnect(),
  };
}

function noMemory(cause: unknown): BertieError {
  const text =
    "there is not enough memory for the tables of the tokenizer. Use a smaller vocabulary, or free memory of the process.";
  return new BertieError("tokenizer/memory", text, cause === undefined ? undefined : { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
