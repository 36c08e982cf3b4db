import { describe, expect, it } from "vitest";
import { BertTokenizer, type TokenizerJson } from "./index.ts";
import { fixture } from "./testing/fixtures.ts";

/** A text or a pair, with the encoding and the decoding of Hugging Face's tokenizers. */
type FileRecord = {
  readonly texts: readonly [text: string, pair?: string];
  /** Whether special tokens are added. */
  readonly special: boolean;
  readonly ids: readonly number[];
  readonly offsets: readonly number[];
  readonly types: readonly number[];
  readonly words: readonly (number | null)[];
  readonly mask: readonly number[];
  /** Ids to decode, and the texts with and without special tokens. */
  readonly decode: readonly number[];
  readonly decoded: readonly [all: string, withoutSpecial: string];
};
type File = {
  readonly name: string;
  readonly rejected: boolean;
  readonly file: TokenizerJson;
  readonly records: readonly FileRecord[];
};

const [, ...lines] = new TextDecoder().decode(fixture("tokenizer-files.jsonl")).trimEnd().split("\n");
const files = lines.map((line) => JSON.parse(line) as File);
const accepted = files.filter(({ rejected }) => !rejected);

describe("files of tokenizers 0.23", () => {
  it.each(accepted)("$name has the same encodings and decodings", async ({ file, records }) => {
    const tokenizer = await BertTokenizer.fromTokenizerJson(file, { specialTokens: "everywhere" });
    // NFC changes offsets, which a warning says.
    const changesOffsets = tokenizer.warnings.some((warning) => warning.includes("NFC"));
    for (const { texts, special, decode, decoded, ...expected } of records) {
      const [text, pair] = texts;
      const options = { addSpecialTokens: special, truncation: false, padding: false } as const;
      const { ids, offsets, typeIds, wordIds, specialTokensMask } = tokenizer.encode(text, { ...options, pair });
      const spans = changesOffsets ? expected.offsets : offsets.flat();
      const actual = { ids, offsets: spans, types: typeIds, words: wordIds, mask: specialTokensMask };
      expect({ text, ...actual }).toEqual({ text, ...expected });
      const batch = tokenizer.encodeBatch([pair === undefined ? text : [text, pair]], { ...options, offsets: true });
      expect([[...batch.ids], [...batch.typeIds]]).toEqual([expected.ids, expected.types]);
      if (!changesOffsets) expect([...(batch.offsets ?? [])]).toEqual(expected.offsets);
      const texted = [false, true].map((skipSpecialTokens) =>
        tokenizer.decode(decode, { cleanUp: "tokenizers", skipSpecialTokens }),
      );
      expect(texted).toEqual(decoded);
    }
  });

  it.each(files.filter(({ rejected }) => rejected))("$name is rejected by name", async ({ file }) => {
    const error = { code: "tokenizer/unsupported" };
    await expect(BertTokenizer.fromTokenizerJson(file)).rejects.toMatchObject(error);
  });

  it("there are more than 40 files", () => expect(accepted.length).toBeGreaterThan(40));
});
