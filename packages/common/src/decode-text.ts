import { BertieError } from "./error.ts";

/** Maximum size of a file in bytes. Even a configuration with a million labels is smaller. */
const MAX_TEXT_BYTES = 1 << 26;

/**
 * Decodes a small text file, such as a model configuration.
 *
 * @param bytes UTF-8, with or without a byte order mark, at most 64 MiB
 * @param fileName file name used in error messages
 * @throws BertieError "input/too-large" if the file has more than 64 MiB
 *
 * @example
 * ```ts
 * import { decodeText } from "@bertie/common";
 *
 * const bytes = new TextEncoder().encode('\uFEFF{"hidden_size": 512}');
 * console.log(decodeText(bytes, "config.json")); // '{"hidden_size": 512}'
 * ```
 */
export function decodeText(bytes: Uint8Array, fileName: string): string {
  if (bytes.length <= MAX_TEXT_BYTES) return new TextDecoder().decode(bytes);
  const text = `${fileName}: expected at most ${MAX_TEXT_BYTES} bytes, found ${bytes.length}. Check that this is the right file.`;
  throw new BertieError("input/too-large", text);
}
