import { type AddedToken, BertieError } from "@bertie/common";
import type { TokenizerOptions } from "./options.ts";

/** A parsed `tokenizer.json`. Fields that a BERT tokenizer does not need are ignored. */
export type TokenizerJson = { readonly [key: string]: unknown };

// These limits are far above the size of any BERT model's file. They prevent a malicious file from exhausting memory or
// time: a parsed value takes up to 20 times the memory of its JSON text, and each input text is searched for every
// added token.
const MAX_CHARACTERS = 1 << 25;
const MAX_VALUES = 1 << 21;
const MAX_DEPTH = 100;
const MAX_ADDED_TOKENS = 10_000;

/** Contents of a `tokenizer.json`. */
export type TokenizerJsonContents = {
  /** Tokens of the vocabulary, in the order of their ids. Unused ids have the empty token, which never matches. */
  readonly tokens: readonly string[];
  /** Tokens to recognize in the text before it is split into words. The vocabulary need not contain them. */
  readonly addedTokens: readonly AddedToken[];
  /** Tokenizer options; undefined if the file does not set them. */
  readonly options: { readonly [Key in keyof TokenizerOptions]: TokenizerOptions[Key] | undefined };
};

/**
 * Reads a `tokenizer.json` that consists of BertNormalizer, BertPreTokenizer and WordPiece.
 *
 * Ignores `truncation` and `padding`, which are options of each call. The post-processor, if there is one, must add
 * `[CLS]` and `[SEP]` as BERT does.
 *
 * @throws BertieError "tokenizer/unsupported" if the file describes another kind of tokenizer, "tokenizer/invalid-json"
 * if it is invalid, "tokenizer/too-large" if it exceeds a limit
 *
 * @example
 * ```ts
 * import { readTokenizerJson } from "@bertie/tokenizer-wasm";
 *
 * const { tokens, options } = readTokenizerJson({
 *   normalizer: { type: "BertNormalizer", lowercase: true },
 *   pre_tokenizer: { type: "BertPreTokenizer" },
 *   model: { type: "WordPiece", vocab: { "[PAD]": 0, "[UNK]": 1, hello: 2 } },
 * });
 * console.log(tokens, options.lowercase); // [ "[PAD]", "[UNK]", "hello" ] true
 * ```
 */
export function readTokenizerJson(json: string | TokenizerJson): TokenizerJsonContents {
  const file = typeof json === "string" ? parse(json) : json;
  const model = section(file, "model");
  const normalizer = section(file, "normalizer");
  checkType("model", model, "WordPiece");
  checkType("normalizer", normalizer, "BertNormalizer");
  checkType("pre_tokenizer", section(file, "pre_tokenizer"), "BertPreTokenizer");
  checkValue("model.continuing_subword_prefix", model.continuing_subword_prefix ?? "##", "##");
  checkValue("model.unk_token", model.unk_token ?? "[UNK]", "[UNK]");
  checkPostProcessor(file.post_processor);
  const added = readAddedTokens(file.added_tokens);
  return {
    tokens: readVocabulary(section(model, "vocab", "model."), added),
    addedTokens: added,
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

function invalidJson(message: string): BertieError {
  return new BertieError("tokenizer/invalid-json", `tokenizer.json: ${message}`);
}

function unsupported(message: string): BertieError {
  return new BertieError("tokenizer/unsupported", `tokenizer.json: ${message}`);
}

function tooLarge(message: string): BertieError {
  return new BertieError(
    "tokenizer/too-large",
    `tokenizer.json: ${message}. Check that the file belongs to a BERT model.`,
  );
}

function parse(json: string): Fields {
  checkSize(json);
  try {
    const file: unknown = JSON.parse(json);
    if (isFields(file)) return file;
  } catch (error) {
    const reason = (error as Error).message.replace(/\p{Cc}+/gu, " ");
    throw invalidJson(`the file is not valid JSON (${reason}). Check that it is complete.`);
  }
  throw invalidJson("the file is not a JSON object. Check that it belongs to a BERT model.");
}

/** Checks the length, the nesting depth and the number of values of a JSON text without parsing it. */
function checkSize(json: string): void {
  if (json.length > MAX_CHARACTERS)
    throw tooLarge(`the file has ${json.length} characters, more than ${MAX_CHARACTERS}`);
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
  if (deepest > MAX_DEPTH) throw tooLarge(`the file has values nested ${deepest} levels deep, more than ${MAX_DEPTH}`);
  if (values > MAX_VALUES) throw tooLarge(`the file has ${values} values, more than ${MAX_VALUES}`);
}

/** Returns the index of the quote that closes the string whose opening quote is at `start`. */
function closingQuote(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
  return i;
}

/** Formats a value for an error message, on one line and truncated to 60 characters. */
function format(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    return "a value that cannot be written as JSON";
  }
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return short.replace(/\p{Cc}/gu, " ");
}

function wordLimit(value: unknown): number {
  if (value === undefined) return 100;
  if (typeof value === "number") return value;
  throw invalidJson(`"model.max_input_chars_per_word" is ${format(value)}. Expected a whole number.`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the object at a key. */
function section(fields: Fields, key: string, path = ""): Fields {
  const value = fields[key];
  if (isFields(value)) return value;
  const actual = value === undefined ? "missing" : format(value);
  throw unsupported(`"${path}${key}" is ${actual}. Expected an object, as in the file of a BERT model.`);
}

function checkType(name: string, { type }: Fields, expected: string): void {
  checkValue(`${name}.type`, type, expected);
}

function checkValue(name: string, value: unknown, expected: string | boolean): void {
  if (value === expected) return;
  throw unsupported(`"${name}" is ${format(value)}. Only ${format(expected)} is supported.`);
}

/** Returns the value of a boolean option; undefined, which stands for the default, if the option is missing or null. */
function flag(fields: Fields, key: string): boolean | undefined {
  const value = fields[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  throw invalidJson(`"normalizer.${key}" is ${format(value)}. Expected true, false or null.`);
}

function readAddedTokens(value: unknown): AddedToken[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalidJson('"added_tokens" is not an array. Expected an array of objects.');
  if (value.length > MAX_ADDED_TOKENS)
    throw tooLarge(`the file has ${value.length} added tokens, more than ${MAX_ADDED_TOKENS}`);
  return value.map((token: unknown, index) => {
    const name = `added_tokens[${index}]`;
    if (!isFields(token) || typeof token.content !== "string" || !isId(token.id)) {
      throw invalidJson(`"${name}" lacks a valid "id" or "content". Expected a whole number and a string.`);
    }
    const { id, content } = token;
    const isSet = (key: string, otherwise = false) => {
      const given = token[key] ?? otherwise;
      if (typeof given === "boolean") return given;
      throw invalidJson(`"${name}.${key}" is ${format(given)}. Expected true or false.`);
    };
    if (content.includes("\n")) throw unsupported(`token ${format(content)} contains a line break. Remove the token.`);
    const special = isSet("special");
    const flags = { singleWord: isSet("single_word"), lstrip: isSet("lstrip"), rstrip: isSet("rstrip") };
    return { id, content, ...flags, normalized: isSet("normalized", !special), special };
  });
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1 << 24;
}

function readVocabulary(vocab: Fields, added: readonly AddedToken[]): string[] {
  const words = Object.entries(vocab);
  const entries: (readonly [token: string, id: unknown])[] = [
    ...words,
    ...added.map(({ content, id }) => [content, id] as const),
  ];
  // Some ids may be unused. The number is limited, because a single token could otherwise create any number of empty
  // tokens.
  const end = 2 * entries.length + 1000;
  const byId: string[] = [];
  const tokens: string[] = [];
  for (const [index, [token, id]] of entries.entries()) {
    if (!isId(id)) throw invalidJson(`token ${format(token)} has the id ${format(id)}. Expected a whole number.`);
    if (id >= end) {
      throw invalidJson(
        `token ${format(token)} has the id ${id}, but there are only ${entries.length} tokens. Expected consecutive ids.`,
      );
    }
    if (token.includes("\n")) throw unsupported(`token ${format(token)} contains a line break. Remove the token.`);
    if (byId[id] !== undefined && byId[id] !== token) {
      throw invalidJson(`tokens ${format(byId[id])} and ${format(token)} have the same id ${id}. Expected unique ids.`);
    }
    byId[id] = token;
    if (index < words.length) tokens[id] = token;
  }
  return Array.from(tokens, (token) => token ?? "");
}

/** Checks that the post-processor adds special tokens as BERT does, which is the only supported way. */
function checkPostProcessor(value: unknown): void {
  if (value === undefined || value === null) return;
  if (!isFields(value)) throw invalidJson('"post_processor" is not an object. Expected an object or null.');
  if (value.type === "BertProcessing") return;
  checkType("post_processor", value, "TemplateProcessing");
  // BERT's templates have at most five pieces, so six pieces are enough to recognize a longer template.
  const template = (key: string) =>
    Array.isArray(value[key]) ? value[key].slice(0, 6).map(describePiece).join(" ") : "";
  checkValue("post_processor.single", template("single"), "[CLS]:0 A:0 [SEP]:0");
  checkValue("post_processor.pair", template("pair"), "[CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1");
}

function describePiece(piece: unknown): string {
  const inner = isFields(piece) ? (piece.SpecialToken ?? piece.Sequence) : undefined;
  return isFields(inner) ? `${textOf(inner.id)}:${textOf(inner.type_id)}` : "?";
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "?";
}
