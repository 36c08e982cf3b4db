import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createFileHashes } from "./file-hashes.ts";
import { stageFiles } from "./staged-files.ts";

const base = mkdtempSync(join(tmpdir(), "bertie-staged-"));
let directory = "";
let count = 0;
beforeEach(() => {
  directory = join(base, String(count++), "new");
});
afterAll(() => rmSync(base, { recursive: true }));

const bytesOf = (text: string) => new TextEncoder().encode(text);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("stageFiles()", () => {
  it("puts files in their places when all are complete, and tells what is in them", async () => {
    const [a, b] = [join(directory, "a"), join(directory, "b")];
    const files = await stageFiles([a, b], createFileHashes());
    const first = files.create(a);
    first.write(bytesOf("on"));
    first.write(bytesOf("e"));
    const second = files.create(b, { overwritten: true });
    second.write(bytesOf("____o"));
    second.overwrite(bytesOf("tw"));
    expect([first.size(), second.size()]).toEqual([3, 5]);
    expect(await files.complete()).toEqual([
      { path: a, bytes: 3, sha256: sha256("one") },
      { path: b, bytes: 5, sha256: sha256("tw__o") },
    ]);
    expect(existsSync(a)).toBe(false);
    await files.publish();
    await files.discard();
    expect(readdirSync(directory).sort()).toEqual(["a", "b"]);
    expect(readFileSync(a, "utf8") + readFileSync(b, "utf8")).toBe("onetw__o");
  });

  it("leaves nothing if it is given up, not even directories", async () => {
    const files = await stageFiles([join(directory, "deep", "a")], createFileHashes());
    files.create(join(directory, "deep", "a")).write(bytesOf("one"));
    await files.discard();
    expect(existsSync(join(directory, ".."))).toBe(false);
  });

  it("replaces no file, neither one that is there nor one that comes meanwhile", async () => {
    const [a, b] = [join(directory, "a"), join(directory, "b")];
    const files = await stageFiles([a, b], createFileHashes());
    for (const path of [a, b]) files.create(path).write(bytesOf("new"));
    writeFileSync(b, "old");
    await expect(stageFiles([a, b], createFileHashes())).rejects.toThrow(/b: the file is there already/);
    await files.complete();
    await expect(files.publish()).rejects.toThrow(/b: the file has come to be meanwhile/);
    await files.discard();
    expect(readdirSync(directory)).toEqual(["b"]);
    expect(readFileSync(b, "utf8")).toBe("old");
  });

  it("says where nothing can be written", async () => {
    const file = join(base, "file");
    writeFileSync(file, "");
    await expect(stageFiles([join(file, "a")], createFileHashes())).rejects.toThrow(
      /a: nothing can be written there \((EEXIST|ENOTDIR)\)$/,
    );
  });
});
