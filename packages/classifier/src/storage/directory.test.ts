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
  it("hides all files until commit()", async () => {
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

  it("forgets the files of a folder that is removed", async () => {
    const path = join(base, "run");
    const directory = await start(path);
    await directory.write("data/part", "1");
    await directory.write("log", "one");
    await directory.remove("data");
    expect(directory.files()).toEqual(["log"]);
    await directory.commit({ overwrite: false });
    expect(readdirSync(path)).toEqual(["log"]);
  });

  it("rejects commit() if one of its files was removed", async () => {
    const path = join(base, "run");
    const directory = await start(path);
    await directory.append("log", "one\n");
    rmSync(join(base, "run.unfinished", "log"));
    await expect(directory.read("log")).rejects.toMatchObject({ code: "input/not-read" });
    await expect(directory.commit({ overwrite: false })).rejects.toMatchObject({
      code: "output/not-written",
      message: expect.stringMatching(/log: the file was removed during the run/),
    });
    await directory.close();
    expect(readdirSync(base)).toEqual([]);
  });

  it("removes all files and created parent directories on close() without a checkpoint", async () => {
    const directory = await start(join(base, "a", "b", "run"));
    await directory.write("log", "x");
    await directory.close();
    expect(readdirSync(base)).toEqual([]);
  });

  it("keeps checkpoints on close(), so that another run can resume", async () => {
    const path = join(base, "run");
    const first = await start(path);
    await first.write("log", "x");
    await save(first, 7);
    await first.close();
    expect(await stateOf(path)).toBe("unfinished");
    await expect(start(path)).rejects.toMatchObject({
      code: "output/unfinished",
      message: expect.stringMatching(
        /holds an interrupted run \(step-7\)\. Resume the run \(--resume .*run\), or set overwrite/,
      ),
    });
    const second = await resume(path);
    expect(readdirSync(`${path}.unfinished`).sort()).toEqual(["checkpoints", "lock"]);
    await second.write("log", "y");
    await second.commit({ overwrite: false });
    expect(readdirSync(join(path, "checkpoints"))).toEqual(["step-7"]);
  });

  it("removes the checkpoints of an interrupted run with overwrite", async () => {
    const path = join(base, "run");
    const first = await start(path);
    await save(first, 7);
    await first.close();
    const second = await start(path, true);
    expect(readdirSync(`${path}.unfinished`)).toEqual(["lock"]);
    await second.close();
    expect(readdirSync(base)).toEqual([]);
  });

  it("allows one run at a time", async () => {
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

  it("replaces a directory with contents only with overwrite, and otherwise names the working directory", async () => {
    const path = join(base, "run");
    for (const overwrite of [false, true]) {
      const directory = await start(path);
      await directory.write("new", "x");
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "old"), "y"); // another program writes to the target during the run
      if (overwrite) {
        await directory.commit({ overwrite: true });
        expect(readdirSync(path)).toEqual(["new"]);
      } else {
        await expect(directory.commit({ overwrite: false })).rejects.toThrow(
          /The files of the run are in .*run\.unfinished/,
        );
        await directory.close();
        expect(readdirSync(path)).toEqual(["old"]);
        expect(readdirSync(`${path}.unfinished`)).toEqual(["new"]);
      }
    }
    expect(readdirSync(base)).toEqual(["run"]);
  });

  it("reverts an interrupted replacement, and removes the temporary files of a complete one", async () => {
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

  it("throws if the directory is not writable", async () => {
    writeFileSync(join(base, "file"), "");
    await expect(start(join(base, "file", "run"))).rejects.toThrow(/the directory is not writable/);
  });
});

it("withoutSuffix() removes .unfinished", () => {
  expect(withoutSuffix(join("a", "run.unfinished"))).toBe(join("a", "run"));
  expect(withoutSuffix(join("a", "run"))).toBe(join("a", "run"));
  expect(withoutSuffix("run.unfinished/")).toBe("run");
});

describe("checkOutputDirectory()", () => {
  const inBase = (...path: string[]) => join(base, ...path);

  it("accepts a missing directory and an empty directory", async () => {
    mkdirSync(inBase("empty"));
    await checkOutputDirectory(inBase("missing"), { overwrite: false });
    await checkOutputDirectory(inBase("empty"), { overwrite: false });
  });

  it("rejects a directory with files, unless overwrite is set", async () => {
    writeFileSync(inBase("file"), "");
    await expect(checkOutputDirectory(base, { overwrite: false })).rejects.toMatchObject({
      code: "output/not-empty",
    });
    await checkOutputDirectory(base, { overwrite: true });
  });

  it("rejects a path to a file", async () => {
    writeFileSync(inBase("file"), "");
    await expect(checkOutputDirectory(inBase("file"), { overwrite: true })).rejects.toMatchObject({
      code: "output/unusable",
    });
  });

  it("rejects a directory that contains an input or the working directory", async () => {
    mkdirSync(inBase("data"));
    const holdsInput = { code: "output/holds-input" };
    await expect(
      checkOutputDirectory(base, { overwrite: true, inputs: [undefined, inBase("data")] }),
    ).rejects.toMatchObject(holdsInput);
    await expect(checkOutputDirectory(base, { overwrite: true, inputs: [base] })).rejects.toMatchObject(holdsInput);
    const checkpoint = inBase("run.unfinished", "checkpoints", "step-1");
    mkdirSync(checkpoint, { recursive: true });
    await expect(checkOutputDirectory(inBase("run"), { overwrite: true, inputs: [checkpoint] })).rejects.toMatchObject(
      holdsInput,
    );
    await expect(checkOutputDirectory(process.cwd(), { overwrite: true })).rejects.toMatchObject(holdsInput);
  });
});
