import { Random } from "@bertie/common";
import { createDropoutKernel } from "./dropout-kernel.ts";
import type { DropoutSeed } from "./executor.ts";

// The random words of a mask come of a counter and of a key of two words, all in 32 bits: so a GPU makes the same mask, each
// word by itself. Word `i` is x:
//
//   x = key₀ + i · STEP             x = x · (2x + 1)     rotate x by 16
//   x = x + key₁                    x = x · (2x + 1)     x = x + (x >>> 16)
//
// x · (2x + 1) is the permutation by which the cipher RC6 spreads bits upwards (Rivest et al., 1998). There is no
// exclusive or in it, as ONNX Runtime's GPU kernels have none.

/** What the counter is multiplied by: 2³² divided by the golden ratio. */
export const STEP = 0x9e3779b1;

/** What a site adds to the key, for each that stands before it in the trace. */
export const SITE_STEPS = [0x85ebca6b, 0xc2b2ae35] as const;

/** Elements are dropped whose 15 random bits are less than this. */
export function dropThreshold(rate: number): number {
  return Math.round(rate * 0x8000);
}

/** The key of a run's masks: two unsigned words. */
export function dropoutKey([seed, counter]: DropoutSeed): readonly [number, number] {
  const random = new Random(seed, `dropout ${counter}`);
  return [random.nextUint32(), random.nextUint32()];
}

/**
 * Fills a dropout mask: 0 with probability `rate` (to the nearest 1/32768), else 1.
 *
 * The masks of all executors are these. Of four elements the first and the third are decided by the low and the high half
 * of one word, the others by those of the next; an addition carries into the top bit of each half. The step is written
 * out twice: with a function the masks take twice the time.
 *
 * @param seed the run's seed and a counter that changes with every run
 * @param site which call of dropout in the trace
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

const fillWords = createDropoutKernel(STEP | 0) ?? fillWordsOneByOne;

/** For engines without SIMD. */
export function fillWordsOneByOne(words: Uint32Array, counter: number, added: number, carry: number): void {
  for (let start = 0; start < words.length; start += BLOCK)
    fillBlock(words, start, Math.min(start + BLOCK, words.length), counter, added, carry);
}

/** V8 compiles a function that is called often better than a long loop while it runs: the latter took twice the time. */
const BLOCK = 1024;

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
