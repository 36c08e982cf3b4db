import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fixture, type GoldenRecord, parseRecords, referenceData, tokenizerFor } from "./testing/fixtures.ts";

/** Returns the three records with the shortest texts whose ids or tokens differ. */
async function differences(records: readonly GoldenRecord[]): Promise<object[]> {
  const differing: { length: number }[] = [];
  for (const record of records) {
    const tokenizer = await tokenizerFor(record.vocab, { lowercase: record.lower });
    const { ids, tokens, offsets } = tokenizer.encode(record.text, { addSpecialTokens: false });
    const same = JSON.stringify([ids, tokens]) === JSON.stringify([record.ids, record.tokens]);
    if (!same || offsets.length !== ids.length)
      differing.push({ length: record.text.length, ...record, got: tokens } as never);
  }
  return differing.sort((a, b) => a.length - b.length).slice(0, 3);
}

describe("BertTokenizer", () => {
  it("encode() returns the reference's tokens and ids for adversarial and fuzzed texts", async () => {
    const records = parseRecords(new TextDecoder().decode(fixture("golden.jsonl")));
    expect(records.length).toBeGreaterThan(1000);
    expect(await differences(records)).toEqual([]);
  });

  it.skipIf(!referenceData)(
    "encode() returns the reference's tokens and ids for all golden records (needs BERTIE_REFERENCE_DATA)",
    async () => {
      const records = parseRecords(readFileSync(`${referenceData}/golden/tokenizer.jsonl`, "utf8"));
      expect(records).toHaveLength(5378);
      expect(await differences(records)).toEqual([]);
    },
  );
});
