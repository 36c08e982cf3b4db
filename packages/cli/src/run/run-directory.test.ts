import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkOutputDirectory, createRunDirectory } from "./run-directory.ts";

let base = "";
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "bertie-directory-"));
});
afterEach(() => rmSync(base, { recursive: true }));

describe("createRunDirectory()", () => {
  it("shows nothing before publish(), and all after", async () => {
    const path = join(base, "a", "b", "run");
    const directory = await createRunDirectory(path, false);
    await directory.write("weights", [Uint8Array.of(1, 2), Uint8Array.of(3)]);
    await directory.append("log", "one\n");
    await directory.append("log", "two\n");
    expect(readdirSync(join(base, "a", "b"))).not.toContain("run");
    await directory.publish();
    await directory.discard();
    expect(readdirSync(join(base, "a", "b"))).toEqual(["run"]);
    expect(readdirSync(path).sort()).toEqual(["log", "weights"]);
    expect(directory.files()).toEqual(["log", "weights"]);
    expect(readFileSync(join(path, "log"), "utf8")).toBe("one\ntwo\n");
    expect([...readFileSync(join(path, "weights"))]).toEqual([1, 2, 3]);
  });

  it("leaves nothing behind after discard(), not even the directories above", async () => {
    const directory = await createRunDirectory(join(base, "a", "b", "run"), false);
    await directory.write("log", "x");
    await directory.discard();
    expect(readdirSync(base)).toEqual([]);
  });

  it("takes the place of an empty directory", async () => {
    const path = join(base, "run");
    mkdirSync(path);
    const directory = await createRunDirectory(path, false);
    await directory.write("log", "x");
    await directory.publish();
    expect(readdirSync(base)).toEqual(["run"]);
    expect(readdirSync(path)).toEqual(["log"]);
  });

  it("replaces a full directory only where that was asked for, and says where the run is otherwise", async () => {
    const path = join(base, "run");
    for (const overwrite of [false, true]) {
      const directory = await createRunDirectory(path, overwrite);
      await directory.write("new", "x");
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "old"), "y"); // came while the run went on
      if (overwrite) {
        await directory.publish();
        expect(readdirSync(path)).toEqual(["new"]);
      } else {
        await expect(directory.publish()).rejects.toThrow(/the run's files are in .*\.run\./);
        await directory.discard();
        expect(readdirSync(path)).toEqual(["old"]);
        const kept = readdirSync(base).find((name) => name.startsWith(".run."))!;
        expect(readdirSync(join(base, kept))).toEqual(["new"]);
        rmSync(join(base, kept), { recursive: true });
      }
    }
    expect(readdirSync(base)).toEqual(["run"]);
  });

  it("says so where nothing can be written", async () => {
    writeFileSync(join(base, "file"), "");
    await expect(createRunDirectory(join(base, "file", "run"), false)).rejects.toThrow(/nothing can be written there/);
  });
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
    await expect(checkOutputDirectory(process.cwd(), { overwriteOutputDir: true })).rejects.toMatchObject(holdsInput);
  });
});
