import { type Text, TextClassifier } from "@bertie/classifier";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../../classifier/src/testing/tiny-model.ts";
import type { BertieServer } from "./index.ts";
import { get, model, send, tinyServer } from "./testing/tiny-server.ts";

let server: BertieServer;
let classifier: TextClassifier;
beforeAll(async () => {
  server = await tinyServer();
  classifier = await TextClassifier.load(model, { engine: "reference" });
});
afterAll(() => Promise.all([server.stop(), classifier.dispose()]));

const predictionsOf = async (text: Text) =>
  (await classifier.classify(text)).map(({ label, score }) => ({ score: expect.closeTo(score, 6), label }));

describe("POST /predict", () => {
  it("answers one text, or a pair, with one list, highest score first", async () => {
    const expected = await predictionsOf("good room");
    for (const inputs of ["good room", ["good room"]])
      expect(await send(server, "/predict", { inputs })).toMatchObject({ status: 200, json: expected });
    const pair = await predictionsOf({ text: "good", pair: "bad room" });
    expect((await send(server, "/predict", { inputs: ["good", "bad room"] })).json).toEqual(pair);
  });

  it("answers a batch of texts and pairs with lists in the order of the texts", async () => {
    const inputs = [["bad"], ["good", "bad room"], ["the room is very good"]];
    const expected = [
      await predictionsOf("bad"),
      await predictionsOf({ text: "good", pair: "bad room" }),
      await predictionsOf("the room is very good"),
    ];
    expect((await send(server, "/predict", { inputs })).json).toEqual(expected);
  });

  it("returns logits with raw_scores, whose softmax are the scores", async () => {
    const { json } = await send(server, "/predict", { inputs: "good", raw_scores: true });
    const raw = json as { label: string; score: number }[];
    const total = raw.reduce((sum, { score }) => sum + Math.exp(score), 0);
    const scores = raw.map(({ label, score }) => ({ score: expect.closeTo(Math.exp(score) / total, 5), label }));
    expect((await send(server, "/predict", { inputs: "good" })).json).toEqual(scores);
  });

  it("truncates long texts at the end or at the start, or rejects them", async () => {
    const inputs = `${"bad ".repeat(30)}good`;
    const scores = async (fields: object) => (await send(server, "/predict", { inputs, ...fields })).json;
    const right = await predictionsOf("bad ".repeat(10));
    const left = await predictionsOf(`${"bad ".repeat(9)}good`);
    expect(await scores({})).toEqual(right);
    expect(await scores({ truncate: true, truncation_direction: "right" })).toEqual(right);
    expect(await scores({ truncation_direction: "Left" })).toEqual(left);
    expect(await send(server, "/predict", { inputs, truncate: false })).toMatchObject({
      status: 413,
      json: {
        error: expect.stringMatching(/^text 1 has 33 tokens: the model reads at most 12\./),
        error_type: "Validation",
      },
    });
  });

  it("is also POST /, and has the headers of text-embeddings-inference", async () => {
    const { json, headers } = await send(server, "/", { inputs: [["good 房"], ["好"]] });
    expect(json).toHaveLength(2);
    expect(headers.get("x-compute-characters")).toBe("7");
    expect(headers.get("x-compute-tokens")).toBe("7");
    for (const name of ["compute-time", "total-time", "tokenization-time", "queue-time", "inference-time"])
      expect(headers.get(`x-${name}`)).toMatch(/^\d+$/);
  });
});

it("POST /rerank orders texts by the score of a model with one label", async () => {
  const one = tinyModel({ labels: ["relevance"], record: { task_name: null, pairs: true, max_seq_length: 12 } });
  const reranker = await tinyServer({}, { name: "reranker", model: one });
  const texts = ["good room", "bad", "very good"];
  const { json } = await send(reranker, "/rerank", { query: "good", texts, return_text: true });
  const ranks = json as { index: number; text: string; score: number }[];
  expect(ranks.map(({ index }) => index).toSorted()).toEqual([0, 1, 2]);
  expect(ranks.map(({ score }) => score)).toEqual(ranks.map(({ score }) => score).toSorted((a, b) => b - a));
  for (const { index, text, score } of ranks) {
    expect(text).toBe(texts[index]);
    const { json: raw } = await send(reranker, "/predict", { inputs: ["good", text], raw_scores: true });
    const logit = (raw as { score: number }[])[0]!.score;
    expect(score).toBeCloseTo(1 / (1 + Math.exp(-logit)), 6);
  }
  expect((await (await get(reranker, "/info")).json()).model_type).toHaveProperty("reranker");
  await reranker.stop();
});

it("POST /explain returns the contributions of TextClassifier.explain(), with offsets in code points", async () => {
  const { json, status } = await send(server, "/explain", { inputs: "😀 good room", label: "bad" });
  const { words, logOdds, truncated } = await classifier.explain("😀 good room", { label: "bad" });
  expect(status).toBe(200);
  expect(json).toMatchObject({ label: "bad", log_odds: expect.closeTo(logOdds, 6), truncated });
  const found = (json as { words: { text: string; start: number; contribution: number }[] }).words;
  expect(found.map(({ text, start }) => [text, start])).toEqual([
    ["😀", 0],
    ["good", 2],
    ["room", 7],
  ]);
  for (const [i, { contribution }] of words.entries()) expect(found[i]!.contribution).toBeCloseTo(contribution, 5);
});

it("POST /tokenize returns tokens with offsets in code points, and /decode their text", async () => {
  const { json } = await send(server, "/tokenize", { inputs: ["😀 unclean", "很好"] });
  expect(json).toMatchObject([
    [
      { text: "[CLS]", special: true, start: null, stop: null },
      { text: "😀", special: false, start: 0, stop: 1 },
      { text: "un", start: 2, stop: 4 },
      { text: "clean", start: 4, stop: 9 },
      { text: "[SEP]", special: true },
    ],
    [{ text: "[CLS]" }, { text: "很" }, { text: "好" }, { text: "[SEP]" }],
  ]);
  const ids = (json as { id: number }[][]).map((row) => row.map(({ id }) => id));
  expect((await send(server, "/decode", { ids })).json).toEqual(["unclean", "很 好"]);
  expect((await send(server, "/decode", { ids: ids[1], skip_special_tokens: false })).json).toEqual([
    "[CLS] 很 好 [SEP]",
  ]);
  const plain = await send(server, "/tokenize", { inputs: "很好", add_special_tokens: false });
  expect((plain.json as unknown[][])[0]).toHaveLength(2);
});

it("GET /info has the fields of text-embeddings-inference", async () => {
  expect(await (await get(server, "/info")).json()).toMatchObject({
    model_id: "tiny",
    model_dtype: "float32",
    model_type: {
      classifier: { id2label: { 0: "bad", 1: "good", 2: "so-so" }, label2id: { bad: 0, good: 1, "so-so": 2 } },
    },
    max_concurrent_requests: 512,
    max_input_length: 12,
    max_batch_tokens: 1024,
    max_client_batch_size: 32,
    auto_truncate: true,
    models: [{ model_id: "tiny" }],
  });
  expect(await (await get(server, "/models/tiny/info")).json()).toMatchObject({ model_id: "tiny" });
});

it("GET /health, /metrics, /openapi.json and /docs answer", async () => {
  for (const path of ["/health", "/ping", "/"]) expect((await get(server, path)).status).toBe(200);
  await send(server, "/predict", { inputs: [["good"], ["bad"]] });
  const metrics = await (await get(server, "/metrics")).text();
  for (const pattern of [
    /^te_request_count\{method="batch"\} [1-9]/m,
    /^te_request_duration_bucket\{le="\+Inf"\} [1-9]/m,
    /^te_batch_next_size_sum [1-9]/m,
    /^te_queue_size 0$/m,
    /^bertie_http_responses\{path="\/predict",status="200"\} [1-9]/m,
  ])
    expect(metrics).toMatch(pattern);
  const { paths } = (await (await get(server, "/openapi.json")).json()) as { paths: object };
  expect(Object.keys(paths)).toContain("/predict");
  const page = await get(server, "/docs");
  const html = await page.text();
  expect(html).toContain("POST /predict");
  expect(html).not.toMatch(/<script|src=|url\(|https?:|@import/);
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
});

it("the description of the requests names every path, and its examples are accepted", async () => {
  const both = await tinyServer({}, { name: "classifier", model }, { name: "encoder", model: tinyModel() });
  const { paths } = (await (await get(both, "/openapi.json")).json()) as {
    paths: Record<string, { post?: { requestBody: { content: { "application/json": { example: object } } } } }>;
  };
  expect(Object.keys(paths).length).toBeGreaterThan(10);
  for (const [path, { post }] of Object.entries(paths)) {
    if (post === undefined) {
      expect((await get(both, path)).status).toBe(200);
      continue;
    }
    const { example } = post.requestBody.content["application/json"];
    const { status } = await send(both, path, {
      ...example,
      model: /embed|simil/.test(path) ? "encoder" : "classifier",
    });
    expect([path, status]).toEqual([path, path === "/rerank" ? 424 : 200]);
  }
  await both.stop();
});
