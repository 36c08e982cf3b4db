import { foldText } from "./normalize.ts";

/** Hash of 64 bits, as two words of 32 bits. */
export type TextHash = readonly [low: number, high: number];

const PAIR_SEPARATOR = 0x10000;
const SPACE = 0x20;

/** Results of {@link foldUnit} that are not code units. */
const UNCOUNTED = { unknown: 0, skipped: -1, expanded: -2, contextual: -3 } as const;
/** Folded form of each code unit plus 1, or one of {@link UNCOUNTED}. */
const foldedUnits = new Int32Array(1 << 16);
const expansions = new Map<number, string>();
/** Characters whose folded form depends on their neighbors: combining marks, Hangul letters and halves of characters. */
const CONTEXTUAL = /[\p{M}\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb\uff9e\uff9f\ud800-\udfff]/u;

/** Returns the hash of a text or a pair of texts: two multiply-xor hashes with the finalizer of MurmurHash3 (Appleby, 2011). */
export function hashOf(text: string, pair?: string): TextHash {
  const hash = createHash();
  for (let i = 0; i < text.length; i++) hash.mix(text.charCodeAt(i));
  if (pair !== undefined) {
    hash.mix(PAIR_SEPARATOR);
    for (let i = 0; i < pair.length; i++) hash.mix(pair.charCodeAt(i));
  }
  return hash.finish();
}

/** Returns a hash of 32 bits of a text or a pair of texts. */
export function wordHashOf(text: string, pair?: string): number {
  let word = 0x9e3779b9 | 0;
  for (let i = 0; i < text.length; i++) {
    word = Math.imul(word ^ text.charCodeAt(i), 0x9e3779b1);
    word ^= word >>> 15;
  }
  return pair === undefined ? finalize(word) : finalize(word ^ Math.imul(wordHashOf(pair), 0x5f356495));
}

/** Returns `hashOf(foldText(text), foldText(pair))` without building the folded texts. */
export function foldedHashOf(text: string, pair?: string): TextHash {
  const hash = createHash();
  if (!mixFolded(hash, text)) return slowHashOf(text, pair);
  if (pair === undefined) return hash.finish();
  hash.mix(PAIR_SEPARATOR);
  return mixFolded(hash, pair) ? hash.finish() : slowHashOf(text, pair);
}

function slowHashOf(text: string, pair: string | undefined): TextHash {
  return hashOf(foldText(text), pair === undefined ? undefined : foldText(pair));
}

/** Mixes the folded code units of a text into a hash. Returns false if the text cannot be folded unit by unit. */
function mixFolded(hash: Hash, text: string): boolean {
  let isStart = true;
  let spaceIsPending = false;
  const mixUnit = (unit: number) => {
    if (unit === SPACE) {
      spaceIsPending = !isStart;
      return;
    }
    if (spaceIsPending) hash.mix(SPACE);
    hash.mix(unit);
    isStart = false;
    spaceIsPending = false;
  };
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    let folded = foldedUnits[unit]!;
    if (folded === UNCOUNTED.unknown) folded = foldUnit(unit);
    if (folded > 0) mixUnit(folded - 1);
    else if (folded === UNCOUNTED.contextual) return false;
    else if (folded === UNCOUNTED.expanded) {
      const expansion = expansions.get(unit)!;
      for (let j = 0; j < expansion.length; j++) mixUnit(expansion.charCodeAt(j));
    }
  }
  return true;
}

/** Computes and remembers the folded form of a code unit. */
function foldUnit(unit: number): number {
  const character = String.fromCharCode(unit);
  const isContextual = CONTEXTUAL.test(character) || CONTEXTUAL.test(foldText(character));
  // Between two letters, white space becomes a space and invisible characters disappear.
  const folded = foldText(`x${character}x`).slice(1, -1);
  const result = isContextual
    ? UNCOUNTED.contextual
    : folded === ""
      ? UNCOUNTED.skipped
      : folded.length > 1
        ? UNCOUNTED.expanded
        : folded.charCodeAt(0) + 1;
  if (result === UNCOUNTED.expanded) expansions.set(unit, folded);
  foldedUnits[unit] = result;
  return result;
}

interface Hash {
  readonly mix: (code: number) => void;
  readonly finish: () => TextHash;
}

function createHash(): Hash {
  let low = 0x9e3779b9 | 0;
  let high = 0x85ebca6b | 0;
  return {
    mix(code) {
      low = Math.imul(low ^ code, 0x9e3779b1);
      low ^= low >>> 15;
      high = Math.imul(high ^ code, 0x5f356495);
      high ^= high >>> 13;
    },
    finish: () => [finalize(low ^ (high << 7)), finalize(high + Math.imul(low, 3))],
  };
}

function finalize(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
