import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { EmbedOptions } from "./options.ts";
import { SentenceEncoder } from "./sentence-encoder.ts";

// scripts/reference/sentence-embeddings.py writes the fixtures with sentence-transformers.
const fixtures = new URL("../../fixtures/sentence-encoders/", import.meta.url);
const models = new URL("../../../../examples/models/", import.meta.url);

/** Embeddings of each text. */
type Rows = readonly (readonly number[])[];

interface Expected {
  readonly texts: readonly string[];
  readonly realTexts: readonly string[];
  readonly tiny: Readonly<
    Record<string, { default: Rows; normalized: Rows; similarity: number; query?: Rows; prompt?: Rows }>
  >;
  readonly real: Readonly<Record<string, Rows>>;
}

const expected = JSON.parse(readFileSync(new URL("expected.json", fixtures), "utf8")) as Expected;

/** Returns the largest difference from expected embeddings. */
function difference(actual: readonly Float32Array[], rows: Rows): number {
  expect(actual.map(({ length }) => length)).toEqual(rows.map(({ length }) => length));
  return Math.max(...actual.flatMap((row, i) => [...row].map((value, j) => Math.abs(value - rows[i]![j]!))));
}

describe("SentenceEncoder computes the embeddings of sentence-transformers", () => {
  it.each(Object.entries(expected.tiny))("for the tiny model %s", async (name, golden) => {
    await using encoder = await SentenceEncoder.load(new URL(name, fixtures), { engine: "onnx" });
    const compare = async (rows: Rows, options: EmbedOptions) => {
      expect(difference(await encoder.embed(expected.texts, options), rows)).toBeLessThan(1e-5);
    };
    await compare(golden.default, {});
    await compare(golden.normalized, { normalize: true, truncateDim: 5 });
    if (golden.query) await compare(golden.query, { promptName: "query" });
    if (golden.prompt) await compare(golden.prompt, { prompt: "very good " });
    const [a, b] = await encoder.embed(expected.texts);
    expect(encoder.similarity(a!, b!)).toBeCloseTo(golden.similarity, 5);
    expect(encoder.dimension).toBe(golden.default[0]!.length);
  });

  it.each(Object.entries(expected.real))("for %s", async (name, rows) => {
    await using encoder = await SentenceEncoder.load(new URL(name, models), { engine: "onnx" });
    expect(difference(await encoder.embed(expected.realTexts), rows)).toBeLessThan(1e-5);
    expect(encoder.maxLength).toBe(512);
  });
});
