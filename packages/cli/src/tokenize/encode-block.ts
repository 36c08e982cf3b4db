import { BertieError } from "@bertie/common";
import {
  createTextReader,
  type InputFormat,
  invalidUtf8Fault,
  type OnInvalidUtf8,
  RecordFault,
} from "@bertie/data/records";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import type { BufferPool } from "@bertie/tokenizer-wasm/stream";
import type { Block, EncodedBlock } from "./block.ts";
import type { BlockReader } from "./file-block.ts";
import { packIds } from "./formats/ids.ts";
import type { Packed } from "./formats/packed.ts";
import type { Format } from "./formats/writers.ts";
import { keysOfValidLines, splitKeys, withKeys } from "./keyed-lines.ts";
import { createLineEncoder, encodeTexts, type Rows } from "./rows.ts";

/** Settings of the tokenization and of the output format. */
export interface EncodeSettings {
  readonly inputFormat: InputFormat;
  readonly format: Format;
  readonly bytesPerId: 2 | 4;
  readonly maxLength: number | undefined;
  readonly addSpecialTokens: boolean;
  readonly onInvalidUtf8: OnInvalidUtf8;
  readonly pairs: boolean;
  readonly tokens: boolean;
  readonly offsets: boolean;
  /** Number of fields at the start of each line that are copied to the output. */
  readonly keyFields: number;
}

/** Tokenizer, reader and buffer pool of an encoder. */
export interface EncodeTools {
  readonly tokenizer: BertTokenizer;
  readonly reader: BlockReader;
  /** Pool of the output buffers. */
  readonly pool: BufferPool;
  /** Receives the bytes of every file range that is read. */
  readonly onFileBytes?: (input: number, bytes: Uint8Array) => void;
}

export type BlockEncoder = (block: Block) => EncodedBlock;

/** Creates the function that encodes a block; the main thread and worker threads use the same function. */
export async function createBlockEncoder(settings: EncodeSettings, tools: EncodeTools): Promise<BlockEncoder> {
  const { tokenizer, reader, onFileBytes } = tools;
  const pack = await packerOf(settings, tools);
  const createRows = settings.keyFields > 0 ? createKeyedRowEncoder : createRowEncoder;
  const encodeRows = await createRows(settings, tokenizer);
  return (block) => {
    let start = 0;
    try {
      const read = block.kind === "file" ? readFileBlock(block) : { records: block.bytes, start };
      const bytes = read.records;
      start = read.start;
      const { rows, keys, invalid } = encodeRows(bytes, block);
      const records = rows.rowOffsets.length - 1;
      const packed = keys === undefined ? pack(rows) : withKeys(pack(rows), keys, tools.pool);
      return { records, tokens: rows.ids.length, bytes: bytes.length, invalid, packed, fault: undefined };
    } catch (error) {
      if (!(error instanceof RecordFault || error instanceof BertieError)) throw error;
      const place = error instanceof RecordFault ? { line: error.line, start } : undefined;
      return { ...NOTHING, fault: { code: error.code, message: error.message, place } };
    }
  };

  function readFileBlock(block: Block & { kind: "file" }) {
    const read = reader.read(block);
    onFileBytes?.(block.input, read.range);
    return read;
  }
}

const NOTHING = { records: 0, tokens: 0, bytes: 0, invalid: 0, packed: { data: new Uint8Array(0) } };

/** Tokenized records of a block. */
interface EncodedRows {
  readonly rows: Rows;
  /** Bytes to write before each row. */
  readonly keys?: readonly Uint8Array[];
  readonly invalid: number;
}

type RowEncoder = (bytes: Uint8Array, block: Block) => EncodedRows;

/** Creates the function that tokenizes the lines of a block without their keys. */
async function createKeyedRowEncoder(settings: EncodeSettings, tokenizer: BertTokenizer): Promise<RowEncoder> {
  const encodeRows = await createRowEncoder(settings, tokenizer);
  return (bytes, block) => {
    const lines = splitKeys(bytes, settings.keyFields);
    const encoded = encodeRows(lines.texts, block);
    const isSkipped = settings.onInvalidUtf8 === "skip" && encoded.invalid > 0;
    return { ...encoded, keys: isSkipped ? keysOfValidLines(lines) : lines.keys };
  };
}

/** Creates the function that tokenizes the records of a block. */
async function createRowEncoder(settings: EncodeSettings, tokenizer: BertTokenizer): Promise<RowEncoder> {
  const { inputFormat, onInvalidUtf8, maxLength, addSpecialTokens, offsets } = settings;
  const invalidUtf8 = onInvalidUtf8 === "skip" ? "skip" : "replace";
  const readTexts = await createTextReader(inputFormat, onInvalidUtf8);
  const encodeLines = createLineEncoder(tokenizer, { maxLength, addSpecialTokens, invalidUtf8 });
  return (bytes, { columns }) => {
    // Offsets in UTF-16 units and fields of records require the decoded text.
    if (inputFormat !== "lines" || offsets) {
      const { items, invalid } = readTexts(bytes, columns);
      return { rows: encodeTexts(tokenizer, items, settings), invalid };
    }
    const rows = encodeLines(bytes);
    const [firstInvalid] = rows.invalidLines;
    if (firstInvalid !== undefined && onInvalidUtf8 === "fail") throw invalidUtf8Fault(firstInvalid);
    return { rows, invalid: rows.invalidLines.length };
  };
}

async function packerOf(
  { format, bytesPerId, tokens }: EncodeSettings,
  { tokenizer, pool }: EncodeTools,
): Promise<(rows: Rows) => Packed> {
  switch (format) {
    case "bin":
    case "npy":
      return (rows) => packIds(rows, bytesPerId, pool);
    case "jsonl": {
      const { createJsonLines } = await import("./formats/json-lines.ts");
      const lines = createJsonLines(tokenizer, tokens);
      return (rows) => lines.pack(rows, pool);
    }
    case "parquet":
      return (await import("./formats/parquet-rows.ts")).packParquet;
  }
}
