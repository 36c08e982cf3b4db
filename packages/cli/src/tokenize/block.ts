import type { ErrorCode } from "@bertie/common";
import type { TextColumns } from "@bertie/data/records";
import type { Packed } from "./formats/packed.ts";

/**
 * A stretch of an input, with the records whose first byte stands in it: the unit in which corpora are read, handed to
 * threads, and written. A record that goes on behind the stretch belongs to it whole.
 */
export type Block = FileBlock | StreamBlock;

interface Common {
  /** Which of the inputs it is from. */
  readonly input: number;
  /** Where the fields of a row stand, in inputs that have columns. */
  readonly columns: TextColumns | undefined;
  /** Bytes of the input as it is stored, compressed or not: how far it is read. */
  readonly stored: number;
}

/** A byte range of a file. */
export interface FileStretch {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

/** A stretch of a file, which whoever encodes it reads. */
export interface FileBlock extends Common, FileStretch {
  readonly kind: "file";
  /** Where the first record of the file starts: behind a byte order mark and a header. */
  readonly firstRecord: number;
}

/** Records of an input that can be read but once, and in order. */
export interface StreamBlock extends Common {
  readonly kind: "stream";
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The line of its first byte in the input, counted from 1. */
  readonly line: number;
}

/** A block's records as tokens, in the form in which they are written. */
export interface EncodedBlock {
  readonly records: number;
  readonly tokens: number;
  /** Bytes of text, decompressed. */
  readonly bytes: number;
  /** Records that are not valid UTF-8. */
  readonly invalid: number;
  readonly packed: Packed;
  /** What is wrong with a record; the block then counts for nothing. */
  readonly fault: Fault | undefined;
}

/** Something wrong with the input. */
export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  /** In which record it is; undefined where the message says it. */
  readonly place: FaultPlace | undefined;
}

export interface FaultPlace {
  /** How many lines of the block stand before the record. */
  readonly line: number;
  /** Where the block's first record starts in its file, for blocks of files. */
  readonly start: number;
}
