import { Agent, type ClientRequest, request as httpRequest } from "node:http";
import { setTimeout } from "node:timers/promises";
import { TextClassifier } from "@bertie/classifier";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../../classifier/src/testing/tiny-model.ts";
import type { LogEntry } from "./index.ts";
import { get, model, send, tinyServer } from "./testing/tiny-server.ts";

const texts = Array.from(
  { length: 40 },
  (_, i) => `${"the room is ".repeat(i % 4)}${"very ".repeat(i % 5)}${i % 2 ? "good" : "bad 很好"}`,
);

let classifier: TextClassifier;
let expected: Map<string, number>[];
beforeAll(async () => {
  classifier = await TextClassifier.load(model, { engine: "reference" });
  expected = (await classifier.classify(texts)).map(
    (scores) => new Map(scores.map(({ label, score }) => [label, score])),
  );
});
afterAll(() => classifier.dispose());

/** Sends a body to an open port over a connection that is kept open. */
function post(port: number, agent: Agent, body: unknown, onRequest?: (request: ClientRequest) => void) {
  return new Promise<{ status: number; json: unknown; connection: string | undefined }>((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const call = httpRequest(
      { port, host: "127.0.0.1", path: "/predict", method: "POST", agent, headers },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode!, json: JSON.parse(text), connection: response.headers.connection }),
        );
        response.on("error", reject);
      },
    );
    call.on("error", reject);
    onRequest?.(call);
    call.end(JSON.stringify(body));
  });
}

/** Sends requests of mixed sizes from several clients, and returns the answers that are wrong, until `next` returns false. */
async function clients(port: number, count: number, next: (client: number) => boolean) {
  const wrong: string[] = [];
  let answered = 0;
  const client = async (own: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = own; next(own); i += count) {
      const indices = Array.from({ length: 1 + (i % 7) }, (_, at) => (i * 3 + at) % texts.length);
      const answer = await post(port, agent, { inputs: indices.map((index) => [texts[index]!]) });
      answered++;
      if (answer.status !== 200) wrong.push(`status ${answer.status}`);
      for (const [at, index] of indices.entries())
        for (const { label, score } of (answer.json as { label: string; score: number }[][])[at]!)
          if (Math.abs(score - expected[index]!.get(label)!) > 1e-6) wrong.push(`${texts[index]}: ${label}`);
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: count }, (_, i) => client(i)));
  return { wrong, answered };
}

describe("a server under load", () => {
  it("answers 64 clients in order, equal to classify(), in shared batches", async () => {
    const server = await tinyServer({ maxBatchTokens: 256 });
    const { port } = await server.listen({ port: 0 });
    const left = Array(64).fill(6);
    const { wrong, answered } = await clients(port, 64, (own) => left[own]-- > 0);
    expect(wrong).toEqual([]);
    expect(answered).toBe(64 * 6);
    const metrics = await (await get(server, "/metrics")).text();
    const value = (name: string) => Number(new RegExp(`^${name} (\\d+)`, "m").exec(metrics)![1]);
    expect(value("te_batch_next_size_sum")).toBe(value("te_predict_count"));
    expect(value("te_batch_next_size_sum") / value("te_batch_next_size_count")).toBeGreaterThan(8);
    await server.stop();
  });

  it("loses no request when models are reloaded", async () => {
    const server = await tinyServer();
    const { port } = await server.listen({ port: 0 });
    let isDone = false;
    const load = clients(port, 16, () => !isDone);
    for (let i = 0; i < 5; i++) {
      await setTimeout(20);
      await server.reload();
    }
    isDone = true;
    const { wrong, answered } = await load;
    expect(wrong).toEqual([]);
    expect(answered).toBeGreaterThan(16);
    expect(await (await get(server, "/metrics")).text()).toMatch(/^bertie_reloads\{result="success"\} 5$/m);
    await server.stop();
  });

  it("keeps the previous model if a new one cannot be loaded", async () => {
    const files = new Map(model);
    const server = await tinyServer({}, { name: "tiny", model: files });
    files.delete("model.safetensors");
    await expect(server.reload()).rejects.toMatchObject({ code: "weights/missing" });
    expect((await send(server, "/predict", { inputs: "good" })).status).toBe(200);
    const other = tinyModel({ labels: ["one", "two"], record: { task_name: null, pairs: false, max_seq_length: 12 } });
    for (const [name, contents] of other) files.set(name, contents);
    await server.reload();
    const { json } = await send(server, "/predict", { inputs: "good" });
    expect((json as { label: string }[]).map(({ label }) => label).toSorted()).toEqual(["one", "two"]);
    await server.stop();
  });

  it("stop() answers every request that was accepted, and closes the connections", async () => {
    const server = await tinyServer({ maxBatchTokens: 32 });
    const { port, url } = await server.listen({ port: 0 });
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const warm = await Promise.all(Array.from({ length: 32 }, () => post(port, agent, { inputs: "good" })));
    expect(warm.every(({ status }) => status === 200)).toBe(true);
    const pending = texts.slice(0, 32).map((text) => post(port, agent, { inputs: [[text], [text]] }));
    await setTimeout(5);
    const stopped = server.stop();
    const answers = await Promise.all(pending);
    expect(answers.map(({ status }) => status)).toEqual(Array(32).fill(200));
    expect(answers.at(-1)!.connection).toBe("close");
    await stopped;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    agent.destroy();
  });

  it("drops the waiting texts of a client that leaves", async () => {
    const entries: LogEntry[] = [];
    const server = await tinyServer({ maxBatchTokens: 1, log: (entry) => entries.push(entry) });
    const { port } = await server.listen({ port: 0 });
    const agent = new Agent({ keepAlive: true });
    const inputs = texts.slice(0, 30).map((text) => [text]);
    const calls: ClientRequest[] = [];
    const requests = Array.from({ length: 12 }, () => post(port, agent, { inputs }, (call) => calls.push(call)));
    const results = Promise.allSettled(requests);
    await setTimeout(30);
    for (const call of calls.slice(1)) call.destroy();
    expect((await results).map(({ status }) => status)).toEqual(["fulfilled", ...Array(11).fill("rejected")]);
    await server.stop();
    const metrics = await (await get(server, "/metrics")).text();
    expect(metrics).toMatch(/^bertie_canceled_requests [1-9]/m);
    const batched = Number(/^te_batch_next_size_sum (\d+)/m.exec(metrics)![1]);
    expect(batched).toBeLessThan(12 * 30);
    expect(entries.filter(({ status }) => status === 499).length).toBeGreaterThan(0);
  });

  it("rejects requests beyond its limits with 429 and Retry-After, and late ones with 503", async () => {
    const server = await tinyServer({ maxConcurrentRequests: 2 });
    const answers = await Promise.all(texts.slice(0, 6).map((inputs) => send(server, "/predict", { inputs })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 429, 429, 429, 429]);
    for (const { status, headers, json } of answers.filter((answer) => answer.status === 429))
      expect([status, headers.get("retry-after"), json]).toMatchObject([429, "1", { error_type: "Overloaded" }]);
    await server.stop();

    const short = await tinyServer({ maxQueue: 32, maxBatchTokens: 1 });
    const many = await Promise.all(
      Array.from({ length: 6 }, () => send(short, "/predict", { inputs: texts.slice(0, 20).map((text) => [text]) })),
    );
    expect(many.map(({ status }) => status).toSorted()).toEqual([200, 429, 429, 429, 429, 429]);
    await short.stop();

    const late = await tinyServer({ requestTimeout: 0.001, maxBatchTokens: 1 });
    const { status, json } = await send(late, "/predict", { inputs: texts.slice(0, 32).map((text) => [text]) });
    expect([status, json]).toMatchObject([503, { error: expect.stringMatching(/^no answer within 0\.001 s/) }]);
    await late.stop();
  });

  it("logs one entry per request", async () => {
    const entries: LogEntry[] = [];
    const server = await tinyServer({ log: (entry) => entries.push(entry) });
    await send(server, "/predict", { inputs: [["good"], ["bad room"]] });
    await send(server, "/predict", {});
    expect(entries).toMatchObject([
      { method: "POST", path: "/predict", status: 200, model: "tiny", texts: 2, tokens: 7, ms: expect.any(Number) },
      { path: "/predict", status: 422, error: expect.stringMatching(/^"inputs" is missing/) },
    ]);
    await server.stop();
  });
});
