import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saveCheckpoint } from "../checkpoint/store.ts";
import { checkOutputDirectory, openDirectory, stateOf, tidyFinished, withoutSuffix } from "./directory.node.ts";
import type { Workspace } from "./storage.ts";

let base = "";
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "bertie-directory-"));
});
afterEach(() => rmSync(base, { recursive: true }));

const start = (path: string, overwrite = false) => openDirectory(path, { overwrite });
const resume = (path: string) => openDirectory(path, { resume: true });
const save = (directory: Workspace, step: number) =>
  saveCheckpoint(directory, step, (folder) => folder.write("weights", "w"));
const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

describe("openDirectory()", () => {
  it("shows nothing before commit(), and all after", async () => {
    const path = join(base, "a", "b", "run");
    const directory = await start(path);
    await directory.write("weights", [Uint8Array.of(1, 2), Uint8Array.of(3)]);
    await directory.append("log", "one\n");
    await directory.append("log", "two\n");
    expect(textOf(await directory.read("log"))).toBe("one\ntwo\n");
    expect(await directory.read("none")).toBeUndefined();
    await save(directory, 1);
    expect(readdirSync(join(base, "a", "b"))).toEqual(["run.unfinished"]);
    expect(await stateOf(path)).toBe("unfinished");
    await directory.commit({ overwrite: false });
    await directory.close();
    expect(readdirSync(join(base, "a", "b"))).toEqual(["run"]);
    expect(readdirSync(path).sort()).toEqual(["checkpoints", "log", "weights"]);
    expect(directory.files()).toEqual(["log", "weights"]);
    expect(readFileSync(join(path, "log"), "utf8")).toBe("one\ntwo\n");
    expect([...readFileSync(join(path, "weights"))]).toEqual([1, 2, 3]);
  });

  it("does not commit when one of its files was removed", async () => {
    const path = join(base, "run");
    const directory = await start(path);
    await directory.append("log", "one\n");
    rmSync(join(base, "run.unfinished", "log"));
    await expect(directory.read("log")).rejects.toMatchObject({ code: "input/not-read" });
    await expect(directory.commit({ overwrite: false })).rejects.toMatchObject({
      code: "output/not-written",
      message: expect.stringMatching(/log: was removed while the run wrote it/),
    });
    await directory.close();
    expect(readdirSync(base)).toEqual([]);
  });

  it("leaves nothing without a checkpoint, not even the directories above", async () => {
    const directory = await start(join(base, "a", "b", "run"));
    await directory.write("log", "x");
    await directory.close();
    expect(readdirSync(base)).toEqual([]);
  });

  it("leaves checkpoints, for a run that is told to resume", async () => {
    const path = join(base, "run");
    const first = await start(path);
    await first.write("log", "x");
    await save(first, 7);
    await first.close();
    expect(await stateOf(path)).toBe("unfinished");
    await expect(start(path)).rejects.toMatchObject({
      code: "output/unfinished",
      message: expect.stringMatching(
        /holds an interrupted run \(step-7\); --resume .*run continues it, --overwrite-output-dir starts over/,
      ),
    });
    const second = await resume(path);
    expect(readdirSync(`${path}.unfinished`).sort()).toEqual(["checkpoints", "lock"]);
    await second.write("log", "y");
    await second.commit({ overwrite: false });
    expect(readdirSync(join(path, "checkpoints"))).toEqual(["step-7"]);
  });

  it("starts over where it may replace what was left", async () => {
    const path = join(base, "run");
    const first = await start(path);
    await save(first, 7);
    await first.close();
    const second = await start(path, true);
    expect(readdirSync(`${path}.unfinished`)).toEqual(["lock"]);
    await second.close();
    expect(readdirSync(base)).toEqual([]);
  });

  it("admits one run at a time", async () => {
    const path = join(base, "run");
    const first = await start(path);
    for (const open of [start, resume]) await expect(open(path)).rejects.toMatchObject({ code: "output/locked" });
    expect(readdirSync(base)).toEqual(["run.unfinished"]);
    await first.commit({ overwrite: false });
    await (await start(join(base, "other"))).close();
  });

  it("replaces an empty directory", async () => {
    const path = join(base, "run");
    mkdirSync(path);
    const directory = await start(path);
    await directory.write("log", "x");
    await directory.commit({ overwrite: false });
    expect(readdirSync(base)).toEqual(["run"]);
    expect(readdirSync(path)).toEqual(["log"]);
  });

  it("replaces a full directory only on request, and otherwise names where the run is", async () => {
    const path = join(base, "run");
    for (const overwrite of [false, true]) {
      const directory = await start(path);
      await directory.write("new", "x");
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "old"), "y"); // written by somebody else during the run
      if (overwrite) {
        await directory.commit({ overwrite: true });
        expect(readdirSync(path)).toEqual(["new"]);
      } else {
        await expect(directory.commit({ overwrite: false })).rejects.toThrow(
          /the run's files are in .*run\.unfinished/,
        );
        await directory.close();
        expect(readdirSync(path)).toEqual(["old"]);
        expect(readdirSync(`${path}.unfinished`)).toEqual(["new"]);
      }
    }
    expect(readdirSync(base)).toEqual(["run"]);
  });

  it("restores a directory whose replacement was interrupted, and tidies up after one that was complete", async () => {
    const path = join(base, "run");
    const old = `${path}.unfinished.old`;
    mkdirSync(old);
    writeFileSync(join(old, "note"), "old");
    await (await start(path)).close();
    expect(readFileSync(join(path, "note"), "utf8")).toBe("old");
    expect(readdirSync(base)).toEqual(["run"]);

    mkdirSync(old);
    writeFileSync(join(path, "run.json"), "{}");
    writeFileSync(join(path, "lock"), "{}");
    expect(await stateOf(path)).toBe("finished");
    await tidyFinished(path);
    expect(readdirSync(base)).toEqual(["run"]);
    expect(readdirSync(path).sort()).toEqual(["note", "run.json"]);
  });

  it("fails where nothing can be written", async () => {
    writeFileSync(join(base, "file"), "");
    await expect(start(join(base, "file", "run"))).rejects.toThrow(/nothing can be written there/);
  });
});

it("withoutSuffix() finds the directory from the unfinished one beside it", () => {
  expect(withoutSuffix(join("a", "run.unfinished"))).toBe(join("a", "run"));
  expect(withoutSuffix(join("a", "run"))).toBe(join("a", "run"));
  expect(withoutSuffix("run.unfinished/")).toBe("run");
});

describe("checkOutputDirectory()", () => {
  const inBase = (...path: string[]) => join(base, ...path);

  it("accepts a missing directory, and an empty one", async () => {
    mkdirSync(inBase("empty"));
    await checkOutputDirectory(inBase("missing"), { overwrite: false });
    await checkOutputDirectory(inBase("empty"), { overwrite: false });
  });

  it("refuses a directory with files, unless it may be replaced", async () => {
    writeFileSync(inBase("file"), "");
    await expect(checkOutputDirectory(base, { overwrite: false })).rejects.toMatchObject({
      code: "output/not-empty",
    });
    await checkOutputDirectory(base, { overwrite: true });
  });

  it("refuses a file in its place", async () => {
    writeFileSync(inBase("file"), "");
    await expect(checkOutputDirectory(inBase("file"), { overwrite: true })).rejects.toMatchObject({
      code: "output/unusable",
    });
  });

  it("never replaces a directory that the run reads from, or the working directory", async () => {
    mkdirSync(inBase("data"));
    const holdsInput = { code: "output/holds-input" };
    await expect(
      checkOutputDirectory(base, { overwrite: true, inputs: [undefined, inBase("data")] }),
    ).rejects.toMatchObject(holdsInput);
    await expect(checkOutputDirectory(base, { overwrite: true, inputs: [base] })).rejects.toMatchObject(holdsInput);
    const left = inBase("run.unfinished", "checkpoints", "step-1");
    mkdirSync(left, { recursive: true });
    await expect(checkOutputDirectory(inBase("run"), { overwrite: true, inputs: [left] })).rejects.toMatchObject(
      holdsInput,
    );
    await expect(checkOutputDirectory(process.cwd(), { overwrite: true })).rejects.toMatchObject(holdsInput);
  });
});
