import {
  type AddedToken,
  BertieError,
  type NamedBytes,
  type TokenizerConfig,
  type TokenizerFiles,
  type TokenizerSettings,
} from "@bertie/common";
import { BARE_TEMPLATE, BERT_TOKENS, type RowTemplate } from "./template.ts";
import { readTokenizerJson, type TokenizerJsonContents } from "./tokenizer-json/read.ts";

/** Vocabulary of a model, and the settings of its tokenizer. */
export interface Vocabulary {
  /** Name of the file in messages. */
  readonly name: string;
  /** Contents as in vocab.txt. */
  readonly bytes: Uint8Array;
  /** Whether the model's files say that texts are lowercased; undefined if they do not specify it. */
  readonly lowerCase: boolean | undefined;
  readonly tokenizer: TokenizerSettings;
  /** Warnings about the tokenizer's files, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Returns the vocabulary of a model: vocab.txt, or the vocabulary of tokenizer.json if there is no vocab.txt.
 *
 * The settings are those of transformers 5. Its class for BERT takes them from tokenizer_config.json, and uses its own
 * defaults rather than the normalizer of tokenizer.json for settings that are not there. Its class for any tokenizer uses
 * tokenizer.json.
 *
 * @returns undefined if there is neither file
 * @throws BertieError "tokenizer/…" if tokenizer.json is needed, and the file is malformed or not supported
 *
 * @example
 * ```ts
 * import { vocabularyOf } from "@bertie/tokenizer-wasm";
 *
 * const vocab = { name: "vocab.txt", bytes: new TextEncoder().encode("[PAD]\n[UNK]\n[CLS]\n[SEP]\n") };
 * const vocabulary = vocabularyOf({ vocab, lowerCase: true });
 * console.log(vocabulary?.name, vocabulary?.lowerCase); // vocab.txt true
 * ```
 */
export function vocabularyOf(files: TokenizerFiles): Vocabulary | undefined {
  const { tokenizerJson, tokenizerConfig, isTransformers = false, tokenizer = {} } = files;
  if (files.vocab === undefined && tokenizerJson === undefined) return undefined;
  const json = tokenizerJson && readJson(tokenizerJson, tokenizerConfig?.followsTokenizerJson === true);
  const isJsonUsed = json !== undefined && tokenizerConfig?.followsTokenizerJson === true;
  // transformers reads vocab.txt only if there is no tokenizer.json. The files are usually equal, except for duplicates.
  const isVocabUsed =
    files.vocab !== undefined && (json === undefined || isSameVocabulary(files.vocab.bytes, json.tokens));
  const vocab = isVocabUsed ? files.vocab : undefined;
  // A token with whitespace around it matches no word, but would be another token as a line of vocab.txt.
  const tokens = vocab === undefined ? json!.tokens : undefined;
  const bytes =
    vocab?.bytes ??
    new TextEncoder().encode(tokens!.map((token) => `${token.trim() === token ? token : ""}\n`).join(""));
  const fallback = isTransformers ? { lowerCase: true, specialTokens: "everywhere" as const } : undefined;
  const options = isJsonUsed ? json.options : undefined;
  const added = addedTokensOf(json?.addedTokens ?? [], tokenizerConfig, bytes);
  const lowerCase = options ? (options.lowercase ?? true) : (files.lowerCase ?? fallback?.lowerCase);
  const settings = {
    stripAccents: options ? options.stripAccents : tokenizer.stripAccents,
    handleChineseChars: options ? options.handleChineseChars : tokenizer.handleChineseChars,
    specialTokens: tokenizer.specialTokens ?? fallback?.specialTokens,
    ...(added.length > 0 && { addedTokens: added }),
  };
  return {
    name: vocab?.name ?? tokenizerJson!.name,
    bytes,
    lowerCase,
    tokenizer: settings,
    warnings: [
      ...(files.vocab && !isVocabUsed
        ? [
            `${files.vocab.name} differs from the vocabulary of tokenizer.json, which is used, as in transformers. Remove the wrong file.`,
          ]
        : []),
      ...(tokenizerJson && json && !isJsonUsed
        ? warningsAbout(tokenizerJson.name, json.options, { lowerCase, settings })
        : []),
    ],
  };
}

function isSameVocabulary(vocab: Uint8Array, tokens: readonly string[]): boolean {
  const lines = linesOf(vocab);
  return lines.length >= tokens.length && tokens.every((token, id) => token.trim() === "" || token === lines[id]);
}

function linesOf(vocab: Uint8Array): string[] {
  const lines = new TextDecoder().decode(vocab).replace(/\n$/, "").split("\n");
  return lines.map((line) => line.trim());
}

/** Reads tokenizer.json. */
function readJson(file: NamedBytes, isFollowed: boolean): TokenizerJsonContents {
  try {
    return parseJson(file, isFollowed);
  } catch (error) {
    if (!(error instanceof BertieError)) throw error;
    throw new BertieError(
      error.code,
      error.message.replace(/^tokenizer\.json/, () => file.name),
      { cause: error },
    );
  }
}

/**
 * Maximum size of a `tokenizer.json` in bytes: the character limit of readTokenizerJson() times three bytes of UTF-8
 * per UTF-16 code unit. Larger files may not fit into a string.
 */
const MAX_JSON_BYTES = 3 << 25;

function parseJson({ bytes }: NamedBytes, isFollowed: boolean): TokenizerJsonContents {
  if (bytes.length > MAX_JSON_BYTES) {
    const text = `tokenizer.json: the file has ${bytes.length} bytes, more than ${MAX_JSON_BYTES}. Check that it belongs to a BERT model.`;
    throw new BertieError("tokenizer/too-large", text);
  }
  const contents = readTokenizerJson(new TextDecoder().decode(bytes));
  for (const [isRecorded, setting, expected] of recordedSettings(contents, isFollowed)) {
    if (isRecorded) continue;
    const text = `tokenizer.json: ${setting}, which a model directory with vocab.txt cannot record; expected ${expected}. Use a model with BERT's tokenizer.`;
    throw new BertieError("tokenizer/unsupported", text);
  }
  return contents;
}

/**
 * Returns the settings that vocab.txt and tokenizer_config.json cannot record: whether they are BERT's, and their values in
 * messages.
 *
 * @param isFollowed whether transformers would use the post-processor of the file rather than its own
 */
function* recordedSettings(
  { options, wordPiece, template, tokens, addedTokens }: TokenizerJsonContents,
  isFollowed: boolean,
): Generator<readonly [isRecorded: boolean, setting: string, expected: string]> {
  const { unknownToken, continuationPrefix: prefix, stripsAllMarks, isolatesPunctuation, splitsSymbols } = wordPiece;
  const limit = options.maxInputCharsPerWord;
  yield [options.cleanText !== false, '"normalizer" does not clean texts (clean_text)', "true"];
  yield [limit === 100, `"model.max_input_chars_per_word" is ${limit}`, "100"];
  yield [unknownToken === BERT_TOKENS.unk, `"model.unk_token" is ${unknownToken}`, BERT_TOKENS.unk];
  yield [prefix === "##", `"model.continuing_subword_prefix" is "${prefix}"`, '"##"'];
  yield [!stripsAllMarks, '"normalizer" has the component StripAccents', "BertNormalizer"];
  yield [
    isolatesPunctuation && !splitsSymbols,
    '"pre_tokenizer" does not split texts as BERT does',
    "BertPreTokenizer",
  ];
  const tokenOf = (id: number) => addedTokens.find((token) => token.id === id)?.content ?? tokens[id] ?? "";
  const rows = describe(template, tokenOf);
  const isBare = rows === describe(BARE_TEMPLATE, tokenOf) && !isFollowed;
  yield [isBare || rows === BERT_ROWS, `"post_processor" builds the rows ${rows.slice(0, 200)}`, BERT_ROWS];
}

const BERT_ROWS = "[CLS]:0 A:0 [SEP]:0, and [CLS]:0 A:0 [SEP]:0 B:1 [SEP]:1";

/** Describes rows with one text and with two. */
function describe({ single, pair }: RowTemplate, tokenOf: (id: number) => string): string {
  const row = (pieces: RowTemplate["single"]) =>
    pieces.map((piece) => `${"id" in piece ? tokenOf(piece.id) : "AB"[piece.text]}:${piece.typeId}`).join(" ");
  return `${row(single)}, and ${row(pair)}`;
}

/** Tokens that Bertie recognizes in every vocabulary. */
const SPECIAL_TOKENS: ReadonlySet<string> = new Set(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);

/**
 * Returns the added tokens of a model: those of its settings and, unless the settings list all of them, of tokenizer.json, and
 * special tokens that the settings only name. BERT's special tokens are left out unless they have flags.
 */
function addedTokensOf(
  fromJson: readonly AddedToken[],
  config: TokenizerConfig | undefined,
  vocab: Uint8Array,
): readonly AddedToken[] {
  const { specialTokens = [], listsAddedTokens = false, followsTokenizerJson = false } = config ?? {};
  const configured = config?.tokenizer.addedTokens ?? [];
  const known = new Map<string, AddedToken>();
  // Flags in tokenizer_config.json replace those in tokenizer.json, which replace those in added_tokens.json.
  const isListComplete = listsAddedTokens && !followsTokenizerJson;
  const lists = listsAddedTokens ? [isListComplete ? [] : fromJson, configured] : [configured, fromJson];
  for (const token of lists.flat()) known.set(token.content, token);
  const unnumbered = specialTokens.filter((token) => !known.has(token) && !SPECIAL_TOKENS.has(token));
  if (unnumbered.length > 0) {
    const ids = new Map(linesOf(vocab).map((line, id) => [line, id]));
    for (const content of unnumbered) {
      const next = Math.max(ids.size, ...[...known.values()].map(({ id }) => id + 1));
      const flags = { singleWord: false, lstrip: false, rstrip: false, normalized: false, special: true };
      known.set(content, { id: ids.get(content) ?? next, content, ...flags });
    }
  }
  return [...known.values()].filter((token) => !SPECIAL_TOKENS.has(token.content) || hasFlags(token));
}

function hasFlags({ singleWord, lstrip, rstrip, normalized, special }: AddedToken): boolean {
  return singleWord || lstrip || rstrip || normalized || !special;
}

/** Returns warnings about a normalizer in tokenizer.json that other programs use and transformers does not. */
function warningsAbout(
  fileName: string,
  options: TokenizerJsonContents["options"],
  { lowerCase, settings }: Pick<Vocabulary, "lowerCase"> & { readonly settings: TokenizerSettings },
): string[] {
  const lower = lowerCase ?? true;
  const used = {
    lowercase: lower,
    strip_accents: settings.stripAccents ?? lower,
    handle_chinese_chars: settings.handleChineseChars ?? true,
  };
  const written = {
    lowercase: options.lowercase ?? true,
    strip_accents: options.stripAccents ?? options.lowercase ?? true,
    handle_chinese_chars: options.handleChineseChars ?? true,
  };
  const keys = {
    lowercase: "do_lower_case",
    strip_accents: "strip_accents",
    handle_chinese_chars: "tokenize_chinese_chars",
  };
  return (Object.keys(keys) as (keyof typeof keys)[])
    .filter((key) => used[key] !== written[key])
    .map(
      (key) =>
        `${fileName}: "normalizer.${key}" is ${written[key]}, but "${keys[key]}" of tokenizer_config.json, or its default, is ${used[key]}, which is used, as in transformers. Set the value in tokenizer_config.json if this is wrong.`,
    );
}
