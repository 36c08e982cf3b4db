import { BertieError } from "./error.ts";

/**
 * Refuses Parquet files, which begin and end with `PAR1`: read as text they would give nonsense without a fault.
 *
 * @param start the file's first bytes, four at least
 * @param end its last ones
 * @throws BertieError "input/parquet"
 */
export function refuseParquet(start: Uint8Array, end: Uint8Array, fileName: string): void {
  const isMagic = (bytes: Uint8Array) => bytes.length === 4 && String.fromCharCode(...bytes) === "PAR1";
  if (!isMagic(start.subarray(0, 4)) || !isMagic(end.subarray(-4))) return;
  const text = `${fileName}: is a Parquet file, which Bertie writes but does not read; convert it to JSON lines or TSV`;
  throw new BertieError("input/parquet", text);
}
