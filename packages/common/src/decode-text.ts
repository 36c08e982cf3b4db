import { BertieError } from "./error.ts";

/** A configuration with a million labels is shorter. */
const LONGEST_TEXT = 1 << 26;

/**
 * Decodes a small text file, such as a configuration.
 *
 * @param bytes UTF-8, with or without a byte order mark, at most 64 MiB
 * @param fileName for messages
 * @throws BertieError "input/too-large"
 */
export function decodeText(bytes: Uint8Array, fileName: string): string {
  if (bytes.length <= LONGEST_TEXT) return new TextDecoder().decode(bytes);
  const text = `${fileName}: has ${bytes.length} bytes, more than ${LONGEST_TEXT}. Check that this is the right file.`;
  throw new BertieError("input/too-large", text);
}
