import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { storageSuite } from "../testing/storage-suite.ts";
import { directoryStorage } from "./directory.ts";
import { memoryStorage } from "./memory.ts";

const base = mkdtempSync(join(tmpdir(), "bertie-storage-"));
afterAll(() => rmSync(base, { recursive: true }));

const newDirectory = () => directoryStorage(join(base, `${readdirSync(base).length}`, "run"));

// tests/runtimes/chromium runs the same suite for browserStorage().
describe.each([
  ["memoryStorage()", memoryStorage],
  ["directoryStorage()", newDirectory],
])("%s", (_, create) => {
  it.each(storageSuite(() => create()))("$name", ({ run }) => run());
});
