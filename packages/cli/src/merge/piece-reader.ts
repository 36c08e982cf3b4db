import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { BertieError } from "@bertie/common";
import type { FoundShard } from "./find-shards.ts";

/** Number of bytes per read; a multiple of the size of an index entry. */
const READ_BYTES = 1 << 20;
/** Number of files that are open at the same time, which systems limit. */
const OPEN_FILES = 64;

/** Creates a reader of ranges of the output files of shards. */
export function createPieceReader(shards: readonly FoundShard[]) {
  const open = new Map<string, number>();
  const buffer = new Uint8Array(READ_BYTES);

  function handleOf(path: string): number {
    let handle = open.get(path);
    if (handle === undefined) {
      if (open.size >= OPEN_FILES) close();
      handle = openSync(path, "r");
      open.set(path, handle);
    }
    return handle;
  }

  function close(): void {
    for (const handle of open.values()) closeSync(handle);
    open.clear();
  }

  return {
    /** Yields a range of an output file of a shard in chunks, which are valid until the next one. */
    *read(shard: number, output: number, start: number, bytes: number): Generator<Uint8Array<ArrayBuffer>> {
      const { directory, locate, outputs } = shards[shard]!;
      const { path: name } = outputs[output]!;
      const path = join(directory, name);
      for (let done = 0; done < bytes; ) {
        const length = Math.min(READ_BYTES, bytes - done);
        let filled = 0;
        while (filled < length) {
          const count = readSync(handleOf(path), buffer, filled, length - filled, start + done + filled);
          if (count === 0)
            throw new BertieError(
              "merge/shards",
              `${locate(name)}: the file became shorter during the merge. Run the shard again.`,
            );
          filled += count;
        }
        yield buffer.subarray(0, length);
        done += length;
      }
    },
    close,
  };
}

export type PieceReader = ReturnType<typeof createPieceReader>;
