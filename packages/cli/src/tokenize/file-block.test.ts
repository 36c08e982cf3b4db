import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBlockReader } from "./file-block.ts";

let path = "";
beforeAll(() => {
  path = join(mkdtempSync(join(tmpdir(), "bertie-blocks-")), "text");
});
afterAll(() => rmSync(join(path, ".."), { recursive: true }));

const place = { kind: "file", input: 0, columns: undefined, stored: 0 } as const;

describe("createBlockReader()", () => {
  it("assigns every line to the block in which it starts, for any length of blocks and lines", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "天"), maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.boolean(),
        fc.nat(6),
        fc.integer({ min: 1, max: 20 }),
        (...all) => {
          const [lines, endsInLineFeed, header, blockBytes] = all;
          const head = `${"h".repeat(header)}\n`;
          writeFileSync(path, head + lines.join("\n") + (endsInLineFeed ? "\n" : ""));
          const reader = createBlockReader();
          const size = Buffer.byteLength(head + lines.join("\n")) + (endsInLineFeed ? 1 : 0);
          let text = "";
          let rangeBytes = 0;
          for (let from = 0; from < size; from += blockBytes) {
            const to = Math.min(from + blockBytes, size);
            const { records, start, range } = reader.read({ ...place, path, firstRecord: head.length, from, to });
            rangeBytes += range.length;
            if (records.length === 0) continue;
            expect(start).toBe(head.length + Buffer.byteLength(text));
            expect(start).toBeGreaterThanOrEqual(Math.min(from, head.length));
            expect(start).toBeLessThan(to);
            text += new TextDecoder().decode(records);
          }
          reader.close();
          expect(head + text).toBe(head + lines.join("\n") + (endsInLineFeed ? "\n" : ""));
          expect(rangeBytes).toBe(size);
        },
      ),
    );
  });

  it("counts the lines before a position", () => {
    writeFileSync(path, "a\nb\nc\n");
    const reader = createBlockReader();
    expect([0, 1, 2, 4, 6].map((at) => reader.linesBefore(path, at))).toEqual([0, 0, 1, 2, 3]);
    reader.close();
  });
});
