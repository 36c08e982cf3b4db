import type { Packed } from "./packed.ts";

/** Writes packed blocks, in order, to the output files. */
export interface BlockWriter {
  write(packed: Packed): void | Promise<void>;
  /** Writes headers and footers, which are known only after the last block. */
  finish(): void;
}
