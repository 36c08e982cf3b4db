import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createFileHashes, createStretchHasher } from "./file-hashes.ts";

const base = mkdtempSync(join(tmpdir(), "bertie-hashes-"));
afterAll(() => rmSync(base, { recursive: true }));

const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i) % 251);
const path = join(base, "file");
writeFileSync(path, bytes);
const sha256 = (...parts: Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

describe("createFileHashes()", () => {
  it("hashes what was added for a key, in order, whether it hangs together or not", async () => {
    const hashes = createFileHashes();
    for (const [from, to] of [
      [0, 10],
      [10, 2_500_000],
      [5, 7],
    ] as const) {
      hashes.add({ key: "a", path, from, to });
      hashes.add({ key: "b", path, from: 0, to: 1 });
    }
    expect(await hashes.digest("a")).toBe(sha256(bytes.subarray(0, 2_500_000), bytes.subarray(5, 7)));
    expect(await hashes.digest("b")).toBe(sha256(new Uint8Array([bytes[0]!, bytes[0]!, bytes[0]!])));
    expect(await hashes.digest("nothing")).toBe(sha256());
    await hashes.close();
  });
});

describe("createStretchHasher()", () => {
  it("reads stretches of any length", () => {
    const hasher = createStretchHasher();
    hasher.add({ key: "a", path, from: 1, to: 2_900_000 });
    expect(hasher.digest("a")).toBe(sha256(bytes.subarray(1, 2_900_000)));
    hasher.close();
  });
});
