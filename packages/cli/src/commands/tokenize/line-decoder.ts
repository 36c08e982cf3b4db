import { BertieError } from "@bertie/common";

/**
 * Decodes the lines of a file, which may be broken.
 *
 * @param whenInvalid for a line that is not UTF-8: put U+FFFD in place of what is wrong, leave it out, or throw
 */
export function createLineDecoder(fileName: string, whenInvalid: "replace" | "skip" | "fail") {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
  let number = 0;
  let faults = 0;

  function decodeLine(line: Uint8Array): string | undefined {
    number++;
    try {
      return strict.decode(line);
    } catch {
      faults++;
      if (whenInvalid === "replace") return lenient.decode(line);
      if (whenInvalid === "skip") return undefined;
      const text = `${fileName}, line ${number}: the bytes are not valid UTF-8; mend the line, or give --on-invalid-utf8 replace`;
      throw new BertieError("input/invalid-utf8", text);
    }
  }

  return {
    /** The next lines as text; a byte order mark at the start of the file is no text. */
    decode(lines: readonly Uint8Array[]): string[] {
      const isStart = number === 0;
      const texts = lines.map(decodeLine);
      if (isStart && texts[0]?.startsWith("\uFEFF")) texts[0] = texts[0].slice(1);
      return texts.filter((text) => text !== undefined);
    },
    /** How many lines were not valid. */
    faults: (): number => faults,
  };
}
