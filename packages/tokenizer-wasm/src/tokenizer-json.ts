import { BertieError } from "@bertie/common";
import type { TokenizerOptions } from "./options.ts";

/** A parsed `tokenizer.json`. Only what a BERT tokenizer needs is looked at. */
export type TokenizerJson = { readonly [key: string]: unknown };

/**
 * Limits that no BERT's file comes near, and that keep a hostile one from eating memory or time. Parsed, a value takes up to
 * twenty times the memory of its text; every added token is looked for everywhere in a text.
 */
const LONGEST = 1 << 25;
const MOST_VALUES = 1 << 21;
const DEEPEST = 100;
const MOST_ADDED_TOKENS = 10_000;

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
      maxInputCharsPerWord: wordLimit(model.max_input_chars_per_word),
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

function tooLarge(message: string): BertieError {
  return new BertieError("tokenizer/too-large", `tokenizer.json: ${message}; is it a BERT tokenizer's?`);
}

function parse(json: string): Fields {
  refuseGiants(json);
  try {
    const file: unknown = JSON.parse(json);
    if (isFields(file)) return file;
  } catch (error) {
    throw fault(`no JSON (${(error as Error).message.replace(/\p{Cc}+/gu, " ")}); is the file whole?`);
  }
  throw fault("no object; is it the right file?");
}

/** Before it is parsed: how long it is, how deep it is nested and how many values it has at most. */
function refuseGiants(json: string): void {
  if (json.length > LONGEST) throw tooLarge(`it has ${json.length} characters`);
  let [depth, deepest, values] = [0, 0, 0];
  for (let i = 0; i < json.length; i++) {
    const unit = json[i];
    if (unit === '"') i = closingQuote(json, i);
    else if (unit === "{" || unit === "[") {
      deepest = Math.max(deepest, ++depth);
      values++;
    } else if (unit === "}" || unit === "]") depth--;
    else if (unit === ",") values++;
  }
  if (deepest > DEEPEST) throw tooLarge(`it is nested ${deepest} deep`);
  if (values > MOST_VALUES) throw tooLarge(`it has ${values} values`);
}

function closingQuote(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
  return i;
}

/** A value as it may stand in a message: on one line, and short. */
function show(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    return "something that is no JSON";
  }
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return short.replace(/\p{Cc}/gu, " ");
}

function wordLimit(value: unknown): number {
  if (value === undefined) return 100;
  if (typeof value === "number") return value;
  throw fault(`"model.max_input_chars_per_word" is ${show(value)}; it must be a whole number`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function part(fields: Fields, key: string, path = ""): Fields {
  const value = fields[key];
  if (isFields(value)) return value;
  throw unsupported(
    `"${path}${key}" is ${value === undefined ? "missing" : show(value)}, but a BERT tokenizer has one`,
  );
}

function demand(name: string, { type }: Fields, expected: string): void {
  demandSame(`${name}.type`, type, expected);
}

function demandSame(name: string, value: unknown, expected: string | boolean): void {
  if (value === expected) return;
  throw unsupported(`"${name}" is ${show(value)}; only ${show(expected)} is supported`);
}

/** An option that may be null, which means its default. */
function flag(fields: Fields, key: string): boolean | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  throw fault(`"normalizer.${key}" is ${show(value)}; make it true, false or null`);
}

function readAddedTokens(value: unknown): AddedToken[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw fault('"added_tokens" is no list');
  if (value.length > MOST_ADDED_TOKENS) throw tooLarge(`it has ${value.length} added tokens`);
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
  const entries: (readonly [token: string, id: unknown])[] = [
    ...Object.entries(vocab),
    ...added.map(({ content, id }) => [content, id] as const),
  ];
  // Ids may leave some out, but not most: a single token could otherwise ask for any number of empty ones.
  const end = 2 * entries.length + 1000;
  const tokens: string[] = [];
  for (const [token, id] of entries) {
    if (!isId(id)) throw fault(`the id of token ${show(token)} is ${show(id)}; it must be a whole number`);
    if (id >= end) throw fault(`the id of token ${show(token)} is ${id}, but there are only ${entries.length} tokens`);
    if (token.includes("\n")) throw unsupported(`token ${show(token)} has a line break in it`);
    if (tokens[id] !== undefined && tokens[id] !== token) {
      throw fault(`tokens ${show(tokens[id])} and ${show(token)} have the same id ${id}`);
    }
    tokens[id] = token;
  }
  return Array.from(tokens, (token) => token ?? "");
}

/** Only BERT's own way to frame texts is there, so a file that asks for another one is refused. */
function checkPostProcessor(value: unknown): void {
  if (value === undefined || value === null) return;
  if (!isFields(value)) throw fault('"post_processor" is no object');
  if (value.type === "BertProcessing") return;
  demand("post_processor", value, "TemplateProcessing");
  // Of a longer one the beginning shows that it is another.
  const template = (key: string) =>
    Array.isArray(value[key]) ? value[key].slice(0, 6).map(describePiece).join(" ") : "";
  demandSame("post_processor.single", template("single"), "[CLS]:0 A:0 [SEP]:0");
  demandSame("post_processor.pair", template("pair"), "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1");
}

function describePiece(piece: unknown): string {
  const inner = isFields(piece) ? (piece.SpecialToken ?? piece.Sequence) : undefined;
  return isFields(inner) ? `${plain(inner.id)}:${plain(inner.type_id)}` : "?";
}

function plain(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "?";
}
