import type { ErrorCode } from "@bertie/common";
import type { TextColumns } from "@bertie/data/records";
import type { Packed } from "./formats/packed.ts";

/**
 * Unit in which corpora are read, encoded and written: the records whose first byte is in a given byte range of an input. A
 * record that extends beyond the end of the range belongs entirely to the block.
 */
export type Block = FileBlock | StreamBlock;

interface Common {
  /** Index of the input. */
  readonly input: number;
  /** Positions of the text fields in a row, for inputs with columns. */
  readonly columns: TextColumns | undefined;
  /** Number of bytes of the input, as stored (before decompression), read since the previous block. */
  readonly stored: number;
}

/** Byte range of a file. */
export interface FileRange {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** Range of a file, which the encoder reads. */
export interface FileBlock extends Common, FileRange {
  readonly kind: "file";
  /** Byte offset of the file's first record, after a byte order mark and a header. */
  readonly firstRecord: number;
}

/** Records of an input that can only be read once, in order. */
export interface StreamBlock extends Common {
  readonly kind: "stream";
  /** Number of the block in the input, counted from 0; null for a part of a remote file that shards divide by bytes. */
  readonly number: number | null;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Line number of the first byte in the input, counted from 1 after `linesFrom`. */
  readonly line: number;
  /** Byte offset from which lines are counted, for a part of a remote file, which is not read from its start. */
  readonly linesFrom?: number;
}

/** The tokens of a block's records, in the output format. */
export interface EncodedBlock {
  readonly records: number;
  readonly tokens: number;
  /** Number of bytes of text, after decompression. */
  readonly bytes: number;
  /** Number of records that are not valid UTF-8. */
  readonly invalid: number;
  readonly packed: Packed;
  /** First error in a record, with which the other fields are empty; undefined if all records were encoded. */
  readonly fault: Fault | undefined;
}

/** Error in the input. */
export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  /** Position of the record; undefined if the message already names it. */
  readonly place: FaultPlace | undefined;
}

export interface FaultPlace {
  /** Number of lines of the block before the record. */
  readonly line: number;
  /** Byte offset of the block's first record in its file, for blocks of files. */
  readonly start: number;
}
