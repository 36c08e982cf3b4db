import process from "node:process";
import type { StagedFile, StagedFiles } from "../staged-files.ts";
import type { BlockWriter } from "./block-writer.ts";
import { createOffsetPacker } from "./ids.ts";
import { NPY_HEADER_BYTES, npyHeader } from "./npy-header.ts";

export type Format = "jsonl" | "parquet" | "npy" | "bin";

/** Returns the paths of the files of an output. The first path is the path that the user has set. */
export function outputPaths(format: Format, path: string): string[] {
  if (format !== "bin" && format !== "npy") return [path];
  const stem = path.endsWith(`.${format}`) ? path.slice(0, -format.length - 1) : path;
  return [path, `${stem}.idx.npy`];
}

/** Creates a writer to stdout. It waits for slow readers, so that unread output does not fill memory. */
export function stdoutWriter(): BlockWriter {
  return {
    write: ({ data }) => new Promise((resolve) => process.stdout.write(data, () => resolve())),
    finish() {},
  };
}

/** Creates the writer of a format, and its files. */
export async function fileWriter(
  format: Format,
  files: StagedFiles,
  path: string,
  { bytesPerId, pairs }: { readonly bytesPerId: 2 | 4; readonly pairs: boolean },
): Promise<BlockWriter> {
  const [, indexPath = ""] = outputPaths(format, path);
  const main = files.create(path, { rewritable: format === "npy" });
  switch (format) {
    case "jsonl":
      return { write: ({ data }) => main.write(data), finish() {} };
    case "parquet":
      return (await import("./parquet-file.ts")).parquetFile(main, pairs);
    case "bin":
      return idsWriter(main, files.create(indexPath, { rewritable: true }));
    case "npy": {
      const ids = npyArray(main, bytesPerId === 2 ? "<u2" : "<u4", bytesPerId);
      return idsWriter(ids, files.create(indexPath, { rewritable: true }));
    }
  }
}

/** Creates a writer of concatenated ids, with an index of row starts that ends with the total number of tokens. */
function idsWriter(ids: Pick<StagedFile, "write"> & { finish?(): void }, indexFile: StagedFile): BlockWriter {
  const index = npyArray(indexFile, "<u8", 8);
  index.write(new Uint8Array(8));
  const offsets = createOffsetPacker();
  return {
    write({ data, rowOffsets }) {
      ids.write(data);
      index.write(offsets.pack(rowOffsets!));
    },
    finish() {
      ids.finish?.();
      index.finish();
    },
  };
}

/** Creates a writer of a NumPy array. `finish()` overwrites the header with the final length. */
function npyArray(file: StagedFile, type: string, bytesPerItem: number) {
  file.write(npyHeader(type, 0));
  return {
    write: (data: Uint8Array) => file.write(data),
    finish: () => file.overwrite(npyHeader(type, (file.size() - NPY_HEADER_BYTES) / bytesPerItem)),
  };
}
