import type { Packed } from "./packed.ts";

/** Writes packed blocks, in order, to the output files. */
export interface BlockWriter {
  write(packed: Packed): void | Promise<void>;
  /** Writes what is known only at the end, such as headers and footers. */
  finish(): void;
}
