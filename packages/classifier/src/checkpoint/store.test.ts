import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readProven } from "./manifest.ts";
import { checkpointPath, keepOnly, listCheckpoints, saveCheckpoint } from "./store.ts";

let base = "";
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "bertie-store-"));
});
afterEach(() => rmSync(base, { recursive: true }));

const save = (step: number, text = "contents") =>
  saveCheckpoint(base, step, async (folder) => {
    await folder.write("a", text);
    await folder.write("b", [Uint8Array.of(1, 2), Uint8Array.of(3)]);
  });

describe("saveCheckpoint()", () => {
  it("makes a folder that proves itself", async () => {
    await save(3);
    expect(readdirSync(base)).toEqual(["step-3"]);
    const files = await readProven(checkpointPath(base, 3));
    expect(new TextDecoder().decode(files.get("a"))).toBe("contents");
    expect(files.get("b")).toEqual(Buffer.of(1, 2, 3));
    expect([...(await readProven(checkpointPath(base, 3), ["b"])).keys()]).toEqual(["b"]);
  });

  it("takes the place of a damaged one, and of what was staged before", async () => {
    mkdirSync(join(base, ".step-3"), { recursive: true });
    writeFileSync(join(base, ".step-3", "a"), "half");
    mkdirSync(join(base, "step-3"));
    await save(3);
    expect(readdirSync(base)).toEqual(["step-3"]);
    await readProven(checkpointPath(base, 3));
  });

  it("leaves all as it was when the writing fails", async () => {
    await save(1);
    const failing = saveCheckpoint(base, 2, async (folder) => {
      await folder.write("a", "x");
      throw new Error("no more");
    });
    await expect(failing).rejects.toThrow("no more");
    expect(readdirSync(base)).toEqual(["step-1"]);
  });

  it("says what cannot be written", async () => {
    writeFileSync(join(base, "file"), "");
    await expect(saveCheckpoint(join(base, "file"), 1, async () => {})).rejects.toMatchObject({
      code: "output/not-written",
      message: expect.stringMatching(/file.\.step-1: cannot be written \(ENOTDIR/),
    });
  });
});

describe("listCheckpoints() and keepOnly()", () => {
  it("know checkpoints by their names, in the order of the steps", async () => {
    expect(await listCheckpoints(join(base, "none"))).toEqual([]);
    for (const step of [10, 9, 100]) await save(step);
    mkdirSync(join(base, ".step-11"));
    expect(await listCheckpoints(base)).toEqual([9, 10, 100]);
    await keepOnly(base, [9, 100]);
    expect(readdirSync(base).sort()).toEqual(["step-100", "step-9"]);
  });
});

describe("readProven()", () => {
  const file = (name: string) => join(base, "step-1", name);

  it.each([
    ["a flipped bit", () => writeFileSync(file("a"), readFileSync(file("a")).with(2, 0)), /a is not what was written/],
    ["a lost end", () => writeFileSync(file("a"), "conten"), /a is not what was written \(6 bytes/],
    ["an end too many", () => writeFileSync(file("a"), "contents "), /a is not what was written \(9 bytes/],
    ["a lost file", () => rmSync(file("b")), /b cannot be read \(ENOENT\)/],
    ["a lost manifest", () => rmSync(file("manifest.json")), /manifest\.json cannot be read \(ENOENT\)/],
    ["an empty manifest", () => writeFileSync(file("manifest.json"), ""), /manifest\.json is no manifest/],
    [
      "a manifest of files elsewhere",
      () => writeFileSync(file("manifest.json"), readFileSync(file("manifest.json"), "utf8").replace('"a"', '"../a"')),
      /manifest\.json names "\.\.\/a"/,
    ],
    ["a manifest of nulls", () => writeFileSync(file("manifest.json"), "null"), /manifest\.json is no manifest/],
  ])("finds %s", async (_, damage, what) => {
    await save(1);
    damage();
    await expect(readProven(checkpointPath(base, 1))).rejects.toMatchObject({
      code: "checkpoint/damaged",
      message: expect.stringMatching(what),
    });
  });

  it("finds every byte that is changed, in any file", async () => {
    await save(1);
    for (const name of readdirSync(join(base, "step-1"))) {
      const whole = readFileSync(file(name));
      for (const at of whole.keys()) {
        writeFileSync(file(name), whole.with(at, whole[at]! ^ 0x15));
        await expect(readProven(checkpointPath(base, 1)), `${name} ${at}`).rejects.toMatchObject({
          code: "checkpoint/damaged",
        });
      }
      writeFileSync(file(name), whole);
    }
    await readProven(checkpointPath(base, 1));
  });
});
