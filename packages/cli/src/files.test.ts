import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createInputReader } from "./files.ts";

const scratch = mkdtempSync(join(tmpdir(), "bertie-files-"));
afterAll(() => rmSync(scratch, { recursive: true }));

it("readText() refuses a file that is longer than any configuration, before it makes a text of it", async () => {
  const path = join(scratch, "config.json");
  writeFileSync(path, "\uFEFF{}");
  const inputs = createInputReader();
  expect(await inputs.readText(path)).toBe("{}");
  truncateSync(path, 2 ** 29 + 100); // more than V8 can make a text of
  await expect(inputs.readText(path)).rejects.toMatchObject({
    code: "input/too-large",
    message: expect.stringMatching(/config\.json: has 536871012 bytes, more than 67108864: /),
  });
});
