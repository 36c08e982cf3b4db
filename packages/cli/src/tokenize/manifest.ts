import { createHash } from "node:crypto";
import { basename } from "node:path";
import process from "node:process";
import { formatJson } from "../report/json-lines.ts";
import { versions } from "../versions.ts";
import { partsOf } from "./blocks.ts";
import type { Corpus } from "./corpus.ts";
import type { Counts } from "./progress.ts";
import type { OutputFile } from "./staged-files.ts";

/** Returns the path of an output's manifest. */
export function manifestPath(output: string): string {
  return `${output}.manifest.json`;
}

/** Results of a tokenization, for its manifest. */
export interface ManifestFacts {
  readonly counts: Counts;
  readonly outputs: readonly OutputFile[];
  /** Hashes of the inputs by input index; undefined unless requested. */
  readonly hashes: ReadonlyMap<number, string> | undefined;
  readonly vocabFile: string;
  readonly seconds: number;
}

/** Formats the manifest: inputs and options of the run, counts, and sizes and hashes of the output files. */
export function formatManifest(corpus: Corpus, facts: ManifestFacts): string {
  const { inputs, settings, shard, tokenizer, vocab } = corpus;
  const { counts, outputs, hashes, vocabFile, seconds } = facts;
  const isFlat = settings.format === "bin" || settings.format === "npy";
  const parts = partsOf(inputs, settings.inputFormat, shard);
  return formatJson({
    format: settings.format,
    dtype: isFlat ? (settings.bytesPerId === 2 ? "uint16" : "uint32") : null,
    records: counts.records,
    tokens: counts.tokens,
    text_bytes: counts.bytes,
    invalid_records: counts.invalid,
    shard: shard.count === 1 ? null : `${shard.index}/${shard.count}`,
    inputs: inputs.map(({ name, size, text }, i) => ({
      path: name,
      bytes: size ?? null,
      ...(text.encoding !== undefined && text.encoding !== "utf-8" && { encoding: text.encoding }),
      // The byte range that this shard read.
      read: parts[i] === undefined ? null : [parts[i].from, parts[i].to],
      sha256: hashes?.get(i) ?? null,
    })),
    outputs: outputs.map(({ path, bytes, sha256 }) => ({ path: basename(path), bytes, sha256 })),
    vocabulary: {
      path: vocabFile,
      entries: tokenizer.vocabSize,
      sha256: createHash("sha256").update(vocab).digest("hex"),
    },
    options: {
      do_lower_case: tokenizer.lowercase,
      input_format: settings.inputFormat,
      field: settings.inputFormat === "lines" ? null : corpus.fields.text,
      pair_field: corpus.fields.pair ?? null,
      max_seq_length: settings.maxLength ?? null,
      special_tokens: settings.addSpecialTokens,
      on_invalid_utf8: settings.onInvalidUtf8,
      threads: corpus.threads,
    },
    versions: versions(),
    platform: `${process.platform} ${process.arch}`,
    seconds,
  });
}
