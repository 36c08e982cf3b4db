import type { BertTokenizer, Lines } from "@bertie/tokenizer-wasm";
import type { FileChunk, Folder } from "../files/opfs.ts";

export type OutputFormat = "bin" | "jsonl";

/** Writes rows of tokens to files, in the formats of `bertie tokenize`. */
export interface Output {
  write(lines: Lines): Promise<void>;
  /** Closes the files and returns them. */
  finish(): Promise<readonly OutputFile[]>;
  abort(): Promise<void>;
}

export interface OutputFile {
  readonly suffix: string;
  readonly file: File;
}

/** Opens an output: ids as little-endian integers of 2 or 4 bytes with the row offsets as a NumPy array, or JSON Lines. */
export async function openOutput(format: OutputFormat, folder: Folder, tokenizer: BertTokenizer): Promise<Output> {
  return format === "jsonl" ? jsonLines(folder) : flatIds(folder, tokenizer.vocabSize <= 1 << 16 ? 2 : 4);
}

async function jsonLines(folder: Folder): Promise<Output> {
  const rows = fileInParts(folder, "rows.jsonl");
  return {
    async write({ ids, rowOffsets }) {
      let text = "";
      for (let row = 0; row + 1 < rowOffsets.length; row++)
        text += `{"ids":[${ids.subarray(rowOffsets[row]!, rowOffsets[row + 1]!).join(",")}]}\n`;
      await rows.write(text);
    },
    finish: async () => [{ suffix: ".jsonl", file: await rows.finish() }],
    abort: rows.abort,
  };
}

async function flatIds(folder: Folder, bytesPerId: 2 | 4): Promise<Output> {
  const main = fileInParts(folder, "ids.bin");
  const rowStarts: Float64Array[] = [];
  let tokens = 0;
  let rows = 0;
  return {
    async write({ ids, rowOffsets }) {
      rowStarts.push(Float64Array.from(rowOffsets.subarray(0, -1), (offset) => tokens + offset));
      tokens += ids.length;
      rows += rowOffsets.length - 1;
      const packed = bytesPerId === 2 ? Uint16Array.from(ids) : Int32Array.from(ids);
      await main.write(new Uint8Array(packed.buffer));
    },
    async finish() {
      const file = await main.finish();
      const index = fileInParts(folder, "ids.idx.npy");
      await index.write(npyHeader("<u8", rows + 1));
      for (const block of [...rowStarts, Float64Array.of(tokens)])
        await index.write(new Uint8Array(BigUint64Array.from(block, BigInt).buffer));
      return [
        { suffix: ".bin", file },
        { suffix: ".idx.npy", file: await index.finish() },
      ];
    },
    abort: main.abort,
  };
}

/** Opens a file that the caller writes part by part. */
function fileInParts(folder: Folder, name: string) {
  const parts = new TransformStream<FileChunk, FileChunk>();
  const writer = parts.writable.getWriter();
  const reader = parts.readable.getReader();
  async function* chunks(): AsyncGenerator<FileChunk> {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  }
  const written = folder.write(name, chunks());
  written.catch((error) => reader.cancel(error)); // lets pending writes fail
  return {
    write: (chunk: FileChunk) => writer.write(chunk),
    async finish(): Promise<File> {
      await writer.close();
      await written;
      return (await folder.read(name))!;
    },
    async abort(): Promise<void> {
      await writer.abort(new Error("stopped")).catch(() => {});
      await written.catch(() => {});
    },
  };
}

/** Returns the header of a one-dimensional array in version 1.0 of the NumPy format (numpy.lib.format). */
function npyHeader(type: string, length: number): Uint8Array<ArrayBuffer> {
  const description = `{'descr': '${type}', 'fortran_order': False, 'shape': (${length},), }`;
  const size = 128;
  const header = new Uint8Array(size).fill(0x20);
  header.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, size - 10, 0]);
  header.set(new TextEncoder().encode(description), 10);
  header[size - 1] = 0x0a;
  return header;
}
