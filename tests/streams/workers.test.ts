import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const deno = join(root, "node_modules/.bin/deno");

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(root, "scripts/build.js"), "--quiet"]);
});

/** Runs a program of programs.js in a process, which must end by itself. */
async function run(name: string, command: readonly string[] = [process.execPath], programs = "tests/streams") {
  const [program, ...args] = [...command, join(root, programs, "programs.js"), name];
  const { stdout, stderr } = await promisify(execFile)(program!, args, { cwd: root, timeout: 30_000 });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as unknown;
}

const runtimes = [
  { name: "Node", command: [process.execPath], listsThreads: true },
  { name: "Deno", command: [deno, "run", "--allow-all", "--quiet"], listsThreads: false },
];

describe.each(runtimes)("stream() with workers in $name", ({ command, listsThreads }) => {
  it("returns all rows in order, and keeps the process alive meanwhile", async () => {
    expect(await run("complete", command)).toEqual([1000, true, 0]);
  });

  it("does not keep the process alive if it is abandoned", async () => {
    expect(await run("abandoned", command)).toBe(0);
  });

  it("ends the workers if it is canceled or aborted", async () => {
    expect(await run("canceled", command)).toEqual([listsThreads, 0]);
    expect(await run("aborted", command)).toBe("stop");
    expect(await run("aborted by the writer", command)).toEqual(["stop", 0]);
  });

  it("ends the workers if the input is invalid", async () => {
    expect(await run("invalid UTF-8", command)).toEqual(["input/invalid-utf8", "line 4, byte 1", 0]);
  });
});

describe("stream() with workers that fail", () => {
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const copy = mkdtempSync(join(cache, "streams-"));
  const worker = join(copy, "dist/stream/line-worker.node.js");
  afterAll(() => rmSync(copy, { recursive: true }));

  /** Runs the program with a copy of the package, whose worker is changed. */
  async function runCopy(change: () => void) {
    cpSync(join(root, "packages/tokenizer-wasm"), copy, {
      recursive: true,
      filter: (path) => !/\/(rust|native|fixtures|src)$/.test(path),
    });
    const program = readFileSync(new URL("programs.js", import.meta.url), "utf8");
    writeFileSync(join(copy, "programs.js"), program.replace('"@bertie/tokenizer-wasm"', '"./dist/index.js"'));
    change();
    return run("fails", [process.execPath], copy.slice(root.length));
  }

  it("throws if a worker exits while it has work", async () => {
    const exit =
      "let count = 0; parentPort.once('message', (port) => (port.onmessage = () => ++count > 2 && process.exit(3)));";
    const program = `import { parentPort } from "node:worker_threads"; ${exit}`;
    const [code, message, threads] = (await runCopy(() => writeFileSync(worker, program))) as unknown[];
    expect([code, threads]).toEqual(["tokenizer/worker", 0]);
    expect(message).toContain("a worker thread exited unexpectedly with code 3");
  });

  it("throws if the script of the worker is missing", async () => {
    const [code, message, threads] = (await runCopy(() => rmSync(worker))) as unknown[];
    expect([code, threads]).toEqual(["tokenizer/worker", 0]);
    expect(message).toMatch(
      /Cannot find module .*Check that the worker's script is beside the program and .*set workers to 0/,
    );
  });
});
