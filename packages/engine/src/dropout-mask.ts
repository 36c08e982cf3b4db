import { Random } from "@bertie/common";
import { createDropoutKernel } from "./dropout-kernel.ts";
import type { DropoutSeed } from "./executor.ts";

// The random words of a mask are a function of a counter and a key of two 32-bit words, so that a GPU can compute the
// words of the same mask independently. Word `i` is the final value of x:
//
//   x = key₀ + i · STEP             x = x · (2x + 1)     rotate x by 16
//   x = x + key₁                    x = x · (2x + 1)     x = x + (x >>> 16)
//
// x · (2x + 1) is the permutation that the RC6 cipher uses to diffuse bits upwards (Rivest et al., 1998). The function
// avoids XOR, which ONNX Runtime's GPU kernels do not support.

/** Increment of the counter per random word: 2³² divided by the golden ratio. */
export const STEP = 0x9e3779b1;

/** Increments of the two key words per dropout site. */
export const SITE_STEPS = [0x85ebca6b, 0xc2b2ae35] as const;

/** Returns the threshold of a dropout rate: an element is dropped if its 15 random bits are below the threshold. */
export function dropThreshold(rate: number): number {
  return Math.round(rate * 0x8000);
}

/**
 * Returns the key of a run's masks: two unsigned 32-bit words.
 *
 * @example
 * ```ts
 * import { dropoutKey } from "@bertie/engine";
 *
 * console.log(dropoutKey([42, 0])); // [479865434, 2929143267]
 * ```
 */
export function dropoutKey([seed, counter]: DropoutSeed): readonly [number, number] {
  const random = new Random(seed, `dropout ${counter}`);
  return [random.nextUint32(), random.nextUint32()];
}

/**
 * Fills a dropout mask: each element is 0 with probability `rate` (rounded to a multiple of 1/32768), otherwise 1.
 *
 * All executors use the same masks. Two random words decide four elements: the halves of the first word decide elements
 * 0 and 2, and the halves of the second word elements 1 and 3. Adding the complement of the threshold to the 15 random
 * bits of each half carries into its top bit if the element is kept.
 *
 * @param site index of the dropout() call in the trace
 */
export function fillDropoutMask(mask: Uint8Array, rate: number, seed: DropoutSeed, site: number): void {
  if (mask.length % 4 !== 0) {
    const longer = new Uint8Array(mask.length + 4 - (mask.length % 4));
    fillDropoutMask(longer, rate, seed, site);
    mask.set(longer.subarray(0, mask.length));
    return;
  }
  const key = dropoutKey(seed);
  const words = new Uint32Array(mask.buffer, mask.byteOffset, mask.length / 4);
  const [counter, added] = SITE_STEPS.map((step, i) => (key[i]! + Math.imul(site, step)) | 0) as [number, number];
  const carry = Math.imul(0x8000 - dropThreshold(rate), 0x00010001);
  fillWords(words, counter, added, carry);
}

const fillWords = createDropoutKernel(STEP | 0) ?? fillWordsScalar;

/** Fills the words of a mask without SIMD, with the same results. */
export function fillWordsScalar(words: Uint32Array, counter: number, added: number, carry: number): void {
  for (let start = 0; start < words.length; start += BLOCK)
    fillBlock(words, start, Math.min(start + BLOCK, words.length), counter, added, carry);
}

/**
 * Number of words per call of fillBlock(). V8 optimizes a frequently called function better than a long-running loop,
 * which would take twice as long.
 */
const BLOCK = 1024;

/** Fills the words from `start` to `end`. The generator is inlined twice because a function call doubles the time. */
function fillBlock(words: Uint32Array, start: number, end: number, first: number, added: number, carry: number): void {
  const step = STEP | 0;
  let counter = (first + Math.imul(2 * start, step)) | 0;
  for (let i = start; i < end; i++) {
    const a = Math.imul(counter, (counter << 1) | 1);
    counter = (counter + step) | 0;
    const b = (((a << 16) | (a >>> 16)) + added) | 0;
    const c = Math.imul(b, (b << 1) | 1);
    const even = (((c + (c >>> 16)) & 0x7fff7fff) + carry) | 0;

    const d = Math.imul(counter, (counter << 1) | 1);
    counter = (counter + step) | 0;
    const e = (((d << 16) | (d >>> 16)) + added) | 0;
    const f = Math.imul(e, (e << 1) | 1);
    const odd = (((f + (f >>> 16)) & 0x7fff7fff) + carry) | 0;

    words[i] = ((even >>> 15) & 0x00010001) | ((odd >>> 7) & 0x01000100);
  }
}
