import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createFileHashes } from "./file-hashes.ts";

const base = mkdtempSync(join(tmpdir(), "bertie-hashes-"));
afterAll(() => rmSync(base, { recursive: true }));

const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i) % 251);
const path = join(base, "file");
writeFileSync(path, bytes);
const sha256 = (...parts: Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

describe("createFileHashes()", () => {
  it("hashes the bytes of each key in order, from memory and from files", () => {
    const hashes = createFileHashes();
    hashes.updateFromFile("a", { path, from: 1, to: 2_900_000 });
    hashes.update("b", bytes.subarray(0, 9));
    hashes.update("a", bytes.subarray(5, 7));
    hashes.updateFromFile("a", { path, from: 3, to: 3 });
    expect(hashes.digest("a")).toBe(sha256(bytes.subarray(1, 2_900_000), bytes.subarray(5, 7)));
    expect(hashes.digest("b")).toBe(sha256(bytes.subarray(0, 9)));
    expect(hashes.digest("nothing")).toBe(sha256());
    hashes.close();
  });
});
