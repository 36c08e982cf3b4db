import { BertieError, concatenate } from "@bertie/common";
import { removeMarks } from "./byte-order-marks.ts";
import { validLength } from "./decode-stream.ts";
import { detectEncoding, type EncodingGuess, isAscii } from "./detect-encoding.ts";
import { encodingOf } from "./encoding-labels.ts";
import type { Content, TableOptions } from "./types.ts";

/** Start of a text file, decoded. */
export interface DecodedHead {
  /** Name of the encoding, as `TextDecoder` reports it. */
  readonly encoding: string;
  /** Encoding in words, such as `gb18030 (guessed)`. */
  readonly label: string;
  /** Text of the head, without byte order marks; ends with a line end unless the head is the whole file. */
  readonly text: string;
}

/** Number of bytes that are decoded if the start of a file is ASCII. */
const REGION_BYTES = 1 << 18;

/**
 * Returns the encoding of a text file, and its decoded start.
 *
 * @throws BertieError "input/invalid-utf8" if the encoding is uncertain
 * @throws BertieError "options/encoding" if the requested encoding is unknown
 */
export async function encodingOfContent(content: Content, options: TableOptions): Promise<DecodedHead> {
  const { head, complete, once } = content;
  if (options.encoding !== undefined) {
    const encoding = encodingOf(options.encoding);
    return { encoding, label: labelOf(encoding), text: headText(head, complete, encoding) };
  }
  let guess = detectEncoding(head, complete);
  if (guess.encoding === "utf-8" && !complete && !once && isAscii(head)) {
    const region = await firstRegionBeyondAscii(content);
    if (region !== undefined) guess = detectEncoding(region, false);
  }
  const { encoding, confidence, candidates } = guess;
  const isDamagedUtf8 = confidence === "doubtful" && encoding === "utf-8" && candidates.length > 0;
  if (confidence === "doubtful" && !(isDamagedUtf8 && options.onBadRow === "skip")) throw uncertain(content, guess);
  const label = confidence === "certain" ? labelOf(encoding) : `${encoding} (guessed)`;
  return { encoding, label, text: headText(head, complete, encoding) };
}

function labelOf(encoding: string): string {
  return encoding.startsWith("utf-") ? encoding.toUpperCase() : encoding;
}

function headText(head: Uint8Array, complete: boolean, encoding: string): string {
  const text = new TextDecoder(encoding).decode(head, { stream: !complete });
  const end = complete ? text.length : Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1;
  return removeMarks(end > 0 ? text.slice(0, end) : text, () => {});
}

/** Returns the first bytes of a file that are not all ASCII, from the start of a line. */
async function firstRegionBeyondAscii(content: Content): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of content.stream()) {
    if (parts.length === 0 && isAscii(chunk)) continue;
    // The bytes before the first one that is not ASCII do not matter.
    parts.push(chunk.slice());
    length += chunk.length;
    if (length >= REGION_BYTES) break;
  }
  return parts.length === 0 ? undefined : concatenate(parts);
}

function uncertain({ name, head }: Content, { encoding, candidates }: EncodingGuess): BertieError {
  const at = validLength(head, "utf-8");
  const line = head.subarray(0, at).reduce((lines, byte) => lines + (byte === 0x0a ? 1 : 0), 1);
  const byte = at - head.lastIndexOf(0x0a, at - 1);
  const where = `${name}, line ${line}, byte ${at === 0 ? 1 : byte}: the bytes are not valid UTF-8`;
  if (encoding === "utf-8" && candidates.length > 0) {
    const fix = "Fix or delete the line, or skip such lines (--on-bad-row skip).";
    return new BertieError("input/invalid-utf8", `${where}, although the other lines are. ${fix}`);
  }
  const [first = "gb18030"] = candidates;
  const list = candidates.length > 0 ? `; they may be ${candidates.join(" or ")}` : "";
  const fix = `Name the encoding (--encoding ${first}), or save the file as UTF-8.`;
  return new BertieError("input/invalid-utf8", `${where}${list}. ${fix}`);
}
