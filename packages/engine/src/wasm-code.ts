// A minimal WebAssembly assembler for the hot loops of this package, which take a few hundred bytes each. Opcodes are
// from the WebAssembly specification. WebAssembly is a stack machine, so the code of operands precedes the instruction.

/** WebAssembly instructions as bytes. */
export type Code = readonly number[];

export const I32 = 0x7f;
export const F32 = 0x7d;
export const V128 = 0x7b;
const I32_LESS_UNSIGNED = 0x49;
const I32_ADD = 0x6a;

export const get = (local: number): Code => [0x20, local];
export const set = (local: number, value: Code): Code => [...value, 0x21, local];
export const int = (value: number): Code => [0x41, ...signed(value)];

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const unary = (opcode: number) => (x: Code) => [...x, ...simd(opcode)];
const binary = (opcode: number) => (a: Code, b: Code) => [...a, ...b, ...simd(opcode)];

/** Loads 16 bytes from an address plus a constant offset, both multiples of 16. */
export const load = (address: Code, offset = 0): Code => [...address, ...simd(0x00), 4, ...unsigned(offset)];
/** Stores 16 bytes at an address plus a constant offset, both multiples of 16. */
export const store = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...value,
  ...simd(0x0b),
  4,
  ...unsigned(offset),
];

/** Instructions on vectors of four 32-bit integers. */
export const i32x4 = {
  of: (...values: number[]): Code => [...simd(0x0c), ...new Uint8Array(Int32Array.from(values).buffer)],
  splat: unary(0x11),
  and: binary(0x4e),
  or: binary(0x50),
  shiftLeft: binary(0xab),
  shiftRight: binary(0xad),
  add: binary(0xae),
  mul: binary(0xb5),
  /** Swaps the 16-bit halves of each integer. */
  swapHalves: (x: Code): Code => [...x, ...x, ...simd(0x0d), 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13],
};

/** Instructions on vectors of four float32 numbers. */
export const f32x4 = {
  splat: unary(0x13),
  sqrt: unary(0xe3),
  add: binary(0xe4),
  sub: binary(0xe5),
  mul: binary(0xe6),
  div: binary(0xe7),
};

/** Repeats the body for the addresses 0, 16, 32, … below `end`, at least once, with the address in the local `at`. */
export function loop(at: number, end: Code, body: Code): Code {
  const next = set(at, [...get(at), ...int(16), I32_ADD]);
  return [0x03, 0x40, ...body, ...next, ...get(at), ...end, I32_LESS_UNSIGNED, 0x0d, 0, 0x0b];
}

/** The only function of a module. */
export interface WasmFunction {
  /** Types of the parameters. */
  readonly parameters: readonly number[];
  /** Types of the locals, which are numbered after the parameters. */
  readonly locals: readonly number[];
  readonly body: Code;
  /** Size of the module's memory in pages of 64 KB. */
  readonly pages: number;
}

/**
 * Compiles a function and returns it with its memory; undefined if the JavaScript engine does not support WebAssembly
 * SIMD or is not allowed to compile WebAssembly.
 *
 * @typeParam F type of the function in JavaScript
 */
export function compileWasm<F>(
  parts: WasmFunction,
): { readonly run: F; readonly memory: WebAssembly.Memory } | undefined {
  try {
    const { run, memory } = new WebAssembly.Instance(new WebAssembly.Module(moduleOf(parts))).exports;
    return { run: run as F, memory: memory as WebAssembly.Memory };
  } catch {
    return undefined;
  }
}

function moduleOf({ parameters, locals, body, pages }: WasmFunction): Uint8Array<ArrayBuffer> {
  const code = [locals.length, ...locals.flatMap((type) => [1, type]), ...body, 0x0b];
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const sections: readonly (readonly [number, Code])[] = [
    [1, [1, 0x60, parameters.length, ...parameters, 0]], // the function's type
    [3, [1, 0]], // the function
    [5, [1, 0, pages]], // memory
    [7, [2, ...name("memory"), 2, 0, ...name("run"), 0, 0]], // exports
    [10, [1, ...unsigned(code.length), ...code]],
  ];
  const header = [0, ...new TextEncoder().encode("asm"), 1, 0, 0, 0];
  return Uint8Array.from([header, ...sections.map(([id, part]) => [id, ...unsigned(part.length), ...part])].flat());
}

/** Encodes an integer in LEB128: seven bits per byte, least significant first. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
