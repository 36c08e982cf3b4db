import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { releaseLock, takeLock } from "./lock.node.ts";

let base = "";
let path = "";
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "bertie-lock-"));
  path = join(base, "lock");
});
afterEach(() => rmSync(base, { recursive: true }));

const hold = (holder: object) => writeFileSync(path, JSON.stringify(holder));

/** Returns the id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ["--version"]).pid;

describe("takeLock()", () => {
  it("creates a lock file that names its holder, and no other file", async () => {
    expect(await takeLock(path)).toBeUndefined();
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid, host: hostname() });
    expect(readdirSync(base)).toEqual(["lock"]);
    await releaseLock(path);
    expect(readdirSync(base)).toEqual([]);
  });

  it("rejects a lock that this process holds", async () => {
    await takeLock(path);
    const text = `(process ${process.pid} on ${hostname()}). Wait until that run has ended, or choose another output directory (--output-dir). If that process has ended, delete ${path}.`;
    await expect(takeLock(path)).rejects.toMatchObject({
      code: "output/locked",
      message: expect.stringContaining(text),
    });
    await releaseLock(path);
  });

  it("rejects the lock of a running process, and takes the lock over once the process has ended", async () => {
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 1e6)"]);
    hold({ pid: child.pid, host: hostname() });
    await expect(takeLock(path)).rejects.toMatchObject({ code: "output/locked" });
    const ended = new Promise((resolve) => child.on("close", resolve));
    child.kill();
    await ended;
    expect(await takeLock(path)).toBe(`process ${child.pid} on ${hostname()}`);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    expect(readdirSync(base)).toEqual(["lock"]);
    await releaseLock(path);
  });

  it("rejects the lock of a process on another host", async () => {
    hold({ pid: deadPid(), host: "elsewhere" });
    await expect(takeLock(path)).rejects.toThrow(/process \d+ on elsewhere/);
  });

  it.runIf(process.platform === "linux")("takes over the lock of an ended process whose id was reused", async () => {
    hold({ pid: process.ppid, host: hostname(), began: "a boot long ago 17" });
    expect(await takeLock(path)).toBe(`process ${process.ppid} on ${hostname()}`);
    await releaseLock(path);
  });

  it.each(["", "{", "[]", '{"pid":"1"}'])("takes over a malformed lock file: %j", async (text) => {
    writeFileSync(path, text);
    expect(await takeLock(path)).toBe("an unknown process");
    await releaseLock(path);
  });
});
