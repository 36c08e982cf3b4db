/** The state of a {@link Random}: four unsigned 32-bit words, as plain data that can be saved in a checkpoint. */
export type RandomState = readonly [number, number, number, number];

/**
 * A seeded pseudo-random number generator: xoshiro128** (Blackman and Vigna, 2018, https://prng.di.unimi.it).
 *
 * Each purpose uses a separate generator with a name (`new Random(42, "shuffle")`), so that an additional draw for one
 * purpose does not affect the draws for another. The same seed and name produce the same numbers on every runtime.
 *
 * @example
 * ```ts
 * import { Random } from "@bertie/common";
 *
 * const random = new Random(42, "shuffle");
 * console.log(random.shuffled(["a", "b", "c"])); // the same order on every run
 * const copy = Random.fromState(random.state);
 * console.log(copy.nextInt(6) === random.nextInt(6)); // true
 * ```
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /**
   * Creates a generator.
   *
   * @param seed any integer
   * @param name purpose of the numbers; different names produce independent sequences
   */
  constructor(seed: number, name: string) {
    const next = splitMix32(hashName(name) ^ Math.imul(seed | 0, 0x9e3779b1));
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1; // The all-zero state is the only one that xoshiro cannot leave.
  }

  /** Creates a generator that continues from a saved state. */
  static fromState(state: RandomState): Random {
    const random = new Random(0, "");
    [random.#a, random.#b, random.#c, random.#d] = state;
    return random;
  }

  /** The current state, from which {@link Random.fromState} continues. */
  get state(): RandomState {
    return [this.#a >>> 0, this.#b >>> 0, this.#c >>> 0, this.#d >>> 0];
  }

  /** Returns the next 32 random bits as an integer in [0, 2³²). */
  nextUint32(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return scrambled >>> 0;
  }

  /** Returns a number drawn uniformly from [0, 1), with 53 random bits. */
  nextFloat(): number {
    return ((this.nextUint32() >>> 5) * 0x4000000 + (this.nextUint32() >>> 6)) / 0x20000000000000;
  }

  /**
   * Returns an integer drawn uniformly from [0, bound), without modulo bias.
   *
   * @param bound an integer in [1, 2³²]
   */
  nextInt(bound: number): number {
    const unbiased = 0x100000000 - (0x100000000 % bound);
    let draw = this.nextUint32();
    while (draw >= unbiased) draw = this.nextUint32();
    return draw % bound;
  }

  /** Returns a number drawn from the standard normal distribution (Box and Muller, 1958). */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextFloat()));
    return radius * Math.cos(2 * Math.PI * this.nextFloat());
  }

  /** Returns a new array with the items in random order (Fisher–Yates). All orders are equally likely. */
  shuffled<T>(items: readonly T[]): T[] {
    const result = items.slice();
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.nextInt(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** Returns a SplitMix32 generator, which expands one seed word into many, as the authors of xoshiro recommend. */
function splitMix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    return word ^ (word >>> 15);
  };
}

/** Returns the FNV-1a hash of the name's UTF-16 code units. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}
