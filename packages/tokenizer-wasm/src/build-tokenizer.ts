import { isFound } from "./added-tokens.ts";
import { type Core, createCore } from "./core.ts";
import type { RecognizedTokens } from "./core-source.ts";
import type { DecodeContext } from "./decode.ts";
import type { TokenizerParts } from "./parts.ts";
import type { Runtime } from "./runtime.ts";
import {
  BERT_TOKENS,
  bertTemplate,
  formatOf,
  type RowFormat,
  type RowTemplate,
  resolveTemplate,
  tokensOf,
} from "./template.ts";
import { createTokenNames, type TokenNames } from "./token-names.ts";
import { checkTokens, describeDuplicates } from "./vocabulary-warnings.ts";
import { BERT_WORD_PIECE, type WordPieceSettings } from "./word-piece.ts";

/** A tokenizer's tables, and what is known about its tokens. */
export type BuiltTokenizer = {
  readonly core: Core;
  readonly wordPiece: WordPieceSettings;
  readonly recognized: RecognizedTokens;
  readonly tokens: TokenNames;
  readonly decoding: DecodeContext;
  readonly vocabSize: number;
  readonly ids: {
    readonly unk: number;
    readonly cls: number | undefined;
    readonly sep: number | undefined;
    readonly pad: number;
    readonly mask: number | undefined;
  };
  readonly template: RowTemplate;
  readonly format: RowFormat;
  readonly warnings: readonly string[];
};

/**
 * Builds a tokenizer's tables, and checks that the vocabulary has the tokens that rows need.
 *
 * @throws BertieError "vocabulary/missing-token", or any error of `createCore()`
 */
export function buildTokenizer(runtime: Runtime, parts: TokenizerParts): BuiltTokenizer {
  const { vocabulary, addedTokens, options, names = BERT_TOKENS, wordPiece = BERT_WORD_PIECE, defaults = {} } = parts;
  const own = parts.recognized ?? Object.values(names);
  const special = [...own, ...(options.neverSplit ?? [])];
  const recognized = { special, added: addedTokens.filter((token) => isFound(token, own, options)) };
  const core = createCore(runtime, vocabulary, options, wordPiece, recognized);
  const idOf = (token: string) => core.id(token) ?? addedTokens.find(({ content }) => content === token)?.id;
  const named = parts.template ?? bertTemplate(names);
  try {
    checkTokens([names.unk, ...tokensOf(named)], idOf, core.size());
  } catch (error) {
    core.free();
    throw error;
  }
  const template = resolveTemplate(named, (token) => idOf(token)!);
  const pad = defaults.padTokenId ?? idOf(names.pad);
  const vocabSize = addedTokens.reduce((size, { id }) => Math.max(size, id + 1), core.size());
  const tokens = createTokenNames(core, addedTokens, vocabSize);
  const warnings = [
    ...(parts.warnings ?? []),
    ...(pad === undefined ? [`vocabulary: ${names.pad} is missing. Rows are padded with the id 0.`] : []),
    ...describeDuplicates(core.duplicates(), tokens.tokenOf),
  ];
  const ids = {
    unk: idOf(names.unk)!,
    cls: idOf(names.cls),
    sep: idOf(names.sep),
    pad: pad ?? 0,
    mask: idOf(names.mask),
  };
  const prefix = wordPiece.continuationPrefix;
  const decoding = { ...tokens, names, addedTokens, prefix, decoder: parts.decoder };
  const format = formatOf(template, ids.pad, defaults.padTypeId ?? 0);
  return { core, wordPiece, recognized, tokens, decoding, vocabSize, ids, template, format, warnings };
}
