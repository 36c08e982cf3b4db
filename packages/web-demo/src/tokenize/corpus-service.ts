import { openText, type TableSource } from "@bertie/data";
import { readable } from "../files/fetch-cached.ts";
import { openFolder } from "../files/opfs.ts";
import { openTokenizer, type TokenizerSettings } from "../files/vocabularies.ts";
import { truncate } from "../page/truncate.ts";
import { type Comparison, compareWithPeer } from "./compare.ts";
import { encodeStream } from "./corpus.ts";
import { type OutputFile, type OutputFormat, openOutput } from "./outputs.ts";

/** Number of UTF-16 code units of a file to compare. Hugging Face's tokenizer takes seconds for a text of this size. */
const COMPARED_LENGTH = 400_000;
const PROGRESS_MILLISECONDS = 100;

export interface CorpusRequest extends TokenizerSettings {
  readonly file: File;
  readonly format: OutputFormat;
  readonly addSpecialTokens: boolean;
  readonly maxLength: number | undefined;
}

export interface CorpusProgress {
  readonly bytes: number;
  readonly rows: number;
  readonly tokens: number;
  /** Number of lines that are not valid UTF-8. Their invalid bytes are replaced with U+FFFD. */
  readonly invalid: number;
  readonly seconds: number;
}

export interface CorpusResult extends CorpusProgress {
  /** Encoding of the file in words, such as "UTF-8" or "gb18030 (guessed)". */
  readonly encoding: string;
  readonly files: readonly OutputFile[];
}

export interface ComparisonRequest extends TokenizerSettings {
  /** Text or file to compare. Only the start of a file is used. */
  readonly source: File | string;
}

export const service = {
  async encode(request: CorpusRequest, emit: (progress: CorpusProgress) => void): Promise<CorpusResult> {
    const { file, format, maxLength, addSpecialTokens } = request;
    const tokenizer = await openTokenizer(request);
    const read = { bytes: 0 };
    const text = await openText(sourceOf(file, read));
    read.bytes = 0; // counts again from the start of the file
    const folder = await openFolder("corpus");
    const output = await openOutput(format, folder, tokenizer);
    const done = { bytes: 0, rows: 0, tokens: 0, invalid: 0, seconds: 0 };
    const start = performance.now();
    let lastProgress = start;
    try {
      for await (const { lines } of encodeStream(tokenizer, text.stream(), { maxLength, addSpecialTokens })) {
        await output.write(lines);
        done.bytes = read.bytes;
        done.rows += lines.rowOffsets.length - 1;
        done.tokens += lines.ids.length;
        done.invalid += lines.invalidLines.length;
        const now = performance.now();
        done.seconds = (now - start) / 1000;
        if (now - lastProgress < PROGRESS_MILLISECONDS) continue;
        lastProgress = now;
        emit({ ...done });
      }
      const files = await output.finish();
      return { ...done, seconds: (performance.now() - start) / 1000, encoding: text.label, files };
    } catch (error) {
      await output.abort();
      throw error;
    }
  },

  async compare({ source, ...settings }: ComparisonRequest): Promise<Comparison> {
    return compareWithPeer(await openTokenizer(settings), await startOf(source));
  },
};

export type CorpusService = typeof service;

/** Returns a file as a source that counts the bytes that have been read. */
function sourceOf(file: File, read: { bytes: number }): TableSource {
  return {
    name: file.name,
    size: file.size,
    async *stream() {
      for await (const chunk of readable(file.stream())) {
        read.bytes += chunk.length;
        yield chunk;
      }
    },
  };
}

/** Returns the start of a text. A file is truncated after a line or, if the line is too long, after a character. */
async function startOf(source: File | string): Promise<string> {
  if (typeof source === "string") return source;
  const { stream } = await openText(sourceOf(source, { bytes: 0 }));
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream()) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > COMPARED_LENGTH) break;
  }
  if (text.length <= COMPARED_LENGTH) return text;
  const end = text.lastIndexOf("\n", COMPARED_LENGTH) + 1;
  return truncate(text, end > 0 ? end : COMPARED_LENGTH);
}
