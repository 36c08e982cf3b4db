import { spawn } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { MAIN, scratchDirectory, TINY, writeFile } from "./bertie.ts";

const scratch = scratchDirectory();
const tokenize = ["tokenize", "--vocab-file", TINY.vocab, "--do-lower-case"];
const chunk = "很好，酒店服务好\n".repeat(40_000);

function start(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...tokenize, ...args]);
  child.stdin.on("error", () => {}); // the command may exit without reading stdin
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const end = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, end, stderr: () => stderr };
}

describe.each(["1", "2"])("bertie tokenize with --threads %s", (threads) => {
  it("exits silently when the reader of stdout closes it", async () => {
    const big = writeFile(join(scratch, "big.txt"), chunk.repeat(8));
    const { child, end, stderr } = start(big, "--threads", threads);
    child.stdout.once("data", () => child.stdout.destroy());
    expect(await end).toBe(141);
    expect(stderr()).toBe("");
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "removes its partial output after %s while stdin stays open",
    async (signal) => {
      const directory = join(scratch, `stopped-${threads}-${signal}`);
      mkdirSync(directory);
      const { child, end, stderr } = start("--output", join(directory, "a.bin"), "--threads", threads);
      child.stdin.write(chunk);
      while (readdirSync(directory).length === 0) await wait(20);
      child.kill(signal);
      expect(await end).toBe(130);
      expect(stderr()).toBe("bertie: interrupted: nothing was saved\n");
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  it("stops reading while stdout is not read", async () => {
    const { child, end } = start("--threads", threads);
    let written = 0;
    const writeAll = async () => {
      for (; written < 64; written++) await new Promise((resolve) => child.stdin.write(chunk, resolve));
      child.stdin.end();
    };
    const writing = writeAll();
    await new Promise((resolve) => child.stdout.once("readable", resolve));
    // While stdout is not read, stdin blocks after a few chunks of 1 MB: only the blocks in progress and the pipes hold data.
    for (let before = -1; before !== written; await wait(500)) before = written;
    expect(written).toBeLessThan(40);
    let lines = 0;
    child.stdout.on("data", (data: Buffer) => {
      lines += data.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0);
    });
    await writing;
    expect(await end).toBe(0);
    expect(lines).toBe(64 * 40_000);
  });
});
