import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saveCheckpoint } from "../checkpoint/store.ts";
import {
  checkOutputDirectory,
  isFinished,
  isUnfinished,
  openRunDirectory,
  type RunDirectory,
  tidyFinished,
  withoutSuffix,
} from "./run-directory.ts";

let base = "";
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "bertie-directory-"));
});
afterEach(() => rmSync(base, { recursive: true }));

const begin = (path: string, overwrite = false) => openRunDirectory(path, { overwrite, resume: false });
const goOn = (path: string) => openRunDirectory(path, { overwrite: false, resume: true });
const save = (directory: RunDirectory, step: number) =>
  saveCheckpoint(directory.checkpoints, step, (folder) => folder.write("weights", "w"));

describe("openRunDirectory()", () => {
  it("shows nothing before publish(), and all after", async () => {
    const path = join(base, "a", "b", "run");
    const directory = await begin(path);
    await directory.write("weights", [Uint8Array.of(1, 2), Uint8Array.of(3)]);
    await directory.append("log", "one\n");
    await directory.append("log", "two\n");
    expect(await directory.read("log")).toBe("one\ntwo\n");
    expect(await directory.read("none")).toBe("");
    await save(directory, 1);
    expect(readdirSync(join(base, "a", "b"))).toEqual(["run.unfinished"]);
    expect(await isFinished(path)).toBe(false);
    await directory.publish(false);
    await directory.leave();
    expect(readdirSync(join(base, "a", "b"))).toEqual(["run"]);
    expect(readdirSync(path).sort()).toEqual(["checkpoints", "log", "weights"]);
    expect(directory.files()).toEqual(["log", "weights"]);
    expect(readFileSync(join(path, "log"), "utf8")).toBe("one\ntwo\n");
    expect([...readFileSync(join(path, "weights"))]).toEqual([1, 2, 3]);
  });

  it("is not published when somebody has removed a file of it", async () => {
    const path = join(base, "run");
    const directory = await begin(path);
    await directory.append("log", "one\n");
    rmSync(join(base, "run.unfinished", "log"));
    await expect(directory.read("log")).rejects.toMatchObject({ code: "input/not-read" });
    await expect(directory.publish(false)).rejects.toMatchObject({
      code: "output/not-written",
      message: expect.stringMatching(/log: was removed while the run wrote it/),
    });
    await directory.leave();
    expect(readdirSync(base)).toEqual([]);
  });

  it("leaves nothing behind without a checkpoint, not even the directories above", async () => {
    const directory = await begin(join(base, "a", "b", "run"));
    await directory.write("log", "x");
    await directory.leave();
    expect(readdirSync(base)).toEqual([]);
  });

  it("leaves checkpoints, with which only a run goes on that was told to", async () => {
    const path = join(base, "run");
    const first = await begin(path);
    await first.write("log", "x");
    await save(first, 7);
    await first.leave();
    expect(await isUnfinished(path)).toBe(true);
    await expect(begin(path)).rejects.toMatchObject({
      code: "output/unfinished",
      message: expect.stringMatching(/left after step 7; --resume .*run goes on .* --overwrite-output-dir begins anew/),
    });
    const second = await goOn(path);
    expect(readdirSync(`${path}.unfinished`).sort()).toEqual(["checkpoints", "lock"]);
    await second.write("log", "y");
    await second.publish(false);
    expect(readdirSync(join(path, "checkpoints"))).toEqual(["step-7"]);
  });

  it("begins anew where it may replace what was left", async () => {
    const path = join(base, "run");
    const first = await begin(path);
    await save(first, 7);
    await first.leave();
    const second = await begin(path, true);
    expect(readdirSync(`${path}.unfinished`)).toEqual(["lock"]);
    await second.leave();
    expect(readdirSync(base)).toEqual([]);
  });

  it("is for one run at a time", async () => {
    const path = join(base, "run");
    const first = await begin(path);
    for (const open of [begin, goOn]) await expect(open(path)).rejects.toMatchObject({ code: "output/locked" });
    expect(readdirSync(base)).toEqual(["run.unfinished"]);
    await first.publish(false);
    await (await begin(join(base, "other"))).leave();
  });

  it("takes the place of an empty directory", async () => {
    const path = join(base, "run");
    mkdirSync(path);
    const directory = await begin(path);
    await directory.write("log", "x");
    await directory.publish(false);
    expect(readdirSync(base)).toEqual(["run"]);
    expect(readdirSync(path)).toEqual(["log"]);
  });

  it("replaces a full directory only where that was asked for, and says where the run is otherwise", async () => {
    const path = join(base, "run");
    for (const overwrite of [false, true]) {
      const directory = await begin(path);
      await directory.write("new", "x");
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "old"), "y"); // came while the run went on
      if (overwrite) {
        await directory.publish(true);
        expect(readdirSync(path)).toEqual(["new"]);
      } else {
        await expect(directory.publish(false)).rejects.toThrow(/the run's files are in .*run\.unfinished/);
        await directory.leave();
        expect(readdirSync(path)).toEqual(["old"]);
        expect(readdirSync(`${path}.unfinished`)).toEqual(["new"]);
      }
    }
    expect(readdirSync(base)).toEqual(["run"]);
  });

  it("brings back a directory whose replacement was stopped half-way, and tidies up after one at its end", async () => {
    const path = join(base, "run");
    const old = `${path}.unfinished.old`;
    mkdirSync(old);
    writeFileSync(join(old, "note"), "old");
    await (await begin(path)).leave();
    expect(readFileSync(join(path, "note"), "utf8")).toBe("old");
    expect(readdirSync(base)).toEqual(["run"]);

    mkdirSync(old);
    writeFileSync(join(path, "run.json"), "{}");
    writeFileSync(join(path, "lock"), "{}");
    expect(await isFinished(path)).toBe(true);
    await tidyFinished(path);
    expect(readdirSync(base)).toEqual(["run"]);
    expect(readdirSync(path).sort()).toEqual(["note", "run.json"]);
  });

  it("says so where nothing can be written", async () => {
    writeFileSync(join(base, "file"), "");
    await expect(begin(join(base, "file", "run"))).rejects.toThrow(/nothing can be written there/);
  });
});

it("withoutSuffix() finds the directory of the folder beside it", () => {
  expect(withoutSuffix(join("a", "run.unfinished"))).toBe(join("a", "run"));
  expect(withoutSuffix(join("a", "run"))).toBe(join("a", "run"));
  expect(withoutSuffix("run.unfinished/")).toBe("run");
});

describe("checkOutputDirectory()", () => {
  const inBase = (...path: string[]) => join(base, ...path);

  it("accepts what is not there, and what is empty", async () => {
    mkdirSync(inBase("empty"));
    await checkOutputDirectory(inBase("missing"), { overwriteOutputDir: false });
    await checkOutputDirectory(inBase("empty"), { overwriteOutputDir: false });
  });

  it("refuses what holds files, unless it may be replaced", async () => {
    writeFileSync(inBase("file"), "");
    await expect(checkOutputDirectory(base, { overwriteOutputDir: false })).rejects.toMatchObject({
      code: "output/not-empty",
    });
    await checkOutputDirectory(base, { overwriteOutputDir: true });
  });

  it("refuses a file in its place", async () => {
    writeFileSync(inBase("file"), "");
    await expect(checkOutputDirectory(inBase("file"), { overwriteOutputDir: true })).rejects.toMatchObject({
      code: "output/unusable",
    });
  });

  it("never replaces a directory that the run reads from, or that the command runs in", async () => {
    mkdirSync(inBase("data"));
    const holdsInput = { code: "output/holds-input" };
    await expect(
      checkOutputDirectory(base, { overwriteOutputDir: true, dataDir: inBase("data") }),
    ).rejects.toMatchObject(holdsInput);
    await expect(checkOutputDirectory(base, { overwriteOutputDir: true, model: base })).rejects.toMatchObject(
      holdsInput,
    );
    const left = inBase("run.unfinished", "checkpoints", "step-1");
    mkdirSync(left, { recursive: true });
    await expect(checkOutputDirectory(inBase("run"), { overwriteOutputDir: true, model: left })).rejects.toMatchObject(
      holdsInput,
    );
    await expect(checkOutputDirectory(process.cwd(), { overwriteOutputDir: true })).rejects.toMatchObject(holdsInput);
  });
});
