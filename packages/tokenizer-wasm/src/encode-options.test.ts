import { describe, expect, it } from "vitest";
import {
  type BatchItem,
  type BatchOptions,
  type BertTokenizer,
  charToToken,
  charToWord,
  type EncodeOptions,
  type Encoding,
  sequenceIds,
  type TextInput,
  type TokenizerDefaults,
  tokenToChars,
  tokenToWord,
  wordToChars,
  wordToTokens,
} from "./index.ts";
import type { NamedPiece } from "./template.ts";
import { fixture, tokenizerFrom } from "./testing/fixtures.ts";

type Row = Omit<Encoding, "tokens" | "overflowing"> & { readonly sequenceIds: readonly (number | null)[] };

type Options = Pick<EncodeOptions, "maxLength" | "stride" | "truncationSide" | "paddingSide" | "padToMultipleOf"> & {
  readonly addSpecialTokens: boolean;
  readonly truncation?: "longest_first" | "only_first" | "only_second";
  readonly padding?: "longest" | number;
  readonly isSplitIntoWords?: true;
};

type PerText = readonly (readonly unknown[])[];

type Fixture = {
  readonly tokenizers: string;
  readonly vocabulary: readonly string[];
  readonly templates: Readonly<
    Record<string, { readonly single: readonly string[]; readonly pair: readonly string[] }>
  >;
  readonly single: readonly {
    readonly template: string;
    readonly texts: readonly [text: TextInput, pair?: TextInput];
    readonly options: Options;
    readonly rows: readonly Row[];
    readonly lookUps: Readonly<
      Record<"charToToken" | "charToWord" | "wordToTokens" | "wordToChars", PerText> &
        Record<"tokenToChars" | "tokenToWord", readonly unknown[]>
    >;
  }[];
  readonly batches: readonly {
    readonly template: string;
    readonly items: readonly (readonly TextInput[])[];
    readonly options: Options;
    readonly rowItems: readonly number[];
    readonly rows: readonly Row[];
  }[];
};

const expected = JSON.parse(new TextDecoder().decode(fixture("encode-options.json"))) as Fixture;

function pieceOf(text: string): NamedPiece {
  const [token, type] = text.split(":") as [string, string];
  const typeId = Number(type);
  return token === "A" || token === "B" ? { text: token === "A" ? 0 : 1, typeId } : { token, typeId };
}

function tokenizerWith(name: string, defaults: TokenizerDefaults = {}): Promise<BertTokenizer> {
  const { single, pair } = expected.templates[name]!;
  const template = { single: single.map(pieceOf), pair: pair.map(pieceOf) };
  return tokenizerFrom(expected.vocabulary, { template, defaults });
}

const names = Object.keys(expected.templates);
const tokenizers = new Map(await Promise.all(names.map(async (name) => [name, await tokenizerWith(name)] as const)));

const spellings = { longest_first: "longestFirst", only_first: "onlyFirst", only_second: "onlySecond" } as const;

/** Returns the options that a tokenizer.json can set, as defaults. */
function defaultsOf({ truncation, addSpecialTokens: _, isSplitIntoWords: __, ...options }: Options): TokenizerDefaults {
  return { ...options, ...(truncation && { truncation: spellings[truncation] }) } as TokenizerDefaults;
}

function rowOf(encoding: Encoding): Row {
  const { tokens: _, overflowing: __, ...row } = encoding;
  return { ...row, sequenceIds: sequenceIds(encoding) };
}

describe(`with templates and options, as tokenizers ${expected.tokenizers}:`, () => {
  it("encode() returns the same rows and overflowing rows", () => {
    for (const { template, texts, options, rows } of expected.single) {
      const tokenizer = tokenizers.get(template)!;
      const encoding = tokenizer.encode(texts[0], { ...options, pair: texts[1] });
      expect([encoding, ...encoding.overflowing].map(rowOf)).toEqual(rows);
    }
  });

  it("encode() and encodeBatch() use the defaults of the tokenizer", async () => {
    for (const { template, texts, options, rows } of expected.single.slice(0, 25)) {
      const { addSpecialTokens, isSplitIntoWords } = options;
      const tokenizer = await tokenizerWith(template, defaultsOf(options));
      const encoding = tokenizer.encode(texts[0], { addSpecialTokens, isSplitIntoWords, pair: texts[1] });
      expect([encoding, ...encoding.overflowing].map(rowOf)).toEqual(rows);
      const item = (texts.length === 1 ? texts[0] : texts) as BatchItem;
      const ragged = tokenizer.encodeBatch([item], {
        addSpecialTokens,
        isSplitIntoWords,
        padding: false,
        overflow: true,
      });
      const withoutPadding = rows.map(({ ids, attentionMask }) => ids.filter((_, i) => attentionMask[i] === 1));
      expect([...ragged.ids]).toEqual(withoutPadding.flat());
    }
  });

  it("charToToken() and the other functions find the same tokens, words and characters", () => {
    for (const { template, texts, options, lookUps } of expected.single) {
      const encoding = tokenizers.get(template)!.encode(texts[0], { ...options, pair: texts[1] });
      const perText = (find: (encoding: Encoding, index: number, text: 0 | 1) => unknown, all: PerText) =>
        all.map((values, text) => values.map((_, index) => find(encoding, index, text as 0 | 1) ?? null));
      const perToken = (find: (encoding: Encoding, index: number) => unknown) =>
        encoding.ids.map((_, token) => find(encoding, token) ?? null);
      expect({
        charToToken: perText(charToToken, lookUps.charToToken),
        charToWord: perText(charToWord, lookUps.charToWord),
        wordToTokens: perText(wordToTokens, lookUps.wordToTokens),
        wordToChars: perText(wordToChars, lookUps.wordToChars),
        tokenToChars: perToken(tokenToChars),
        tokenToWord: perToken(tokenToWord),
      }).toEqual(lookUps);
    }
  });

  it("encodeBatch() returns the same rows, with the rows of overflow", () => {
    for (const { template, items, options, rows, rowItems } of expected.batches) {
      const given = items.map((item) => (item.length === 1 ? item[0] : item)) as BatchItem[];
      const tokenizer = tokenizers.get(template)!;
      const batchOptions: BatchOptions = { ...options, overflow: true, offsets: true };
      const batch = tokenizer.encodeBatch(given, batchOptions as BatchOptions & { padding: "longest" });
      expect([...batch.rowItems!]).toEqual(rowItems);
      const flat = (name: "ids" | "typeIds" | "attentionMask") => rows.flatMap((row) => row[name]);
      expect([...batch.ids]).toEqual(flat("ids"));
      expect([...batch.typeIds]).toEqual(flat("typeIds"));
      expect([...batch.attentionMask]).toEqual(flat("attentionMask"));
      expect([...batch.offsets!]).toEqual(rows.flatMap((row) => row.offsets.flat()));
    }
  });
});
