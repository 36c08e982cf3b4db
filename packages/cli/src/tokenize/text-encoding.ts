import process from "node:process";
import { BertieError } from "@bertie/common";

/** How to read the text of inputs. */
export interface TextOptions {
  /** Value of `--encoding`; undefined to read UTF-8, or UTF-16 if an input is UTF-16. */
  readonly encoding: string | undefined;
  /** Whether an input may consist of invalid UTF-8, because the user has said what to do with it. */
  readonly acceptsInvalid: boolean;
}

/** Number of bytes at the start of an input that are checked. */
export const CHECKED_BYTES = 1 << 18;

/** Minimum number of invalid characters, and maximum number of valid ones per invalid one, of a text that is not UTF-8. */
const NOT_UTF8 = { minInvalid: 2, maxValidPerInvalid: 4 };

/**
 * Returns the encoding of an input by the start of its text: as requested, otherwise UTF-8 or UTF-16.
 *
 * @param head the first {@link CHECKED_BYTES} bytes, or all bytes
 * @throws BertieError "input/invalid-utf8" if the text is in another encoding; "options/encoding" for an unknown encoding
 */
export async function encodingOfHead(head: Uint8Array, name: string, options: TextOptions): Promise<string> {
  if (options.encoding !== undefined) return (await import("@bertie/data")).encodingOf(options.encoding);
  const check = createCheck(name, options);
  return (await check(head)) ?? "utf-8";
}

/**
 * Converts the chunks of an input to UTF-8. Invalid bytes become the byte 0xFF, which is invalid in UTF-8, too, so that the
 * records with invalid bytes are found later.
 *
 * @throws BertieError "input/invalid-utf8" or "options/encoding", as {@link encodingOfHead}
 */
export async function* convertToUtf8(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  options: TextOptions,
): AsyncGenerator<Uint8Array> {
  const requested = options.encoding === undefined ? undefined : await encodingOfHead(new Uint8Array(0), name, options);
  let convert = requested === undefined || requested === "utf-8" ? undefined : createConverter(requested);
  const check = createCheck(name, options);
  let isChecked = requested !== undefined;
  let head: Uint8Array[] = [];
  let headBytes = 0;
  for await (const chunk of chunks) {
    if (isChecked) {
      yield convert === undefined ? chunk : convert(chunk);
      continue;
    }
    head.push(chunk);
    headBytes += chunk.length;
    const bytes = head.length === 1 ? chunk : Buffer.concat(head);
    if (headBytes === 1 && bytes[0]! >= 0xfe) continue; // may be the start of a byte order mark
    const encoding = await check(bytes);
    head = [];
    isChecked = encoding !== undefined || headBytes >= CHECKED_BYTES;
    if (encoding !== undefined) convert = createConverter(encoding);
    yield convert === undefined ? bytes : convert(bytes);
  }
  yield* head;
  if (convert !== undefined) yield convert(undefined);
}

/** Creates a function that converts the chunks of a text to UTF-8, and, with undefined, the incomplete character at the end. */
function createConverter(encoding: string): (chunk: Uint8Array | undefined) => Uint8Array {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  const [invalid, separator] = [Uint8Array.of(0xff), "\ufffd"];
  return (chunk) => {
    const text = chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    if (!text.includes(separator)) return encoder.encode(text);
    return Buffer.concat(
      text.split(separator).flatMap((part, i) => [...(i > 0 ? [invalid] : []), encoder.encode(part)]),
    );
  };
}

/**
 * Creates a check of the chunks of a text. It returns "utf-16le" or "utf-16be" if the first chunk is UTF-16, otherwise undefined.
 * It throws as soon as most characters outside of ASCII are invalid.
 */
function createCheck(name: string, { acceptsInvalid }: TextOptions) {
  const decoder = new TextDecoder("utf-8");
  const seen: Uint8Array[] = [];
  let [valid, invalid] = [0, 0];
  return async (chunk: Uint8Array): Promise<string | undefined> => {
    const isFirst = seen.length === 0;
    seen.push(chunk);
    if (isFirst && (hasUtf16Mark(chunk) || chunk.includes(0))) {
      const { detectEncoding } = await import("@bertie/data");
      const { encoding, confidence } = detectEncoding(chunk, false);
      if (encoding.startsWith("utf-16") && confidence === "certain") {
        process.stderr.write(`${name}: read as ${encoding.toUpperCase()}\n`);
        return encoding;
      }
    }
    for (const character of decoder.decode(chunk, { stream: true }).replace(/\p{ASCII}+/gu, "")) {
      if (character === "\ufffd") invalid++;
      else valid++;
    }
    const isUtf8 = invalid < NOT_UTF8.minInvalid || valid > NOT_UTF8.maxValidPerInvalid * invalid;
    if (!isUtf8 && !acceptsInvalid) throw await notUtf8(Buffer.concat(seen), name);
    return undefined;
  };
}

function hasUtf16Mark([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

async function notUtf8(bytes: Uint8Array, name: string): Promise<BertieError> {
  const { detectEncoding } = await import("@bertie/data");
  const { confidence, language, candidates } = detectEncoding(bytes, false);
  const others = candidates.filter((candidate) => candidate !== "utf-8");
  const [likely] = others;
  const guess =
    likely === undefined
      ? "Name the encoding, as in --encoding gb18030"
      : confidence === "likely"
        ? `The text looks like ${likely} (${language}): add --encoding ${likely}`
        : `The encoding may be ${new Intl.ListFormat("en", { type: "disjunction" }).format(others)}: name it, as in --encoding ${likely}`;
  const text = `${name}: the text is not valid UTF-8. ${guess}, or add --on-invalid-utf8 replace to replace the invalid bytes.`;
  return new BertieError("input/invalid-utf8", text);
}
