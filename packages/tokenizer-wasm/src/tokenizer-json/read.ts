import type { AddedToken } from "@bertie/common";
import type { TokenizerDefaults } from "../defaults.ts";
import type { TokenizerOptions } from "../options.ts";
import { BERT_TOKENS, type RowTemplate, type SpecialTokenNames } from "../template.ts";
import type { WordPieceSettings } from "../word-piece.ts";
import { readAddedTokens } from "./added-tokens.ts";
import { type Decoder, readDecoder } from "./decoder.ts";
import { readPadding, readTruncation } from "./defaults.ts";
import { type Fields, unsupported } from "./fields.ts";
import { readModel, tokensById } from "./model.ts";
import { readNormalizer } from "./normalizer.ts";
import { parse } from "./parse.ts";
import { type RowPart, type Rows, readPostProcessor } from "./post-processor.ts";
import { readPreTokenizer } from "./pre-tokenizer.ts";

/** A parsed `tokenizer.json`. Fields that a BERT tokenizer does not need are ignored. */
export type TokenizerJson = { readonly [key: string]: unknown };

/** Contents of a `tokenizer.json`. */
export type TokenizerJsonContents = {
  /** Tokens of the vocabulary, in the order of their ids. Unused ids have the empty token, which never matches. */
  readonly tokens: readonly string[];
  /** Tokens to recognize in the text before it is split into words. The vocabulary need not contain them. */
  readonly addedTokens: readonly AddedToken[];
  /** Tokenizer options; undefined if the file does not set them. */
  readonly options: { readonly [Key in keyof TokenizerOptions]: TokenizerOptions[Key] | undefined };
  /** Settings that only a tokenizer.json can have. */
  readonly wordPiece: WordPieceSettings;
  /** Texts of the tokens with a special meaning. The vocabulary has a token of this name if the tokenizer has its meaning. */
  readonly names: SpecialTokenNames;
  /** Special tokens and token type ids of rows with one text, and of rows with two. */
  readonly template: RowTemplate;
  /** Truncation and padding. */
  readonly defaults: TokenizerDefaults;
  /** The way in which tokens are joined to text; null if the file has no decoder. */
  readonly decoder: Decoder | null;
  /** Doubtful settings, one line each. */
  readonly warnings: readonly string[];
};

/**
 * Reads a `tokenizer.json` whose model is WordPiece. Its normalizer and its pre-tokenizer are those of BERT, or combinations of
 * others that are equal to settings of Bertie for every text.
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
  const file: Fields = typeof json === "string" ? parse(json) : json;
  const model = readModel(file);
  const { stripAllMarks, changesSpaces, composes, ...normalizer } = readNormalizer(file);
  const words = readPreTokenizer(file);
  const addedTokens = readAddedTokens(file, model);
  if (changesSpaces) checkSpaces(addedTokens);
  if (normalizer.cleanText || normalizer.stripAccents) checkRemoved(addedTokens);
  const tokens = tokensById(model, addedTokens);
  const byId = new Map([...tokens.entries(), ...addedTokens.map(({ id, content }) => [id, content] as const)]);
  const rows = readPostProcessor(file, byId, addedTokens);
  const padding = readPadding(file);
  const truncation = readTruncation(file);
  const known = new Set(byId.values());
  const padToken = padding && byId.get(padding.id);
  if (padding && padToken === undefined)
    throw unsupported(`"padding.pad_id" is ${padding.id}, which is not an id of the vocabulary. Correct the id.`);
  const isOddPadding = padding !== undefined && padToken !== padding.token;
  return {
    tokens,
    addedTokens,
    options: { ...normalizer, maxInputCharsPerWord: model.maxInputCharsPerWord },
    wordPiece: {
      unknownToken: model.unknownToken,
      continuationPrefix: model.continuationPrefix,
      stripsAllMarks: stripAllMarks,
      ...words,
      trimsOffsets: rows.trimsOffsets ?? false,
    },
    names: namesOf(model.unknownToken, rows, padding?.token, known),
    template: { single: rows.single.flatMap(piecesOf), pair: rows.pair.flatMap(piecesOf) },
    defaults: {
      ...(truncation && {
        maxLength: truncation.maxLength,
        truncation: truncation.strategy,
        truncationSide: truncation.side,
        stride: truncation.stride,
      }),
      ...(padding && {
        padding: padding.length ?? "longest",
        paddingSide: padding.side,
        ...(padding.multipleOf !== undefined && { padToMultipleOf: padding.multipleOf }),
        padTokenId: padding.id,
        padTypeId: padding.typeId,
      }),
    },
    decoder: readDecoder(file),
    warnings: [
      ...(isOddPadding
        ? [
            `tokenizer.json: "padding.pad_id" is ${padding.id}, the id of ${padToken}, although "padding.pad_token" is ${padding.token}. The id is used, as in Hugging Face's tokenizers.`,
          ]
        : []),
      ...(composes
        ? [
            'tokenizer.json: "normalizer" has the component NFC. It does not change the ids, but the offsets of characters in decomposed form exclude their marks, and include them in Hugging Face\'s tokenizers.',
          ]
        : []),
    ],
  };
}

/** Rejects added tokens that a normalizer which changes whitespace would change as well. */
function checkSpaces(tokens: readonly AddedToken[]): void {
  const affected = tokens.find(
    ({ content, normalized, lstrip, rstrip }) => normalized && (lstrip || rstrip || /\s/.test(content)),
  );
  if (affected === undefined) return;
  throw unsupported(
    `the normalizer changes whitespace, and so does the added token "${affected.content}", which is looked for in the normalized text. Set its "normalized" to false.`,
  );
}

/** Rejects added tokens that become empty, which Hugging Face's tokenizers then find between all characters. */
function checkRemoved(tokens: readonly AddedToken[]): void {
  const removed = tokens.find(({ content, normalized }) => normalized && /^[\p{M}\p{C}\ufffd]*$/u.test(content));
  if (removed === undefined) return;
  throw unsupported(
    `the added token with the id ${removed.id} has only characters that the normalizer may remove. Set its "normalized" to false.`,
  );
}

function piecesOf(part: RowPart): RowTemplate["single"][number][] {
  return "text" in part ? [part] : part.ids.map((id) => ({ id, typeId: part.typeId }));
}

/** Returns the texts of the tokens with a special meaning, from the components that use them or by their usual names. */
function namesOf(
  unk: string,
  { single }: Rows,
  padToken: string | undefined,
  known: ReadonlySet<string>,
): SpecialTokenNames {
  const text = single.findIndex((part) => "text" in part);
  const added = (parts: readonly RowPart[]) => parts.flatMap((part) => ("tokens" in part ? part.tokens : []));
  const usual = (names: readonly string[]) => names.find((name) => known.has(name)) ?? names[0]!;
  return {
    unk,
    cls: added(single.slice(0, text)).at(0) ?? usual([BERT_TOKENS.cls, "<s>", "<cls>"]),
    sep: added(single.slice(text)).at(-1) ?? usual([BERT_TOKENS.sep, "</s>", "<sep>"]),
    pad: padToken ?? usual([BERT_TOKENS.pad, "<pad>"]),
    mask: usual([BERT_TOKENS.mask, "<mask>"]),
  };
}
