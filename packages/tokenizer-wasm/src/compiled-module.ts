/** A compiled module: a `WebAssembly.Module`, where the compiler options include its declaration. */
export type CompiledModule = typeof globalThis extends {
  readonly WebAssembly: { readonly Module: { readonly prototype: infer Module } };
}
  ? Module
  : object;

/** The part of a `WebAssembly.Memory` that the tokenizer uses. */
export type Memory = { readonly buffer: ArrayBuffer };
