import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BertieServer } from "./index.ts";
import { get, model, send, tinyServer } from "./testing/tiny-server.ts";

let server: BertieServer;
beforeAll(async () => {
  server = await tinyServer(
    { maxClientBatchSize: 4, payloadLimit: 2000, maxTextLength: 300, apiKey: "secret" },
    { name: "first", model },
    { name: "second", model },
  );
});
afterAll(() => server.stop());

const authorization = { authorization: "Bearer secret" };
const post = (path: string, body: unknown, headers = {}) =>
  send(server, path, body, { headers: { ...authorization, ...headers } });

/** Path, body, status, and what the error says. */
const cases: readonly [string, string, unknown, number, RegExp][] = [
  ["an empty body", "/models/first/predict", "", 400, /not valid JSON/],
  ["truncated JSON", "/models/first/predict", '{"inputs": ', 400, /not valid JSON/],
  [
    "an array instead of an object",
    "/models/first/predict",
    [],
    422,
    /the body is an array of 0: expected a JSON object/,
  ],
  ["null instead of an object", "/models/first/predict", "null", 422, /the body is null/],
  ["no inputs", "/models/first/predict", {}, 422, /"inputs" is missing: expected a string, a pair/],
  ["inputs that are null", "/models/first/predict", { inputs: null }, 422, /"inputs" is null/],
  ["inputs that are a number", "/models/first/predict", { inputs: 7 }, 422, /"inputs" is 7/],
  ["inputs that are an object", "/models/first/predict", { inputs: { text: "a" } }, 422, /"inputs" is an object/],
  ["no texts", "/models/first/predict", { inputs: [] }, 400, /"inputs" is empty/],
  ["three strings", "/models/first/predict", { inputs: ["a", "b", "c"] }, 422, /Send a batch as \[\["first text"\]/],
  [
    "a triple in a batch",
    "/models/first/predict",
    { inputs: [["a", "b", "c"]] },
    422,
    /"inputs\[0\]" is an array of 3/,
  ],
  [
    "an empty array in a batch",
    "/models/first/predict",
    { inputs: [["a"], []] },
    422,
    /"inputs\[1\]" is an array of 0/,
  ],
  ["a number in a batch", "/models/first/predict", { inputs: [["a"], [1]] }, 422, /"inputs\[1\]\[0\]" is 1/],
  ["a mixed array", "/models/first/predict", { inputs: ["a", ["b"]] }, 422, /"inputs\[0\]" is "a"/],
  ["too many texts", "/models/first/predict", { inputs: Array(5).fill(["a"]) }, 413, /has 5 elements: at most 4/],
  [
    "a text with too many characters",
    "/models/first/predict",
    { inputs: "a".repeat(301) },
    413,
    /has 301 characters: at most 300/,
  ],
  ["too many tokens", "/models/first/predict", { inputs: "bad ".repeat(20), truncate: false }, 413, /has 22 tokens/],
  [
    "raw_scores of a wrong type",
    "/models/first/predict",
    { inputs: "a", raw_scores: "yes" },
    422,
    /"raw_scores" is "yes": expected true or false/,
  ],
  ["truncate of a wrong type", "/models/first/predict", { inputs: "a", truncate: 1 }, 422, /"truncate" is 1/],
  [
    "an unknown direction",
    "/models/first/predict",
    { inputs: "a", truncation_direction: "up" },
    422,
    /expected "left" or "right"/,
  ],
  [
    "a model that is not served",
    "/models/third/predict",
    { inputs: "a" },
    404,
    /no model "third"\. Models: first, second\./,
  ],
  ["an unknown model in the body", "/predict", { inputs: "a", model: "third" }, 404, /no model "third"/],
  ["an unknown model in the query", "/predict?model=x", { inputs: "a" }, 404, /no model "x"/],
  [
    "no choice between two models",
    "/predict",
    { inputs: "a" },
    400,
    /several models can answer: first, second\. Choose one: POST \/models\/NAME\/predict/,
  ],
  ["an unknown label", "/models/first/explain", { inputs: "a", label: "x" }, 422, /label/],
  ["an unknown method", "/models/first/explain", { inputs: "a", method: "magic" }, 422, /expected "occlusion" or/],
  ["a batch to explain", "/models/first/explain", { inputs: [["a"]] }, 422, /\/explain expects one text or one pair/],
  [
    "a model without a single label",
    "/models/first/rerank",
    { query: "a", texts: ["b"] },
    424,
    /has 3 labels: \/rerank requires/,
  ],
  ["ids that are negative", "/models/first/decode", { ids: [-1] }, 422, /expected an array of token ids from 0 to 21/],
  ["ids that are missing", "/models/first/decode", {}, 422, /"ids" is missing/],
  ["a path that does not exist", "/nothing", { inputs: "a" }, 404, /no path \/nothing\. GET \/docs/],
];

describe("a bad request gets a status from 400 to 499, and one line that says how to fix it", () => {
  it.each(cases)("%s", async (_, path, body, status, pattern) => {
    const answer = await post(path, body);
    expect(answer).toMatchObject({
      status,
      json: { error: expect.stringMatching(pattern), error_type: expect.any(String) },
    });
    expect((answer.json as { error: string }).error).not.toMatch(/[\r\n]/);
  });

  it("a body that is too large, with and without its length", async () => {
    const inputs = "a".repeat(3000);
    for (const body of [JSON.stringify({ inputs }), new Blob([JSON.stringify({ inputs })]).stream()]) {
      const request = new Request("http://localhost/models/first/predict", {
        method: "POST",
        headers: { "content-type": "application/json", ...authorization },
        body,
        ...(typeof body !== "string" && { duplex: "half" }),
      });
      const response = await server.fetch(request);
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ error: expect.stringMatching(/more than 2000 bytes/) });
    }
  });

  it("another type of body, and bytes that are not valid UTF-8", async () => {
    const other = await post("/models/first/predict", "inputs=a", {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(other).toMatchObject({
      status: 415,
      json: { error: expect.stringMatching(/Content-Type: application\/json/) },
    });
    const request = new Request("http://localhost/models/first/predict", {
      method: "POST",
      headers: { "content-type": "application/json", ...authorization },
      body: Uint8Array.of(0x22, 0xff, 0x22),
    });
    const response = await server.fetch(request);
    expect([response.status, await response.json()]).toMatchObject([400, { error: expect.stringMatching(/UTF-8/) }]);
  });

  it("another method", async () => {
    const response = await get(server, "/models/first/predict", authorization);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect(await response.json()).toMatchObject({ error: expect.stringMatching(/does not support GET: use POST/) });
  });

  it("a missing or wrong API key, except on public paths", async () => {
    for (const headers of [
      {},
      { authorization: "secret" },
      { authorization: "Bearer wrong" },
      { authorization: "Bearer secret2" },
    ]) {
      const response = await get(server, "/info", headers);
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    }
    expect((await get(server, "/info", authorization)).status).toBe(200);
    for (const path of ["/health", "/docs", "/openapi.json"]) expect((await get(server, path)).status).toBe(200);
  });
});

describe("with several models", () => {
  it("chooses the model by path, query or body", async () => {
    const direct = await post("/models/second/predict", { inputs: "good" });
    expect(direct.status).toBe(200);
    expect((await post("/predict?model=second", { inputs: "good" })).json).toEqual(direct.json);
    expect((await post("/predict", { inputs: "good", model: "second" })).json).toEqual(direct.json);
    const info = (await (await get(server, "/info", authorization)).json()) as { models: { model_id: string }[] };
    expect(info.models.map(({ model_id }) => model_id)).toEqual(["first", "second"]);
  });
});

describe("createServer()", () => {
  it("allows other origins only if they are listed", async () => {
    const origin = "https://example.com";
    expect((await get(server, "/health", { origin })).headers.get("access-control-allow-origin")).toBeNull();
    const open = await tinyServer({ corsOrigins: [origin] });
    expect((await get(open, "/info", { origin })).headers.get("access-control-allow-origin")).toBe(origin);
    const other = await get(open, "/info", { origin: "https://other.example" });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
    await open.stop();
  });

  it.each([
    ["a limit of 0", { maxQueue: 0 }, "server/option", /maxQueue is 0: expected a positive integer/],
    ["a queue that is too short", { maxQueue: 8 }, "server/option", /less than maxClientBatchSize/],
    ["an empty key", { apiKey: "" }, "server/option", /apiKey is empty/],
  ])("rejects %s", async (_, options, code, pattern) => {
    await expect(tinyServer(options)).rejects.toMatchObject({ code, message: expect.stringMatching(pattern) });
  });

  it("rejects models without names, with the same name, and no models", async () => {
    const { createServer } = await import("./index.ts");
    for (const [models, code] of [
      [[], "server/option"],
      [[{ model }, { model }], "server/model-name"],
      [[{ name: "a/b", model }], "server/model-name"],
      ["no/such/directory", "input/missing-file"],
    ] as const)
      await expect(createServer(models)).rejects.toMatchObject({ code });
  });
});
