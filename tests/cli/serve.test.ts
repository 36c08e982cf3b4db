import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../../packages/classifier/src/testing/tiny-model.ts";
import { bertie, bertieOk, MAIN, scratchDirectory, writeFile } from "./bertie.ts";

const base = scratchDirectory();
const directory = join(base, "reviews");
const texts = ["the room is good", "bad", "很好，房间", "the room is not very unclean"];

beforeAll(() => {
  const record = { task_name: null, pairs: false, max_seq_length: 12 };
  for (const [name, contents] of tinyModel({ labels: ["bad", "good"], record }))
    writeFile(join(directory, name), contents);
});

/** Starts the built command, and waits until it listens. */
async function serve(args: readonly string[], env = {}) {
  const child = spawn(process.execPath, [MAIN, "serve", directory, "--port", "0", ...args], {
    env: { ...process.env, BERTIE_DEVICE: "cpu", ...env },
  });
  const lines: string[] = [];
  const listening = new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`exit code ${code}: ${lines.join("\n")}`)));
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on("line", (line) => {
        lines.push(line);
        const [, url] = /listening on (http:\/\/[\d.:]+)/.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
  });
  return { child, lines, url: await listening };
}

async function exitOf(child: ChildProcess): Promise<[code: number | null, signal: NodeJS.Signals | null]> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  return [child.exitCode, child.signalCode];
}

const post = async (url: string, body: unknown, headers = {}) => {
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, init);
  return { status: response.status, json: (await response.json()) as { label: string; score: number }[][] };
};

describe("bertie serve", () => {
  it("answers as bertie predict does, logs JSON lines, and exits with code 0 on SIGTERM", async () => {
    const { child, lines, url } = await serve(["--log-format", "json"]);
    const { json } = await post(`${url}/predict`, { inputs: texts.map((text) => [text]) });
    const { stdout } = await bertieOk(["predict", "--model", directory], { stdin: `${texts.join("\n")}\n` });
    const [header, ...rows] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    for (const [i, row] of rows.entries())
      for (const { label, score } of json[i]!) expect(score).toBeCloseTo(Number(row[header!.indexOf(label)]), 6);
    child.kill("SIGTERM");
    expect(await exitOf(child)).toEqual([0, null]);
    const entries = lines.map((line) => JSON.parse(line));
    expect(entries).toContainEqual(expect.objectContaining({ path: "/predict", status: 200, texts: 4, level: "info" }));
    expect(entries.at(-1)).toMatchObject({ level: "info", message: "stopped" });
  });

  it("requires the API key of the environment, and reloads on SIGHUP", async () => {
    const { child, lines, url } = await serve([], { BERTIE_API_KEY: "secret" });
    expect((await post(`${url}/predict`, { inputs: "good" })).status).toBe(401);
    child.kill("SIGHUP");
    while (!lines.includes("the models are loaded again")) await setTimeout(20);
    expect((await post(`${url}/predict`, { inputs: "good" }, { authorization: "Bearer secret" })).status).toBe(200);
    child.kill("SIGINT");
    expect(await exitOf(child)).toEqual([0, null]);
    expect(lines.filter((line) => / POST \/predict 401 .* ms, the API key is missing/.test(line))).toHaveLength(1);
  });

  it("loses no accepted request on SIGTERM under load", async () => {
    const { child, url } = await serve(["--log-format", "none", "--max-batch-tokens", "64"]);
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const body = JSON.stringify({ inputs: texts.map((text) => [text]) });
    const send = () =>
      new Promise<number | undefined>((resolve) => {
        let isConnected = false;
        const headers = { "content-type": "application/json" };
        const call = httpRequest(`${url}/predict`, { method: "POST", agent, headers }, (response) => {
          response.resume().on("close", () => resolve(response.complete ? response.statusCode! : 0));
        });
        call.on("socket", (socket) => {
          isConnected = !socket.connecting;
        });
        // A connection that was not open yet is refused: the server has not accepted its request.
        call.on("error", () => resolve(isConnected ? 0 : undefined));
        call.end(body);
      });
    await Promise.all(Array.from({ length: 16 }, send));
    const results: (number | undefined)[] = [];
    const clients = Array.from({ length: 16 }, async () => {
      for (let status = await send(); status !== undefined; status = await send()) results.push(status);
    });
    await setTimeout(300);
    child.kill("SIGTERM");
    await Promise.all(clients);
    expect(await exitOf(child)).toEqual([0, null]);
    expect(results.length).toBeGreaterThan(16);
    expect(results.filter((status) => status !== 200)).toEqual([]);
  });

  it("ends at once on a second signal", async () => {
    const { child } = await serve([]);
    child.kill("SIGTERM");
    await setTimeout(100);
    child.kill("SIGTERM");
    expect(await exitOf(child)).toEqual([null, "SIGTERM"]);
  });

  it("reports invalid use in one line, with exit code 2", async () => {
    const { child, url } = await serve([]);
    const port = new URL(url).port;
    for (const [args, pattern] of [
      [["serve", join(base, "none")], /no such directory/],
      [["serve", directory, directory], /two models have the name "reviews"/],
      [["serve", directory, "--port", port], /cannot listen on 127\.0\.0\.1, port \d+: another program uses the port/],
      [["serve", directory, "--port", "70000"], /--port is 70000/],
      [["serve", directory, "--max-queue", "8"], /--max-queue is 8, less than --max-client-batch-size 32/],
      [["serve"], /missing required argument/],
    ] as const) {
      const { code, stderr } = await bertie(args);
      expect([code, stderr]).toEqual([2, expect.stringMatching(pattern)]);
      expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^bertie: /);
    }
    child.kill("SIGKILL");
    await exitOf(child);
  });
});
