import { openFolder } from "../files/opfs.ts";
import { openTokenizer, type TokenizerSettings } from "../files/vocabularies.ts";
import { serve } from "../workers/serve.ts";
import { type Comparison, compareWithPeer } from "./compare.ts";
import { encodeStream } from "./corpus.ts";
import { type OutputFile, type OutputFormat, openOutput } from "./outputs.ts";

/** The peer takes seconds for this much. */
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
  /** Lines that are not valid UTF-8: their invalid bytes are read as U+FFFD. */
  readonly invalid: number;
  readonly seconds: number;
}

export interface CorpusResult extends CorpusProgress {
  readonly files: readonly OutputFile[];
}

export interface ComparisonRequest extends TokenizerSettings {
  /** The beginning of it is compared. */
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
    let said = start;
    try {
      for await (const { lines, bytes } of encodeStream(tokenizer, file.stream(), { maxLength, addSpecialTokens })) {
        await output.write(lines);
        done.bytes += bytes;
        done.rows += lines.rowOffsets.length - 1;
        done.tokens += lines.ids.length;
        done.invalid += lines.invalidLines.length;
        const now = performance.now();
        done.seconds = (now - start) / 1000;
        if (now - said < PROGRESS_MILLISECONDS) continue;
        said = now;
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
    return compareWithPeer(await openTokenizer(settings), await beginningOf(source));
  },
};

export type CorpusService = typeof service;

serve(service);

/** Whole lines, or else whole characters, from the beginning of a text. */
async function beginningOf(source: File | string): Promise<string> {
  if (typeof source === "string") return source;
  const text = await source.slice(0, COMPARED_BYTES).text();
  if (source.size <= COMPARED_BYTES) return text;
  const end = text.lastIndexOf("\n") + 1;
  return end > 0 ? text.slice(0, end) : text.replace(/\ufffd+$/, "");
}
