import { openFolder } from "../files/opfs.ts";
import { openTokenizer, type TokenizerSettings } from "../files/vocabularies.ts";
import { serve } from "../workers/serve.ts";
import { type Comparison, compareWithPeer } from "./compare.ts";
import { encodeStream } from "./corpus.ts";
import { type OutputFile, type OutputFormat, openOutput } from "./outputs.ts";

/** Number of bytes of a file to compare. Hugging Face's tokenizer takes seconds for a text of this size. */
const COMPARED_BYTES = 1_000_000;
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
  readonly files: readonly OutputFile[];
}

export interface ComparisonRequest extends TokenizerSettings {
  /** Text or file to compare. Only the start of a file is used. */
  readonly source: File | string;
}

const service = {
  async encode(request: CorpusRequest, emit: (progress: CorpusProgress) => void): Promise<CorpusResult> {
    const { file, format, maxLength, addSpecialTokens } = request;
    const tokenizer = await openTokenizer(request);
    const folder = await openFolder("corpus");
    const output = await openOutput(format, folder, tokenizer);
    const done = { bytes: 0, rows: 0, tokens: 0, invalid: 0, seconds: 0 };
    const start = performance.now();
    let lastProgress = start;
    try {
      for await (const { lines, bytes } of encodeStream(tokenizer, file.stream(), { maxLength, addSpecialTokens })) {
        await output.write(lines);
        done.bytes += bytes;
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
      return { ...done, seconds: (performance.now() - start) / 1000, files };
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

serve(service);

/** Returns the start of a text. A file is truncated after a line or, if the line is too long, after a character. */
async function startOf(source: File | string): Promise<string> {
  if (typeof source === "string") return source;
  const text = await source.slice(0, COMPARED_BYTES).text();
  if (source.size <= COMPARED_BYTES) return text;
  const end = text.lastIndexOf("\n") + 1;
  return end > 0 ? text.slice(0, end) : text.replace(/\ufffd+$/, "");
}
