import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDirectory } from "../storage/directory.node.ts";
import type { Workspace } from "../storage/storage.ts";
import { readVerified } from "./manifest.ts";
import { checkpointFolder, keepOnly, listCheckpoints, saveCheckpoint } from "./store.ts";

let base = "";
/** The folder of the checkpoints. */
let checkpoints = "";
let workspace: Workspace;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), "bertie-store-"));
  checkpoints = join(base, "run.unfinished", "checkpoints");
  workspace = await openDirectory(join(base, "run"));
});
afterEach(async () => {
  await workspace.close();
  rmSync(base, { recursive: true });
});

const save = (step: number, text = "contents") =>
  saveCheckpoint(workspace, step, async (folder) => {
    await folder.write("a", text);
    await folder.write("b", [Uint8Array.of(1, 2), Uint8Array.of(3)]);
  });
const prove = (step: number, names?: readonly string[]) => readVerified(workspace, checkpointFolder(step), names);

describe("saveCheckpoint()", () => {
  it("writes a folder whose files match its manifest", async () => {
    await save(3);
    expect(readdirSync(checkpoints)).toEqual(["step-3"]);
    const files = await prove(3);
    expect(new TextDecoder().decode(files.get("a"))).toBe("contents");
    expect(files.get("b")).toEqual(Buffer.of(1, 2, 3));
    expect([...(await prove(3, ["b"])).keys()]).toEqual(["b"]);
  });

  it("replaces a damaged checkpoint, and what was staged before", async () => {
    mkdirSync(join(checkpoints, ".step-3"), { recursive: true });
    writeFileSync(join(checkpoints, ".step-3", "a"), "half");
    mkdirSync(join(checkpoints, "step-3"));
    await save(3);
    expect(readdirSync(checkpoints)).toEqual(["step-3"]);
    await prove(3);
  });

  it("leaves the other checkpoints unchanged when writing fails", async () => {
    await save(1);
    const failing = saveCheckpoint(workspace, 2, async (folder) => {
      await folder.write("a", "x");
      throw new Error("no more");
    });
    await expect(failing).rejects.toThrow("no more");
    expect(readdirSync(checkpoints)).toEqual(["step-1"]);
    await prove(1);
  });

  it("names what cannot be written", async () => {
    writeFileSync(checkpoints, "");
    await expect(save(1)).rejects.toMatchObject({
      code: "output/not-written",
      message: expect.stringMatching(/checkpoints.\.step-1: cannot be written \(ENOTDIR/),
    });
    rmSync(checkpoints);
  });
});

describe("listCheckpoints() and keepOnly()", () => {
  it("know checkpoints by their names, in the order of the steps", async () => {
    expect(await listCheckpoints(workspace)).toEqual([]);
    for (const step of [10, 9, 100]) await save(step);
    mkdirSync(join(checkpoints, ".step-11"));
    expect(await listCheckpoints(workspace)).toEqual([9, 10, 100]);
    await keepOnly(workspace, [9, 100]);
    expect(readdirSync(checkpoints).sort()).toEqual(["step-100", "step-9"]);
  });
});

describe("readVerified()", () => {
  const file = (name: string) => join(checkpoints, "step-1", name);

  it.each([
    ["a flipped bit", () => writeFileSync(file("a"), readFileSync(file("a")).with(2, 0)), /a is not what was written/],
    ["a lost end", () => writeFileSync(file("a"), "conten"), /a is not what was written \(6 bytes/],
    ["a longer end", () => writeFileSync(file("a"), "contents "), /a is not what was written \(9 bytes/],
    ["a lost file", () => rmSync(file("b")), /b is missing/],
    ["a lost manifest", () => rmSync(file("manifest.json")), /manifest\.json is missing/],
    ["an empty manifest", () => writeFileSync(file("manifest.json"), ""), /manifest\.json is not a manifest/],
    [
      "a manifest of files elsewhere",
      () => writeFileSync(file("manifest.json"), readFileSync(file("manifest.json"), "utf8").replace('"a"', '"../a"')),
      /manifest\.json names "\.\.\/a"/,
    ],
    ["a manifest of nulls", () => writeFileSync(file("manifest.json"), "null"), /manifest\.json is not a manifest/],
    [
      "a folder in a file's place",
      () => {
        rmSync(file("b"));
        mkdirSync(file("b"));
      },
      /b cannot be read/,
    ],
  ])("finds %s", async (_, damage, what) => {
    await save(1);
    damage();
    await expect(prove(1)).rejects.toMatchObject({
      code: "checkpoint/damaged",
      message: expect.stringMatching(what),
    });
  });

  it("finds every byte that is changed, in any file", async () => {
    await save(1);
    for (const name of readdirSync(join(checkpoints, "step-1"))) {
      const whole = readFileSync(file(name));
      for (const at of whole.keys()) {
        writeFileSync(file(name), whole.with(at, whole[at]! ^ 0x15));
        await expect(prove(1), `${name} ${at}`).rejects.toMatchObject({ code: "checkpoint/damaged" });
      }
      writeFileSync(file(name), whole);
    }
    await prove(1);
  });
});
