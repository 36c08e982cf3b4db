import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RemoteFile } from "@bertie/stores";
import { createBufferPool } from "@bertie/tokenizer-wasm/stream";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { blocksOf } from "./blocks.ts";
import { createBlockReader } from "./file-block.ts";
import type { Input } from "./inputs.ts";

const folder = mkdtempSync(join(tmpdir(), "bertie-parts-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns a remote file that sends its bytes in chunks of a size. */
function remoteFile(name: string, bytes: Uint8Array, chunkBytes: number): RemoteFile {
  return {
    ...{ name, size: bytes.length, version: undefined, hasRanges: true },
    head: async () => bytes,
    read: async (from, to) => bytes.slice(from, to),
    async *stream({ from = 0, to = bytes.length } = {}) {
      for (let at = from; at < to; at += chunkBytes) yield bytes.slice(at, Math.min(at + chunkBytes, to));
    },
  };
}

const line = fc.constantFrom("", "a", "text", "好", "a longer line\twith a tab", "\r", "\ufeff");
const setup = fc.record({
  text: fc.tuple(fc.constantFrom("", "\ufeff"), fc.array(line), fc.boolean()),
  format: fc.constantFrom("lines", "tsv", "jsonl"),
  isDividedByBlocks: fc.boolean(),
  count: fc.integer({ min: 1, max: 5 }),
  blockBytes: fc.integer({ min: 1, max: 30 }),
  chunkBytes: fc.integer({ min: 1, max: 20 }),
});

it("the blocks of a remote file equal those of a file on disk, for every shard", async () => {
  const path = join(folder, "file");
  const pool = createBufferPool();
  await fc.assert(
    fc.asyncProperty(setup, async (input) => {
      const {
        text: [mark, lines, isEnded],
        format,
        count,
        blockBytes,
        chunkBytes,
      } = input;
      const header = format === "tsv" ? "id\ttext\n" : "";
      const contents = `${mark}${header}${lines.join("\n")}${isEnded ? "\n" : ""}`;
      writeFileSync(path, contents);
      const bytes = new TextEncoder().encode(contents);
      const text = { encoding: "utf-8", acceptsInvalid: true };
      const onDisk: Input = { name: path, path, size: bytes.length, isPlainFile: true, text };
      const remote: Input = { ...onDisk, path: undefined, remote: remoteFile(path, bytes, chunkBytes) };
      for (let index = 1; index <= count; index++) {
        const read = async (source: Input) => {
          const reader = createBlockReader();
          const blocks: string[] = [];
          let stored = "";
          const options = {
            ...{ format: format as "lines" | "tsv" | "jsonl", fields: { text: "text", pair: undefined } },
            ...{
              shard: { index, count },
              unit: input.isDividedByBlocks ? blockBytes : 1,
              blockBytes,
              pool,
              isPrompt: false,
              signal: new AbortController().signal,
            },
            onStored: (_: number, part: Uint8Array) => {
              stored += Buffer.from(part).toString("latin1");
            },
          };
          for await (const block of blocksOf([source], options)) {
            const found = block.kind === "file" ? reader.read(block) : { records: block.bytes, range: undefined };
            if (found.range !== undefined) options.onStored(0, found.range);
            if (found.records.length > 0) blocks.push(Buffer.from(found.records).toString("latin1"));
          }
          reader.close();
          return { blocks, stored };
        };
        expect(await read(remote)).toEqual(await read(onDisk));
      }
    }),
    { numRuns: 60 },
  );
});
