import { Random } from "@bertie/common";
import type { DropoutSeed } from "./executor.ts";

/**
 * Fills a dropout mask: 0 with probability `rate` (to the nearest 1/32768), else 1.
 *
 * All executors draw their masks here. The generator is xoshiro128+ (Blackman and Vigna, 2018). Each of its words decides
 * two elements, by an addition that carries into the top bit of each half, and two of them make four bytes. Its state
 * is in local integers and its step is written out twice: with a closure the masks take twice the time, 5 % of a step.
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
  const state = new Random(seed[0], `dropout ${seed[1]} ${site}`).state;
  let [a, b, c, d] = [state[0] | 0, state[1] | 0, state[2] | 0, state[3] | 0];
  const carry = Math.imul(0x8000 - Math.round(rate * 0x8000), 0x00010001);
  const words = new Uint32Array(mask.buffer, mask.byteOffset, mask.length / 4);
  for (let i = 0; i < words.length; i++) {
    const first = (((a + d) & 0x7fff7fff) + carry) | 0;
    let shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);

    const second = (((a + d) & 0x7fff7fff) + carry) | 0;
    shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);

    words[i] = ((first >>> 15) & 0x00010001) | ((second >>> 7) & 0x01000100);
  }
}
