/** Boundary values of the integer types in file formats. */
const EDGES = [
  0,
  1,
  2,
  7,
  8,
  0x7f,
  0x80,
  0xff,
  0x100,
  0x7fff,
  0xffff,
  0x7fffffff,
  0x80000000,
  0xffffffff,
  2 ** 40,
  2 ** 53,
];

/**
 * Creates a function that derives a new input from a pool of inputs. The same seed gives the same inputs.
 *
 * @param {number} seed
 * @param {readonly string[]} words strings with a meaning in the parser's format
 * @param {number} largest maximum size of an input in bytes
 * @returns {(pool: readonly Uint8Array[]) => Uint8Array}
 */
export function createMutator(seed, words, largest) {
  const next = mulberry32(seed);
  const below = (limit) => Math.floor(next() * limit);
  const pick = (list) => list[below(list.length)];
  const wordBytes = words.map((word) => Uint8Array.from(word, (character) => character.charCodeAt(0)));

  /** @param {(copy: Uint8Array, at: number) => void} change */
  const changed = (input, change) => {
    const copy = input.slice();
    if (copy.length > 0) change(copy, below(copy.length));
    return copy;
  };
  /** @type {((input: Uint8Array, pool: readonly Uint8Array[]) => Uint8Array)[]} */
  const mutations = [
    (input) => changed(input, (copy, at) => copy.set([copy[at] ^ (1 << below(8))], at)),
    (input) => changed(input, (copy, at) => copy.set([below(256)], at)),
    (input) => changed(input, (copy, at) => writeNumber(copy, at, pick(EDGES), pick([1, 2, 4, 8]))),
    (input) => changed(input, (copy, at) => writeNumber(copy, at, below(copy.length + 2), pick([1, 2, 4, 8]))),
    (input) => input.slice(0, below(input.length + 1)),
    (input) => {
      const from = below(input.length + 1);
      return spliced(input, from, 1 + below(Math.min(16, input.length - from + 1)), new Uint8Array(0));
    },
    (input) =>
      spliced(
        input,
        below(input.length + 1),
        0,
        Uint8Array.from({ length: 1 + below(4) }, () => below(256)),
      ),
    (input, pool) => {
      const other = pick(pool);
      const from = below(other.length + 1);
      const part = other.subarray(from, from + below(Math.min(256, other.length - from + 1)));
      return spliced(input, below(input.length + 1), pick([0, part.length]), part);
    },
    (input) => {
      const from = below(input.length + 1);
      const part = input.subarray(from, from + 1 + below(64));
      return spliced(input, from, 0, part);
    },
  ];
  if (words.length > 0) {
    mutations.push((input) => spliced(input, below(input.length + 1), 0, pick(wordBytes)));
    mutations.push((input) => {
      const word = pick(wordBytes);
      return spliced(input, below(input.length + 1), word.length, word);
    });
  }

  return (pool) => {
    let input = pick(pool);
    for (let times = 1 + below(4); times > 0; times--) input = pick(mutations)(input, pool);
    return input.length > largest ? input.slice(0, largest) : input;
  };
}

function writeNumber(bytes, at, value, size) {
  let rest = value;
  for (let i = at; i < Math.min(at + size, bytes.length); i++) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function spliced(input, from, removed, inserted) {
  const rest = input.subarray(Math.min(from + removed, input.length));
  const result = new Uint8Array(from + inserted.length + rest.length);
  result.set(input.subarray(0, from));
  result.set(inserted, from);
  result.set(rest, from + inserted.length);
  return result;
}

/** Creates a small random generator with 32 bits of state, by Tommy Ettinger. */
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
