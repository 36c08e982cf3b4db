// The hot loop of dropout masks as a WebAssembly module of some 300 bytes, put together here. It makes four words at a time:
// the masks of a small BERT's step take 10 ms, where JavaScript takes 18 ms when its code has warmed up, and 27 in a run.

/** Fills the words of a mask from a counter, as fillDropoutMask() says. */
export type FillWords = (words: Uint32Array, counter: number, added: number, carry: number) => void;

/** Words that one call fills, a multiple of 4: few enough to stay in a core's nearest cache. */
const BLOCK = 2048;

/**
 * The kernel; undefined where the engine has no SIMD in WebAssembly, or may compile none.
 *
 * @param step what the counter grows by, from one random word to the next
 */
export function createDropoutKernel(step: number): FillWords | undefined {
  let exports: { memory: WebAssembly.Memory; fill(bytes: number, first: number, added: number, carry: number): void };
  try {
    exports = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes(step))).exports as typeof exports;
  } catch {
    return undefined;
  }
  const { memory, fill } = exports;
  const block = new Uint32Array(memory.buffer, 0, BLOCK);
  return (words, counter, added, carry) => {
    for (let at = 0; at < words.length; at += BLOCK) {
      const count = Math.min(BLOCK, words.length - at);
      fill(4 * count, (counter + Math.imul(2 * at, step)) | 0, added, carry);
      words.set(count === BLOCK ? block : block.subarray(0, count), at);
    }
  };
}

type Code = readonly number[];

// As the specification of WebAssembly has them; an instruction stands behind what it takes.
const I32 = 0x7f;
const V128 = 0x7b;
const I32_LESS_UNSIGNED = 0x49;
const I32_ADD = 0x6a;

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const binary = (opcode: number) => (a: Code, b: Code) => [...a, ...b, ...simd(opcode)];
const splat = (x: Code): Code => [...x, ...simd(0x11)];
const [and, or] = [binary(0x4e), binary(0x50)];
const [shiftLeft, shiftRight] = [binary(0xab), binary(0xad)];
const [add, multiply] = [binary(0xae), binary(0xb5)];
/** The halves of each of the four words, exchanged. */
const turn = (x: Code): Code => [...x, ...x, ...simd(0x0d), 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13];
const store = (address: Code, value: Code): Code => [...address, ...value, ...simd(0x0b), 4, 0];
const words = (...values: number[]): Code => [...simd(0x0c), ...new Uint8Array(Int32Array.from(values).buffer)];
const int = (value: number): Code => [0x41, ...signed(value)];
const get = (local: number): Code => [0x20, local];
const set = (local: number, value: Code): Code => [...value, 0x21, local];

function moduleBytes(step: number): Uint8Array<ArrayBuffer> {
  const all = (value: number) => words(value, value, value, value);
  const [bytes, first, added, carry, at, counter, x] = [0, 1, 2, 3, 4, 5, 6];
  const spread = set(x, multiply(get(x), or(shiftLeft(get(x), int(1)), all(1))));
  /** 15 random bits, with the carry added, in each half of four words. */
  const random = (from: Code): Code => [
    ...set(x, from),
    ...spread,
    ...set(x, add(turn(get(x)), splat(get(added)))),
    ...spread,
    ...add(and(add(get(x), shiftRight(get(x), int(16))), all(0x7fff7fff)), splat(get(carry))),
  ];
  const even = and(shiftRight(random(get(counter)), int(15)), all(0x00010001));
  const odd = and(shiftRight(random(add(get(counter), all(step))), int(7)), all(0x01000100));
  const body = [
    ...set(counter, add(splat(get(first)), words(0, 2 * step, 4 * step, 6 * step))),
    ...[0x03, 0x40], // loop
    ...store(get(at), or(even, odd)),
    ...set(counter, add(get(counter), all(8 * step))),
    ...set(at, [...get(at), ...int(16), I32_ADD]),
    ...[...get(at), ...get(bytes), I32_LESS_UNSIGNED, 0x0d, 0], // goes on while there is less than asked for
    ...[0x0b, 0x0b],
  ];
  const locals = [2, 1, I32, 2, V128];
  const code = [...locals, ...body];
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const sections: readonly (readonly [number, Code])[] = [
    [1, [1, 0x60, 4, I32, I32, I32, I32, 0]], // the function's type
    [3, [1, 0]], // the function
    [5, [1, 0, 1]], // a page of memory
    [7, [2, ...name("memory"), 2, 0, ...name("fill"), 0, 0]], // exports
    [10, [1, ...unsigned(code.length), ...code]],
  ];
  const header = [0, ...new TextEncoder().encode("asm"), 1, 0, 0, 0];
  return Uint8Array.from([header, ...sections.map(([id, part]) => [id, ...unsigned(part.length), ...part])].flat());
}

/** LEB128: seven bits a byte, the lowest first. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
