/**
 * Returns the number of bytes at the start that can be decoded: complete characters, and the start of a character if the
 * bytes end within it.
 */
export function decodableLength(bytes: Uint8Array, encoding = "utf-8"): number {
  const isDecodable = (length: number) => {
    try {
      // With `stream: true`, the decoder accepts an incomplete character at the end.
      new TextDecoder(encoding, { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let [valid, invalid] = [0, bytes.length + 1];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isDecodable(middle)) valid = middle;
    else invalid = middle;
  }
  return valid;
}
