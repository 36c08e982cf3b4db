import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDirectory } from "../storage/directory.node.ts";
import type { Workspace } from "../storage/storage.ts";
import { readVerified } from "./manifest.ts";
import { checkpointFolder, keepOnly, listCheckpoints, saveCheckpoint } from "./store.ts";

let base = "";
/** Folder of the checkpoints on disk. */
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
const verify = (step: number, names?: readonly string[]) => readVerified(workspace, checkpointFolder(step), names);

describe("saveCheckpoint()", () => {
  it("writes a folder whose files match its manifest", async () => {
    await save(3);
    expect(readdirSync(checkpoints)).toEqual(["step-3"]);
    const files = await verify(3);
    expect(new TextDecoder().decode(files.get("a"))).toBe("contents");
    expect(files.get("b")).toEqual(Buffer.of(1, 2, 3));
    expect([...(await verify(3, ["b"])).keys()]).toEqual(["b"]);
  });

  it("replaces a damaged checkpoint and an incomplete folder", async () => {
    mkdirSync(join(checkpoints, ".step-3"), { recursive: true });
    writeFileSync(join(checkpoints, ".step-3", "a"), "half");
    mkdirSync(join(checkpoints, "step-3"));
    await save(3);
    expect(readdirSync(checkpoints)).toEqual(["step-3"]);
    await verify(3);
  });

  it("leaves the other checkpoints unchanged when writing fails", async () => {
    await save(1);
    const failing = saveCheckpoint(workspace, 2, async (folder) => {
      await folder.write("a", "x");
      throw new Error("write failed");
    });
    await expect(failing).rejects.toThrow("write failed");
    expect(readdirSync(checkpoints)).toEqual(["step-1"]);
    await verify(1);
  });

  it("throws an error that names the file that cannot be written", async () => {
    writeFileSync(checkpoints, "");
    await expect(save(1)).rejects.toMatchObject({
      code: "output/not-written",
      message: expect.stringMatching(/checkpoints.\.step-1: cannot be written \(ENOTDIR/),
    });
    rmSync(checkpoints);
  });
});

describe("listCheckpoints() and keepOnly()", () => {
  it("list completed checkpoints in the order of their steps, and remove all others", async () => {
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
    [
      "a changed byte",
      () => writeFileSync(file("a"), readFileSync(file("a")).with(2, 0)),
      /a differs from the manifest/,
    ],
    ["a truncated file", () => writeFileSync(file("a"), "conten"), /a differs from the manifest: 6 bytes/],
    ["an extended file", () => writeFileSync(file("a"), "contents "), /a differs from the manifest: 9 bytes/],
    ["a missing file", () => rmSync(file("b")), /b is missing/],
    ["a missing manifest", () => rmSync(file("manifest.json")), /manifest\.json is missing/],
    ["an empty manifest", () => writeFileSync(file("manifest.json"), ""), /manifest\.json is malformed/],
    [
      "a manifest with a path outside the folder",
      () => writeFileSync(file("manifest.json"), readFileSync(file("manifest.json"), "utf8").replace('"a"', '"../a"')),
      /manifest\.json contains the invalid file name "\.\.\/a"/,
    ],
    ["a null manifest", () => writeFileSync(file("manifest.json"), "null"), /manifest\.json is malformed/],
    [
      "a folder instead of a file",
      () => {
        rmSync(file("b"));
        mkdirSync(file("b"));
      },
      /b cannot be read/,
    ],
  ])("detects %s", async (_, damage, message) => {
    await save(1);
    damage();
    await expect(verify(1)).rejects.toMatchObject({
      code: "checkpoint/damaged",
      message: expect.stringMatching(message),
    });
  });

  it("detects any changed byte in any file", async () => {
    await save(1);
    for (const name of readdirSync(join(checkpoints, "step-1"))) {
      const bytes = readFileSync(file(name));
      for (const at of bytes.keys()) {
        writeFileSync(file(name), bytes.with(at, bytes[at]! ^ 0x15));
        await expect(verify(1), `${name} ${at}`).rejects.toMatchObject({ code: "checkpoint/damaged" });
      }
      writeFileSync(file(name), bytes);
    }
    await verify(1);
  });
});
