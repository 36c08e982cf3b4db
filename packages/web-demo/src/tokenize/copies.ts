import type { Encoding } from "@bertie/tokenizer-wasm";

/** Format in which an encoding is copied. */
export type CopyFormat = "ids" | "tokens" | "json";

export interface EncodedText {
  readonly text: string;
  readonly pair: string | undefined;
  readonly encoding: Encoding;
}

/**
 * Returns an encoding as text: the ids as a list that Python and JavaScript read, the tokens separated by spaces, or everything as
 * JSON with the names of transformers. Offsets count code points, as in Python.
 */
export function copyOf({ text, pair, encoding }: EncodedText, format: CopyFormat): string {
  const { ids, tokens, typeIds, attentionMask, offsets, specialTokensMask } = encoding;
  if (format === "ids") return `[${ids.join(", ")}]`;
  if (format === "tokens") return tokens.join(" ");
  const indices = [text, pair ?? ""].map(codePointIndices);
  return JSON.stringify({
    text,
    ...(pair !== undefined && { text_pair: pair }),
    tokens,
    input_ids: ids,
    token_type_ids: typeIds,
    attention_mask: attentionMask,
    special_tokens_mask: specialTokensMask,
    offset_mapping: offsets.map((span, i) =>
      specialTokensMask[i] === 1 ? [0, 0] : span.map((unit) => indices[typeIds[i]!]![unit]),
    ),
  });
}

/** Returns the number of code points of a text. */
export function countCodePoints(text: string): number {
  let count = 0;
  for (let unit = 0; unit < text.length; unit += text.codePointAt(unit)! > 0xffff ? 2 : 1) count++;
  return count;
}

/** Returns the number of code points before each UTF-16 code unit of a text, and before its end. */
function codePointIndices(text: string): Uint32Array {
  const indices = new Uint32Array(text.length + 1);
  let count = 0;
  for (let unit = 0; unit < text.length; unit++) {
    indices[unit] = count;
    const isPair = text.codePointAt(unit)! > 0xffff;
    if (isPair) indices[++unit] = count;
    count++;
  }
  indices[text.length] = count;
  return indices;
}
