import { SentenceEncoder } from "@bertie/classifier";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../../classifier/src/testing/tiny-model.ts";
import type { BertieServer } from "./index.ts";
import { get, model, send, tinyServer } from "./testing/tiny-server.ts";

const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const files = new Map([
  ...tinyModel(),
  ["config_sentence_transformers.json", encode({ prompts: { query: "the room is " } })] as const,
]);
const texts = ["good", "bad room", "very very good", "很好"];

let server: BertieServer;
let encoder: SentenceEncoder;
beforeAll(async () => {
  server = await tinyServer({}, { name: "encoder", model: files }, { name: "classifier", model });
  encoder = await SentenceEncoder.load(files, { engine: "reference" });
});
afterAll(() => Promise.all([server.stop(), encoder.dispose()]));

function expectClose(found: unknown, expected: readonly Float32Array[]): void {
  const rows = found as number[][];
  expect(rows.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  for (const [i, row] of rows.entries())
    for (const [at, value] of row.entries()) expect(value).toBeCloseTo(expected[i]![at]!, 6);
}

describe("POST /embed", () => {
  it("returns normalized embeddings, one list per text, also for a single text", async () => {
    const { json, headers } = await send(server, "/embed", { inputs: texts });
    expectClose(json, await encoder.embed(texts, { normalize: true }));
    expect(Number(headers.get("x-compute-tokens"))).toBe(3 + 4 + 5 + 4);
    expectClose((await send(server, "/embed", { inputs: "good" })).json, [
      await encoder.embed("good", { normalize: true }),
    ]);
  });

  it("supports normalize, prompt_name and dimensions, in requests that arrive together", async () => {
    const requests = [
      [{ normalize: false }, { normalize: false }],
      [{ prompt_name: "query" }, { normalize: true, promptName: "query" }],
      [{ dimensions: 4 }, { normalize: true, truncateDim: 4 }],
    ] as const;
    const answers = await Promise.all(requests.map(([fields]) => send(server, "/embed", { inputs: texts, ...fields })));
    for (const [i, [, options]] of requests.entries())
      expectClose(answers[i]!.json, await encoder.embed(texts, options));
  });

  it.each([
    ["an unknown prompt", { inputs: "a", prompt_name: "x" }, 422, /no prompt "x"\. Available prompts: \["query"\]/],
    ["a pair", { inputs: [["a", "b"]] }, 422, /"inputs\[0\]" is an array of 2: expected a string/],
    ["too many tokens", { inputs: "bad ".repeat(30), truncate: false }, 413, /has 32 tokens/],
    [
      "truncation on the left",
      { inputs: "bad ".repeat(30), truncation_direction: "left" },
      422,
      /cannot be truncated on the left/,
    ],
    ["too many dimensions", { inputs: "a", dimensions: 9 }, 422, /"dimensions" is 9: the model has 8/],
    ["a classifier", { inputs: "a", model: "classifier" }, 424, /"classifier" is not a sentence encoder/],
  ])("rejects %s", async (_, body, status, pattern) => {
    expect(await send(server, "/embed", body)).toMatchObject({
      status,
      json: { error: expect.stringMatching(pattern) },
    });
  });
});

it("POST /tokenize puts a prompt before the text", async () => {
  const { json } = await send(server, "/models/encoder/tokenize", { inputs: "good", prompt_name: "query" });
  const tokens = (json as { text: string }[][])[0]!.map(({ text }) => text);
  expect(tokens).toEqual(["[CLS]", "the", "room", "is", "good", "[SEP]"]);
});

it("POST /similarity returns the cosines of the embeddings", async () => {
  const [source_sentence, ...sentences] = texts;
  const { json } = await send(server, "/similarity", { inputs: { source_sentence, sentences }, parameters: null });
  const [first, ...others] = await encoder.embed(texts, { normalize: true });
  const expected = others.map((each) => expect.closeTo(encoder.similarity(first!, each), 6));
  expect(json).toEqual(expected);
  const { json: atRoot } = await send(server, "/models/encoder", { inputs: { source_sentence, sentences } });
  expect(atRoot).toEqual(expected);
  for (const inputs of [undefined, "a", { sentences }, { source_sentence, sentences: "a" }])
    expect((await send(server, "/similarity", { inputs })).status).toBe(422);
});

describe("POST /v1/embeddings", () => {
  it("answers as OpenAI does, in numbers or base64, and ignores an unknown model if there is only one", async () => {
    const alone = await tinyServer({}, { name: "encoder", model: files });
    const { json } = await send(alone, "/v1/embeddings", { input: texts, model: "text-embedding-3-small" });
    const { data, ...rest } = json as { data: { index: number; embedding: number[] }[] };
    expect(rest).toEqual({ object: "list", model: "encoder", usage: { prompt_tokens: 16, total_tokens: 16 } });
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    const expected = await encoder.embed(texts, { normalize: true });
    expectClose(
      data.map(({ embedding }) => embedding),
      expected,
    );
    const coded = await send(alone, "/v1/embeddings", { input: "good", encoding_format: "base64" });
    const text = (coded.json as { data: { embedding: string }[] }).data[0]!.embedding;
    const { buffer } = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    expectClose([[...new Float32Array(buffer)]], [expected[0]!]);
    await alone.stop();
  });

  it("answers errors as OpenAI does", async () => {
    const { status, json } = await send(server, "/v1/embeddings", { input: "good", model: "none" });
    expect([status, json]).toEqual([
      404,
      { message: expect.stringMatching(/no model "none"/), code: 404, type: "Validation" },
    ]);
  });
});

it("serves a classifier and an encoder, and chooses the model that can answer", async () => {
  expect(server.models.map(({ name, kind }) => [name, kind])).toEqual([
    ["encoder", "encoder"],
    ["classifier", "classifier"],
  ]);
  expect((await send(server, "/predict", { inputs: "good" })).json).toHaveLength(3);
  expectClose((await send(server, "/models/encoder", { inputs: "good" })).json, [
    await encoder.embed("good", { normalize: true }),
  ]);
  const info = (await (await get(server, "/models/encoder/info")).json()) as object;
  expect(info).toMatchObject({ model_type: { embedding: { pooling: "mean" } } });
  const metrics = await (await get(server, "/metrics")).text();
  expect(metrics).toMatch(/^te_embed_count [1-9]/m);
});

it("embeds with the encoder of a classifier if the task says so", async () => {
  const embedding = await tinyServer({}, { name: "tiny", model, task: "embed" });
  const own = await SentenceEncoder.load(model, { engine: "reference" });
  expectClose((await send(embedding, "/embed", { inputs: texts })).json, await own.embed(texts, { normalize: true }));
  await Promise.all([embedding.stop(), own.dispose()]);
  await expect(tinyServer({}, { name: "x", model: files, task: "classify" })).rejects.toMatchObject({
    code: "input/no-labels",
  });
});
