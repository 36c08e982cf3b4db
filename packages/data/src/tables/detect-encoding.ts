import {
  type LanguageModel,
  languageModels,
  profileOf,
  type Score,
  scoreText,
  type TextProfile,
  wordBonus,
} from "./language-score.ts";

/** Encoding of a text file, detected from its bytes. */
export interface EncodingGuess {
  /** Label of the most likely encoding, as `TextDecoder` reports it; "utf-8" if nothing fits. */
  readonly encoding: string;
  /**
   * "certain" if the bytes have a byte order mark or are valid UTF-8; "likely" if the text fits a language far better in this
   * encoding than in any other one; otherwise "doubtful".
   */
  readonly confidence: "certain" | "likely" | "doubtful";
  /** Language that the text fits, such as "Japanese"; undefined for Unicode encodings. */
  readonly language: string | undefined;
  /** Possible encodings, the most likely one first; empty if none fits. */
  readonly candidates: readonly string[];
}

/** Number of bytes that are compared with the languages. */
const SCORED_BYTES = 1 << 15;
/** Minimum difference of the logarithms of likelihoods between the best and the second-best encoding. */
const MIN_MARGIN = 3;
/** Maximum difference between the mean logarithm of likelihoods and its expectation in the language. */
const MAX_MISFIT = 3;
/** Maximum number of candidates that are named. */
const MAX_CANDIDATES = 4;
/** Encodings that are rare today. They need stronger evidence. */
const RARE = /^(iso-8859|mac|x-mac|ibm|koi8-u|windows-874)/;
const RARE_COST = 2;
/** Most common encoding of languages with Latin letters. */
const COMMON = "windows-1252";
/** Number of characters outside of ASCII from which on their frequencies alone are evidence of a language. */
const FEW_CHARACTERS = 5;

/**
 * Detects the encoding of a text file: by its byte order mark; by the positions of NUL bytes for UTF-16 without one; as UTF-8 if
 * the bytes are valid; otherwise as the encoding in which the text best fits one of 31 languages.
 *
 * @param bytes the file, or its start
 * @param complete whether `bytes` is the whole file @default true
 * @example
 * ```ts
 * import { detectEncoding } from "@bertie/data";
 *
 * const bytes = Uint8Array.of(0xba, 0xdc, 0xba, 0xc3, 0xa3, 0xac, 0xb7, 0xbf, 0xbc, 0xe4, 0xb8, 0xc9, 0xbe, 0xbb); // 很好，房间干净
 * const { encoding, confidence, language } = detectEncoding(bytes);
 * console.log(encoding, confidence, language); // gb18030 likely Chinese (simplified)
 * ```
 */
export function detectEncoding(bytes: Uint8Array, complete = true): EncodingGuess {
  const unicode = markOf(bytes) ?? utf16ByNulBytes(bytes);
  if (unicode !== undefined) return certain(unicode);
  if (decode(bytes, "utf-8", complete) !== undefined)
    return certain(bytes.includes(0x1b) && isIso2022(bytes) ? "iso-2022-jp" : "utf-8");
  if (isDamagedUtf8(bytes))
    return { encoding: "utf-8", confidence: "doubtful", language: undefined, candidates: ["utf-8"] };
  return detectLegacy(bytes, complete);
}

function certain(encoding: string): EncodingGuess {
  return { encoding, confidence: "certain", language: undefined, candidates: [encoding] };
}

/** Returns the encoding that a byte order mark names. */
export function markOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | undefined {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  return a === 0xfe && b === 0xff ? "utf-16be" : undefined;
}

/** Returns whether all bytes are ASCII characters, which are the same in nearly all encodings. */
export function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}

/** Recognizes UTF-16 without a byte order mark: ASCII characters contain NUL bytes, and all characters are assigned. */
function utf16ByNulBytes(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const sample = bytes.subarray(0, Math.min(bytes.length, SCORED_BYTES) & ~1);
  let nulBytes = 0;
  for (const byte of sample) if (byte === 0) nulBytes++;
  if (nulBytes < 4) return undefined;
  const [best] = (["utf-16le", "utf-16be"] as const)
    .map((encoding) => ({ encoding, text: decode(sample, encoding, false) ?? "\0" }))
    .filter(({ text }) => /^[\P{C}\s\ufeff\u200b-\u200d]*$/u.test(text))
    .map(({ encoding, text }) => ({ encoding, ascii: text.match(/[\n\r\t -~]/g)?.length ?? 0 }))
    .sort((a, b) => b.ascii - a.ascii);
  return best !== undefined && best.ascii > 0 ? best.encoding : undefined;
}

function isIso2022(bytes: Uint8Array): boolean {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, SCORED_BYTES));
  // Escape sequences that select the Japanese characters and ASCII.
  return ["$B", "$@"].some((shift) => text.includes(`\u001b${shift}`)) && /\([BJ]/.test(text);
}

/** Returns whether nearly all characters outside of ASCII are valid UTF-8, so that only a few lines are damaged. */
function isDamagedUtf8(bytes: Uint8Array): boolean {
  const text = new TextDecoder("utf-8").decode(bytes);
  let valid = 0;
  let invalid = 0;
  for (const character of text) {
    if (character === "\ufffd") invalid++;
    else if (character > "\u007f") valid++;
  }
  return valid > 20 * invalid;
}

function detectLegacy(bytes: Uint8Array, complete: boolean): EncodingGuess {
  const sample = sampleOf(bytes);
  const best = new Map<string, Score & { readonly adjusted: number }>();
  const texts = new Map<string, string | undefined>();
  const profiles = new Map<string, TextProfile>();
  for (const model of languageModels()) {
    const { encoding } = model;
    if (!texts.has(encoding))
      texts.set(
        encoding,
        decode(bytes, encoding, complete) === undefined ? undefined : decodeLoosely(sample, encoding),
      );
    const text = texts.get(encoding);
    if (text === undefined) continue;
    const profile = profiles.get(text) ?? profileOf(text);
    profiles.set(text, profile);
    const score = scoreText(profile, model);
    const adjusted = score.likelihood - (RARE.test(encoding) ? RARE_COST : 0);
    if (adjusted > (best.get(encoding)?.adjusted ?? Number.NEGATIVE_INFINITY))
      best.set(encoding, { ...score, adjusted });
  }
  const ranked = [...best].sort(([, a], [, b]) => b.adjusted - a.adjusted);
  const [first] = ranked;
  if (first === undefined) return { encoding: "utf-8", confidence: "doubtful", language: undefined, candidates: [] };
  const [encoding, { model, mean, adjusted }] = first;
  // An encoding in which the text is the same does not compete.
  const others = ranked.slice(1).filter(([other]) => texts.get(other) !== texts.get(encoding));
  const margin = adjusted - (others[0]?.[1].adjusted ?? Number.NEGATIVE_INFINITY);
  const fits = mean > model.expected - MAX_MISFIT;
  const candidates = [encoding, ...others.map(([other]) => other)].slice(0, MAX_CANDIDATES);
  const text = texts.get(encoding)!;
  const isSupported =
    text === texts.get(COMMON) || model.script !== "latin" || isSupportedByWords(profiles.get(text)!, model);
  const confidence = fits && margin >= MIN_MARGIN && isSupported ? "likely" : "doubtful";
  return { encoding, confidence, language: model.name, candidates };
}

/**
 * Returns whether the words of a text support a guess. A few letters alone do not show the language: a single wrong byte in
 * an English text can be a letter of Polish or Czech. The common words of the language have to outnumber the words of
 * every language in the most common encoding.
 */
function isSupportedByWords(text: TextProfile, model: LanguageModel): boolean {
  const characters = [...text.counts.values()].reduce((sum, count) => sum + count, text.controls);
  if (characters >= FEW_CHARACTERS) return true;
  const others = languageModels().filter(({ encoding }) => encoding === COMMON);
  return wordBonus(text, model) > Math.max(...others.map((other) => wordBonus(text, other)));
}

/** Returns lines with characters outside of ASCII. */
function sampleOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= SCORED_BYTES) return bytes;
  const lines: number[] = [];
  for (let start = 0; start < bytes.length && lines.length < SCORED_BYTES; ) {
    const lineFeed = bytes.indexOf(0x0a, start);
    const end = lineFeed < 0 ? bytes.length : lineFeed + 1;
    const line = bytes.subarray(start, Math.min(end, start + SCORED_BYTES));
    if (!isAscii(line)) lines.push(...line);
    start = end;
  }
  return Uint8Array.from(lines);
}

function decode(bytes: Uint8Array, encoding: string, complete: boolean): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: !complete });
  } catch {
    return undefined;
  }
}

function decodeLoosely(bytes: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding).decode(bytes);
}
