import { BertieError } from "./error.ts";

/**
 * Throws if a file is Parquet, which starts and ends with `PAR1`. Reading it as text would silently produce nonsense.
 *
 * @param start first bytes of the file, at least four
 * @param end last bytes of the file, at least four
 * @param fileName file name used in the error message
 * @throws BertieError "input/parquet" if the file is Parquet
 *
 * @example
 * ```ts
 * import { refuseParquet } from "@bertie/common";
 *
 * const magic = new TextEncoder().encode("PAR1");
 * try {
 *   refuseParquet(magic, magic, "train.parquet");
 * } catch (error) {
 *   console.log((error as Error).message);
 *   // train.parquet: expected text, found Parquet, which Bertie cannot read. Convert the file to JSON Lines or TSV.
 * }
 * ```
 */
export function refuseParquet(start: Uint8Array, end: Uint8Array, fileName: string): void {
  const isMagic = (bytes: Uint8Array) => bytes.length === 4 && String.fromCharCode(...bytes) === "PAR1";
  if (!isMagic(start.subarray(0, 4)) || !isMagic(end.subarray(-4))) return;
  const text = `${fileName}: expected text, found Parquet, which Bertie cannot read. Convert the file to JSON Lines or TSV.`;
  throw new BertieError("input/parquet", text);
}
