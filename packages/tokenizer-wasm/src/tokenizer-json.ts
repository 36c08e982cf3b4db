import { BertieError } from "@bertie/common";
import type { TokenizerOptions } from "./options.ts";

/** A parsed `tokenizer.json`. Only what a BERT tokenizer needs is looked at. */
export type TokenizerJson = { readonly [key: string]: unknown };

/** What a `tokenizer.json` says. */
export type TokenizerJsonContents = {
  /** All tokens, in the order of their ids; an id that has none is the empty token, which matches nothing. */
  readonly tokens: readonly string[];
  /** Tokens that may stand in the text as they are. */
  readonly addedTokens: readonly string[];
  readonly options: { readonly [Key in keyof TokenizerOptions]: TokenizerOptions[Key] | undefined };
};

/**
 * Reads a `tokenizer.json` whose parts are BertNormalizer, BertPreTokenizer and WordPiece.
 *
 * Its `truncation` and `padding` are left to the options of each call, and so are `[CLS]` and `[SEP]`, which a post
 * processor may put nowhere else than BERT does.
 */
export function readTokenizerJson(json: string | TokenizerJson): TokenizerJsonContents {
  const file = typeof json === "string" ? parse(json) : json;
  const model = part(file, "model");
  const normalizer = part(file, "normalizer");
  demand("model", model, "WordPiece");
  demand("normalizer", normalizer, "BertNormalizer");
  demand("pre_tokenizer", part(file, "pre_tokenizer"), "BertPreTokenizer");
  demandSame("model.continuing_subword_prefix", model.continuing_subword_prefix ?? "##", "##");
  demandSame("model.unk_token", model.unk_token ?? "[UNK]", "[UNK]");
  checkPostProcessor(file.post_processor);
  const added = readAddedTokens(file.added_tokens);
  return {
    tokens: readVocabulary(part(model, "vocab", "model."), added),
    addedTokens: added.map(({ content }) => content),
    options: {
      lowercase: flag(normalizer, "lowercase"),
      stripAccents: flag(normalizer, "strip_accents"),
      cleanText: flag(normalizer, "clean_text"),
      handleChineseChars: flag(normalizer, "handle_chinese_chars"),
      maxInputCharsPerWord: model.max_input_chars_per_word === undefined ? 100 : Number(model.max_input_chars_per_word),
    },
  };
}

type Fields = { readonly [key: string]: unknown };
type AddedToken = { readonly id: number; readonly content: string };

function fault(message: string): BertieError {
  return new BertieError("tokenizer/invalid-json", `tokenizer.json: ${message}`);
}

function unsupported(message: string): BertieError {
  return new BertieError("tokenizer/unsupported", `tokenizer.json: ${message}`);
}

function parse(json: string): Fields {
  try {
    const file: unknown = JSON.parse(json);
    if (isFields(file)) return file;
  } catch (error) {
    throw fault(`no JSON (${(error as Error).message}); is the file whole?`);
  }
  throw fault("no object; is it the right file?");
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function part(fields: Fields, key: string, path = ""): Fields {
  const value = fields[key];
  if (isFields(value)) return value;
  throw unsupported(
    `"${path}${key}" is ${value === undefined ? "missing" : JSON.stringify(value)?.slice(0, 60)}, but a BERT tokenizer has one`,
  );
}

function demand(name: string, { type }: Fields, expected: string): void {
  demandSame(`${name}.type`, type, expected);
}

function demandSame(name: string, value: unknown, expected: string | boolean): void {
  if (value === expected) return;
  throw unsupported(`"${name}" is ${JSON.stringify(value)}; only ${JSON.stringify(expected)} is supported`);
}

/** An option that may be null, which means its default. */
function flag(fields: Fields, key: string): boolean | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  throw fault(`"normalizer.${key}" is ${JSON.stringify(value)}; make it true, false or null`);
}

function readAddedTokens(value: unknown): AddedToken[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw fault('"added_tokens" is no list');
  return value.map((token: unknown, index) => {
    const name = `added_tokens[${index}]`;
    if (!isFields(token) || typeof token.content !== "string" || !isId(token.id)) {
      throw fault(`"${name}" has no "id" and "content"`);
    }
    for (const key of ["lstrip", "rstrip", "single_word"]) demandSame(`${name}.${key}`, token[key] ?? false, false);
    return { id: token.id, content: token.content };
  });
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1 << 24;
}

function readVocabulary(vocab: Fields, added: readonly AddedToken[]): string[] {
  const tokens: string[] = [];
  const place = (token: string, id: unknown) => {
    if (!isId(id))
      throw fault(`the id of token ${JSON.stringify(token)} is ${JSON.stringify(id)}; it must be a whole number`);
    if (token.includes("\n")) throw unsupported(`token ${JSON.stringify(token)} has a line break in it`);
    if (tokens[id] !== undefined && tokens[id] !== token) {
      throw fault(`tokens ${JSON.stringify(tokens[id])} and ${JSON.stringify(token)} have the same id ${id}`);
    }
    tokens[id] = token;
  };
  for (const [token, id] of Object.entries(vocab)) place(token, id);
  for (const { id, content } of added) place(content, id);
  return Array.from(tokens, (token) => token ?? "");
}

/** Only BERT's own way to frame texts is there, so a file that asks for another one is refused. */
function checkPostProcessor(value: unknown): void {
  if (value === undefined || value === null) return;
  if (!isFields(value)) throw fault('"post_processor" is no object');
  if (value.type === "BertProcessing") return;
  demand("post_processor", value, "TemplateProcessing");
  const template = (key: string) => (Array.isArray(value[key]) ? value[key].map(describePiece).join(" ") : "");
  demandSame("post_processor.single", template("single"), "[CLS]:0 A:0 [SEP]:0");
  demandSame("post_processor.pair", template("pair"), "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1");
}

function describePiece(piece: unknown): string {
  const inner = isFields(piece) ? (piece.SpecialToken ?? piece.Sequence) : undefined;
  return isFields(inner) ? `${inner.id}:${inner.type_id}` : "?";
}
