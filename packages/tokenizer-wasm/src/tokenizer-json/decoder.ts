import { components, type Fields, flag, format, optionalSection, text, unsupported } from "./fields.ts";

/** The decoder of a tokenizer.json. */
export type Decoder = {
  /** Prefix of tokens that are joined to the previous token. */
  readonly prefix: string;
  /** Whether spaces before punctuation and inside English contractions are removed. */
  readonly cleanUp: boolean;
};

/**
 * Reads the decoder.
 *
 * @returns null if tokens are joined by spaces, because the file has no decoder
 * @throws BertieError "tokenizer/unsupported" if it is not the decoder of WordPiece
 */
export function readDecoder(file: Fields): Decoder | null {
  const given = optionalSection(file, "decoder");
  const parts = given === undefined ? [] : components(given, "decoders", "decoder");
  const [only, ...others] = parts;
  if (only === undefined) return null;
  const { part, path } = only;
  if (part.type !== "WordPiece" || others.length > 0) {
    const type = others.length > 0 ? "a sequence of decoders" : format(part.type);
    throw unsupported(
      `"${path}.type" is ${type}. Only the decoder WordPiece is supported. Set "decoder" to null if you do not decode ids.`,
    );
  }
  return { prefix: text(part, "prefix", path, "##"), cleanUp: flag(part, "cleanup", path) ?? true };
}
