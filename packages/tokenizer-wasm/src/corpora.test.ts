import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Language, referenceData, tokenizerFor } from "./testing/fixtures.ts";

type Corpus = {
  readonly corpus: string;
  readonly corpusSha256: string;
  readonly vocab: Language;
  readonly lower: boolean;
  readonly lines: number;
  readonly leftOut: readonly number[];
  readonly tokens: number;
  readonly sha256: string;
};

const corpora = JSON.parse(readFileSync(new URL("../fixtures/corpora.json", import.meta.url), "utf8")) as Corpus[];

describe.skipIf(!referenceData)("encodeLines() returns the reference's ids (needs BERTIE_REFERENCE_DATA)", () => {
  it.each(corpora)("$corpus, vocabulary $vocab, lower case $lower", async (expected) => {
    const bytes = readFileSync(`${referenceData}/corpora/${expected.corpus}.txt`);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(expected.corpusSha256);
    const tokenizer = await tokenizerFor(expected.vocab, { lowercase: expected.lower });
    const { ids, rowOffsets } = tokenizer.encodeLines(bytes, { addSpecialTokens: false });
    expect(rowOffsets.length - 1).toBe(expected.lines);
    const leftOut = new Set(expected.leftOut);
    const hash = createHash("sha256");
    const end = Int32Array.of(-1);
    let tokens = 0;
    for (let line = 0; line < expected.lines; line++) {
      if (leftOut.has(line)) continue;
      const row = ids.subarray(rowOffsets[line], rowOffsets[line + 1]);
      hash.update(row).update(end);
      tokens += row.length;
    }
    expect({ tokens, sha256: hash.digest("hex") }).toEqual({ tokens: expected.tokens, sha256: expected.sha256 });
  });
});
