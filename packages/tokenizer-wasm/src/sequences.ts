import type { TokenRange } from "./windows.ts";

/** Tokens of each text in encodings whose token type ids do not identify the text. */
const textRanges = new WeakMap<object, readonly TokenRange[]>();

/** Records the tokens of each text in an encoding. */
export function keepTexts(encoding: object, ranges: readonly TokenRange[]): void {
  textRanges.set(encoding, ranges);
}

/** Returns the recorded tokens of each text. */
export function keptTexts(encoding: object): readonly TokenRange[] | undefined {
  return textRanges.get(encoding);
}
