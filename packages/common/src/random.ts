/** The state of a {@link Random}: four unsigned 32-bit words. Plain data, so a checkpoint can hold it. */
export type RandomState = readonly [number, number, number, number];

/**
 * A seeded generator of pseudo-random numbers: xoshiro128** (Blackman and Vigna, 2018, https://prng.di.unimi.it).
 *
 * Every use of chance has a generator of its own, named after it (`new Random(42, "shuffle")`), so that one more draw
 * in one place changes nothing in another. The same seed and name give the same numbers on every runtime.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param seed any integer  @param name what the numbers are for */
  constructor(seed: number, name: string) {
    const next = splitMix32(hashName(name) ^ Math.imul(seed | 0, 0x9e3779b1));
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1; // never all zero, the one state that xoshiro cannot leave
  }

  /** A generator that goes on from a saved state. */
  static fromState(state: RandomState): Random {
    const random = new Random(0, "");
    [random.#a, random.#b, random.#c, random.#d] = state;
    return random;
  }

  get state(): RandomState {
    return [this.#a >>> 0, this.#b >>> 0, this.#c >>> 0, this.#d >>> 0];
  }

  /** The next 32 random bits, as an integer in [0, 2³²). */
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

  /** A number drawn uniformly from [0, 1), with 53 random bits. */
  nextFloat(): number {
    return ((this.nextUint32() >>> 5) * 0x4000000 + (this.nextUint32() >>> 6)) / 0x20000000000000;
  }

  /** An integer drawn uniformly from [0, bound), without bias; bound is in [1, 2³²]. */
  nextInt(bound: number): number {
    const unbiased = 0x100000000 - (0x100000000 % bound);
    let draw = this.nextUint32();
    while (draw >= unbiased) draw = this.nextUint32();
    return draw % bound;
  }

  /** A number from the standard normal distribution (Box and Muller, 1958). */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextFloat()));
    return radius * Math.cos(2 * Math.PI * this.nextFloat());
  }

  /** A new array with the items in random order (Fisher and Yates); every order is equally likely. */
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

/** SplitMix32: spreads one word of seed over many, as the authors of xoshiro advise. */
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

/** FNV-1a over the name's UTF-16 code units. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}
