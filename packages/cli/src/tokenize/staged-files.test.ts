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
  it("publishes files only when all are complete, and returns their sizes and hashes", async () => {
    const [a, b] = [join(directory, "a"), join(directory, "b")];
    const files = await stageFiles([a, b], createFileHashes());
    const first = files.create(a);
    first.write(bytesOf("on"));
    first.write(bytesOf("e"));
    const second = files.create(b, { rewritable: true });
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

  it("discard() removes all files and the directories that were created", async () => {
    const files = await stageFiles([join(directory, "deep", "a")], createFileHashes());
    files.create(join(directory, "deep", "a")).write(bytesOf("one"));
    await files.discard();
    expect(existsSync(join(directory, ".."))).toBe(false);
  });

  it("never replaces a file, even if it was created after the start", async () => {
    const [a, b] = [join(directory, "a"), join(directory, "b")];
    const files = await stageFiles([a, b], createFileHashes());
    for (const path of [a, b]) files.create(path).write(bytesOf("new"));
    writeFileSync(b, "old");
    await expect(stageFiles([a, b], createFileHashes())).rejects.toThrow(/b: the output file already exists/);
    await files.complete();
    await expect(files.publish()).rejects.toThrow(/b: another program created the output file/);
    await files.discard();
    expect(readdirSync(directory)).toEqual(["b"]);
    expect(readFileSync(b, "utf8")).toBe("old");
  });

  it("names a path that cannot be written", async () => {
    const file = join(base, "file");
    writeFileSync(file, "");
    await expect(stageFiles([join(file, "a")], createFileHashes())).rejects.toThrow(
      /a: the output file cannot be written \(.*file is a file\)/,
    );
  });
});
