import type { AddedToken } from "@bertie/common";
import {
  components,
  type Fields,
  flag,
  format,
  invalidJson,
  isFields,
  isId,
  optionalSection,
  unsupported,
  wholeNumber,
} from "./fields.ts";

/** A part of a row: ids that are added, or the tokens of a text. */
export type RowPart =
  | { readonly ids: readonly number[]; readonly tokens: readonly string[]; readonly typeId: number }
  | { readonly text: 0 | 1; readonly typeId: number };

/** The rows that a post-processor builds from a text, and from a pair of texts. */
export type Rows = {
  readonly single: readonly RowPart[];
  readonly pair: readonly RowPart[];
  /** Whether whitespace around added tokens is not part of their offsets. */
  readonly trimsOffsets?: boolean;
};

/** Rows without special tokens, as tokenizers without a post-processor build them. */
const BARE: Rows = {
  single: [{ text: 0, typeId: 0 }],
  pair: [
    { text: 0, typeId: 0 },
    { text: 1, typeId: 1 },
  ],
};
const MAX_PARTS = 64;
/** The character that stands for a space in byte-level vocabularies, which RobertaProcessing removes from offsets as well. */
const TRIMMED = /^[\sĠ]|[\sĠ]$/;

/**
 * Reads the post-processor: null, TemplateProcessing, BertProcessing or RobertaProcessing.
 *
 * @param tokens tokens by id, to check that both agree
 * @throws BertieError "tokenizer/unsupported" if it cannot be honoured exactly, "tokenizer/invalid-json" if it is malformed
 */
export function readPostProcessor(
  file: Fields,
  tokens: ReadonlyMap<number, string>,
  added: readonly AddedToken[],
): Rows {
  const given = optionalSection(file, "post_processor");
  const parts = given === undefined ? [] : components(given, "processors", "post_processor");
  const [only, ...others] = parts;
  if (only === undefined) return BARE;
  if (others.length > 0)
    throw unsupported(
      `"post_processor" is a sequence of ${parts.length} processors. Only sequences of one are supported. Combine them in a TemplateProcessing.`,
    );
  const { part, path } = only;
  const rows = rowsOf(part, path, tokens, added);
  for (const row of [...rows.single, ...rows.pair]) {
    if (!("ids" in row)) continue;
    for (const [index, id] of row.ids.entries()) {
      const token = row.tokens[index];
      if (tokens.get(id) !== token)
        throw unsupported(
          `"${path}" adds the token ${format(token)} with the id ${id}, but the vocabulary has ${format(tokens.get(id))} there. Correct the id.`,
        );
    }
  }
  return rows;
}

function rowsOf(part: Fields, path: string, tokens: ReadonlyMap<number, string>, added: readonly AddedToken[]): Rows {
  switch (part.type) {
    case "TemplateProcessing":
      return { single: template(part, "single", path, 1), pair: template(part, "pair", path, 2) };
    case "BertProcessing": {
      const [cls, sep] = [fixedToken(part, "cls", path), fixedToken(part, "sep", path)];
      const single = [
        { ...cls, typeId: 0 },
        { text: 0 as const, typeId: 0 },
        { ...sep, typeId: 0 },
      ];
      return { single, pair: [...single, { text: 1, typeId: 1 }, { ...sep, typeId: 1 }] };
    }
    case "RobertaProcessing": {
      const trimsOffsets = readTrimming(part, path, tokens, added);
      const [cls, sep] = [fixedToken(part, "cls", path), fixedToken(part, "sep", path)].map((t) => ({
        ...t,
        typeId: 0,
      }));
      const single = [cls!, { text: 0 as const, typeId: 0 }, sep!];
      return { single, pair: [...single, sep!, { text: 1, typeId: 0 }, sep!], trimsOffsets };
    }
  }
  throw unsupported(
    `"${path}.type" is ${format(part.type)}. Only TemplateProcessing, BertProcessing and RobertaProcessing are supported.`,
  );
}

/**
 * Returns whether whitespace around added tokens is not part of their offsets. RobertaProcessing removes the spaces of every
 * token from its offsets, which otherwise matters only for tokens that contain spaces, and for the spaces around an added token
 * in the normalized text, such as the ones around ideographs.
 */
function readTrimming(
  part: Fields,
  path: string,
  tokens: ReadonlyMap<number, string>,
  added: readonly AddedToken[],
): boolean {
  if (flag(part, "trim_offsets", path) === false) return false;
  const isAffected = ({ content, normalized, lstrip, rstrip }: AddedToken) =>
    normalized && (lstrip || rstrip || /\p{Ideographic}/u.test(content));
  const affected = [...tokens.values()].find((token) => TRIMMED.test(token)) ?? added.find(isAffected)?.content;
  if (affected === undefined) return true;
  throw unsupported(
    `"${path}.trim_offsets" is not false, which changes the offsets of the token ${format(affected)}. Set trim_offsets to false.`,
  );
}

function fixedToken(part: Fields, key: string, path: string): { ids: number[]; tokens: string[] } {
  const value = part[key];
  const [token, id] = Array.isArray(value) ? value : [];
  if (typeof token === "string" && isId(id)) return { ids: [id], tokens: [token] };
  throw invalidJson(`"${path}.${key}" is ${format(value)}. Expected a token and its id.`);
}

function template(part: Fields, key: "single" | "pair", path: string, texts: 1 | 2): RowPart[] {
  const pieces = part[key];
  if (!Array.isArray(pieces)) throw invalidJson(`"${path}.${key}" is ${format(pieces)}. Expected an array of pieces.`);
  if (pieces.length > MAX_PARTS)
    throw unsupported(`"${path}.${key}" has ${pieces.length} pieces. Only ${MAX_PARTS} are supported.`);
  const rows = pieces.map((piece: unknown, index) => rowPart(part, piece, `${path}.${key}[${index}]`));
  const names = rows.flatMap((row) => ("text" in row ? ["AB"[row.text]] : []));
  if ([...names].sort().join() !== (texts === 1 ? "A" : "A,B"))
    throw unsupported(
      `"${path}.${key}" has the sequences ${names.join(", ") || "none"}. Expected ${texts === 1 ? "A once" : "A and B once each"}. Correct the template.`,
    );
  return rows;
}

function rowPart(part: Fields, piece: unknown, path: string): RowPart {
  const fields = isFields(piece) ? piece : {};
  const { Sequence: sequence, SpecialToken: special } = fields;
  if (isFields(sequence) && (sequence.id === "A" || sequence.id === "B"))
    return { text: sequence.id === "A" ? 0 : 1, typeId: wholeNumber(sequence, "type_id", path, 0) };
  if (isFields(special) && typeof special.id === "string") {
    const known = isFields(part.special_tokens) ? part.special_tokens[special.id] : undefined;
    const { ids, tokens } = isFields(known) ? known : {};
    if (
      Array.isArray(ids) &&
      ids.every(isId) &&
      Array.isArray(tokens) &&
      tokens.length === ids.length &&
      ids.length <= MAX_PARTS
    )
      return { ids, tokens: tokens.map(String), typeId: wholeNumber(special, "type_id", path, 0) };
    throw invalidJson(`"${path}" is the token ${format(special.id)}, which special_tokens does not define.`);
  }
  throw invalidJson(`"${path}" is ${format(piece)}. Expected a Sequence or a SpecialToken.`);
}
