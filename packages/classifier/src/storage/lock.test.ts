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

/** The id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ["--version"]).pid;

describe("takeLock()", () => {
  it("takes a lock that names its holder, and leaves no other file", async () => {
    expect(await takeLock(path)).toBeUndefined();
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid, host: hostname() });
    expect(readdirSync(base)).toEqual(["lock"]);
    await releaseLock(path);
    expect(readdirSync(base)).toEqual([]);
  });

  it("refuses the lock of this process", async () => {
    await takeLock(path);
    const text = `process ${process.pid} on ${hostname()}: wait for it, or choose another --output-dir; if that process has ended, delete ${path}`;
    await expect(takeLock(path)).rejects.toMatchObject({
      code: "output/locked",
      message: expect.stringContaining(text),
    });
    await releaseLock(path);
  });

  it("refuses the lock of another process while it runs, and takes it over once it has ended", async () => {
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

  it("refuses the lock of another machine, whose processes it cannot see", async () => {
    hold({ pid: deadPid(), host: "elsewhere" });
    await expect(takeLock(path)).rejects.toThrow(/process \d+ on elsewhere/);
  });

  it.runIf(process.platform === "linux")("recognizes another process with the holder's id", async () => {
    hold({ pid: process.ppid, host: hostname(), began: "a boot long ago 17" });
    expect(await takeLock(path)).toBe(`process ${process.ppid} on ${hostname()}`);
    await releaseLock(path);
  });

  it.each(["", "{", "[]", '{"pid":"1"}'])("takes over a file that is not a lock: %j", async (text) => {
    writeFileSync(path, text);
    expect(await takeLock(path)).toBe("an unknown process");
    await releaseLock(path);
  });
});
