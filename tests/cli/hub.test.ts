import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHub, type TestHub } from "../../packages/hub/src/testing/hub-server.js";
import { bertie, bertieOk, newsDirectory, ROOT, scratchDirectory, TINY } from "./bertie.ts";
import { bertieOnTerminal, hasPseudoTerminal } from "./pseudo-terminal.ts";

const scratch = scratchDirectory();
const news = newsDirectory(scratch);
const run = join(scratch, "run");
const cache = join(scratch, "home/hub");

const ENCODERS = join(ROOT, "packages/classifier/fixtures/sentence-encoders");

/** Returns the files of a directory and its folders, by path. */
function filesIn(directory: string): Record<string, Uint8Array> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [relative(directory, path), readFileSync(path)]));
}

let hub: TestHub;
let env: Record<string, string>;
beforeAll(async () => {
  const files = {
    "config.json": readFileSync(TINY.config),
    "vocab.txt": readFileSync(TINY.vocab),
    "tokenizer_config.json": '{"do_lower_case": true}',
    "model.safetensors": readFileSync(TINY.weights),
    "pytorch_model.bin": "not needed",
  };
  hub = await startHub({ "ann/tiny": files, "ann/dense": filesIn(join(ENCODERS, "dense")) });
  hub.state.token = "secret";
  env = { HF_ENDPOINT: hub.url, HF_HOME: join(scratch, "home"), HF_TOKEN: "secret", HF_HUB_OFFLINE: "0" };
});
afterAll(() => hub.close());

const predict = (model: string, more: Record<string, string> = {}) =>
  bertie(["predict", "--model", model, "--engine", "reference"], { stdin: "很好\n", env: { ...env, ...more } });

describe("models on the Hugging Face Hub", () => {
  it("are trained, with the commit in run.json and the name in the model card", async () => {
    const options = ["--task-name", "news", "--data-dir", news, "--max-seq-length", "16", "--max-steps", "2"];
    const { stderr } = await bertieOk(
      ["train", "--model", "ann/tiny", "--new-labels", "--do-train", "--do-eval", ...options, "--output-dir", run],
      { env },
    );
    expect(stderr).not.toContain("\u001b");
    const commit = hub.repositories.get("ann/tiny")!.branches.get("main");
    const record = JSON.parse(readFileSync(join(run, "run.json"), "utf8"));
    expect(record.options.model).toBe(`ann/tiny@${commit}`);
    expect(JSON.stringify(record)).toContain(`"ann/tiny@${commit}/model.safetensors"`);
    const card = readFileSync(join(run, "README.md"), "utf8");
    expect(card).toContain('\nbase_model: "ann/tiny"\n');
    expect(card).toContain(`ann/tiny@${commit}`);
    expect(readdirSync(join(cache, "models--ann--tiny/snapshots", commit!))).not.toContain("pytorch_model.bin");
  });

  it("are uploaded with only the files of the model, and used by name", async () => {
    const listed = await bertieOk(["push", run, "ann/trained", "--dry-run"], { env });
    expect(listed.stdout).toMatch(/^model\.safetensors {2}[\d.]+ [kM]B$/m);
    expect(listed.stdout).not.toMatch(/report\.html|eval_predictions|metrics\.jsonl|mistakes/);
    expect(hub.repositories.has("ann/trained")).toBe(false);
    const pushed = await bertieOk(["push", run, "ann/trained", "--private", "--commit-message", "First"], { env });
    expect(pushed.stdout).toMatch(
      new RegExp(`uploaded to ${hub.url}/ann/trained, a new repository, as commit [0-9a-f]{40}\n$`),
    );
    expect(hub.repositories.get("ann/trained")).toMatchObject({ private: true, summary: "First" });
    const online = await predict("ann/trained");
    expect(online).toMatchObject({ code: 0, stderr: "" });
    expect(online.stdout).toMatch(/^label\tscore\tbad\tgood\tso-so\n/);
    const local = await predict(run);
    expect(online.stdout).toBe(local.stdout);
    const requests = hub.requests.length;
    expect((await predict("ann/trained", { HF_HUB_OFFLINE: "1" })).stdout).toBe(local.stdout);
    expect(hub.requests).toHaveLength(requests);
  });

  it("are exported by name, with their model card", async () => {
    const output = join(scratch, "exported");
    const options = ["--dtype", "fp32", "--output-dir", output];
    const { stdout } = await bertieOk(["export", "ann/trained", ...options], { env });
    expect(stdout).toMatch(/exported\/onnx\/model\.onnx +fp32 /);
    expect(readFileSync(join(output, "README.md"))).toEqual(readFileSync(join(run, "README.md")));
    expect(await bertie(["export", "ann/tiny", "--output-dir", join(scratch, "no")], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^bertie: ann\/tiny@[0-9a-f]{40}\/config\.json: the configuration has no labels, .*\n$/,
      ),
    });
    expect(existsSync(join(scratch, "no"))).toBe(false);
  });

  it("tokenize texts, downloading only the tokenizer", async () => {
    const own = { ...env, HF_HUB_CACHE: join(scratch, "tokenizer") };
    const { stdout } = await bertieOk(["tokenize", "--model", "ann/tiny"], { stdin: "很好\n", env: own });
    expect(stdout).toContain('"ids"');
    const commit = hub.repositories.get("ann/tiny")!.branches.get("main")!;
    const files = readdirSync(join(own.HF_HUB_CACHE, "models--ann--tiny/snapshots", commit)).sort();
    expect(files).toEqual(["config.json", "tokenizer_config.json", "vocab.txt"]);
  });

  it("compute sentence embeddings by name, as from a directory", async () => {
    const directory = join(ENCODERS, "dense");
    const [local, online] = await Promise.all(
      [directory, "ann/dense"].map((model) =>
        bertieOk(["embed", "--model", model, "--engine", "reference"], { stdin: "很好\n", env }),
      ),
    );
    expect(online!.stdout).toBe(local!.stdout);
    const commit = hub.repositories.get("ann/dense")!.branches.get("main")!;
    expect(online!.stderr).toBe(local!.stderr.replaceAll(directory, `ann/dense@${commit}`));
    expect(readdirSync(join(cache, "models--ann--dense/snapshots", commit)).sort()).toEqual(
      readdirSync(directory)
        .filter((name) => name !== "README.md")
        .sort(),
    );
  });

  it.runIf(hasPseudoTerminal)("show the progress of downloads on a terminal", async () => {
    const terminal = { ...env, HF_HUB_CACHE: join(scratch, "terminal") };
    const { stdout } = await bertieOnTerminal(
      [
        "train",
        "--model",
        "ann/tiny",
        "--dry-run",
        "--task-name",
        "news",
        "--data-dir",
        news,
        "--do-train",
        "--new-labels",
      ],
      { columns: 100, env: terminal },
    );
    expect(stdout).toMatch(/model\.safetensors ━+ [\d.]+ kB\/[\d.]+ kB/);
  });
});

describe("failures of the hub", () => {
  it.each([
    [
      "a missing model",
      "ann/none",
      {},
      2,
      /^bertie: ann\/none: found neither a directory of this name nor a model on \S+ \(status 404\)\. .*\n$/,
    ],
    ["a missing revision", "ann/tiny@v9", {}, 2, /^bertie: ann\/tiny: the model has no revision v9\. .*\n$/],
    [
      "a rejected token",
      "ann/tiny",
      { HF_TOKEN: "wrong" },
      2,
      /^bertie: ann\/tiny: \S+ rejected the access token .*\n$/,
    ],
    [
      "a model that is not in the cache",
      "ann/other",
      { HF_HUB_OFFLINE: "1" },
      2,
      /^bertie: ann\/other: .*HF_HUB_OFFLINE forbids downloads\.\n$/,
    ],
    [
      "a path",
      "./no/model",
      {},
      2,
      /^bertie: \.\/no\/model: the directory does not exist\. .* such as user\/model\.\n$/,
    ],
    [
      "a server that is not there",
      "ann/other",
      { HF_ENDPOINT: "http://localhost:9" },
      1,
      /^bertie: ann\/other: no directory .* cannot be reached \(.*\)\. .*\n$/,
    ],
  ])("are reported in one line: %s", async (_, model, more, code, message) => {
    const outcome = await predict(model, more);
    expect(outcome).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(message) });
  });

  it("are reported in one line: too many requests", async () => {
    hub.state.status = 429;
    const outcome = await predict("ann/none");
    hub.state.status = undefined;
    expect(outcome).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^bertie: ann\/none: .* Try again in 17 s\.\n$/),
    });
  });

  it("reject an upload without a token or a model", async () => {
    const noToken = await bertie(["push", run, "ann/x"], { env: { ...env, HF_TOKEN: "" } });
    expect(noToken).toMatchObject({ code: 2, stderr: expect.stringMatching(/an upload needs an access token.*\n$/) });
    const noModel = await bertie(["push", news, "ann/x"], { env });
    expect(noModel).toMatchObject({ code: 2, stderr: expect.stringMatching(/config\.json: no such file\. .*\n$/) });
    expect(existsSync(join(news, "config.json"))).toBe(false);
  });
});
