import { createHash } from "node:crypto";
import { basename } from "node:path";
import process from "node:process";
import { formatJson } from "../report/json-lines.ts";
import type { Pieces } from "../shards/pieces.ts";
import { formatShard } from "../shards/shard.ts";
import { versions } from "../versions.ts";
import { partsOf } from "./blocks.ts";
import type { Corpus } from "./corpus.ts";
import type { Input } from "./inputs.ts";
import type { Counts } from "./progress.ts";
import type { OutputFile } from "./staged-files.ts";

/** End of the path of a manifest. */
export const MANIFEST = ".manifest.json";

/** Returns the path of an output's manifest. */
export function manifestPath(output: string): string {
  return output + MANIFEST;
}

/** Results of a tokenization, for its manifest. */
export interface ManifestFacts {
  readonly counts: Counts;
  readonly outputs: readonly OutputFile[];
  /** Hashes of the inputs by input index; undefined if they were not computed. */
  readonly hashes: ReadonlyMap<number, string> | undefined;
  /** Whether the hashes are requested. */
  readonly hashInputs: boolean;
  /** Hashes of samples of the inputs, by which different inputs are told apart; null for pipes. */
  readonly samples: readonly (string | null)[];
  /** Pieces of the output of a shard; undefined for a whole input. */
  readonly pieces: Pieces | undefined;
  readonly vocabFile: string;
  readonly seconds: number;
}

/** Formats the manifest: inputs and options of the run, counts, and sizes and hashes of the output files. */
export function formatManifest(corpus: Corpus, facts: ManifestFacts): string {
  const { inputs, settings, shard, unit, tokenizer, vocab } = corpus;
  const { counts, outputs, hashes, hashInputs, samples, pieces, vocabFile, seconds } = facts;
  const isFlat = settings.format === "bin" || settings.format === "npy";
  const parts = partsOf(inputs, { format: settings.inputFormat, shard, unit });
  return formatJson({
    command: "tokenize",
    format: settings.format,
    dtype: isFlat ? (settings.bytesPerId === 2 ? "uint16" : "uint32") : null,
    records: counts.records,
    tokens: counts.tokens,
    text_bytes: counts.bytes,
    invalid_records: counts.invalid,
    shard: formatShard(shard),
    inputs: inputs.map((input, i) => ({
      path: input.name,
      bytes: input.size ?? null,
      ...encodingOf(input),
      // The byte range that this shard read.
      read: parts[i] === undefined ? null : [parts[i].from, parts[i].to],
      sha256: hashes?.get(i) ?? null,
      sample_sha256: samples[i]!,
    })),
    outputs: outputs.map(({ path, bytes, sha256 }) => ({ path: basename(path), bytes, sha256 })),
    ...(pieces && { pieces: pieces.rows() }),
    vocabulary: {
      path: vocabFile,
      entries: tokenizer.vocabSize,
      sha256: sha256(vocab),
      settings_sha256: sha256(JSON.stringify([tokenizer.options, tokenizer.addedTokens])),
    },
    options: {
      do_lower_case: tokenizer.lowercase,
      input_format: settings.inputFormat,
      field: settings.inputFormat === "lines" ? null : corpus.fields.text,
      pair_field: corpus.fields.pair ?? null,
      max_seq_length: settings.maxLength ?? null,
      special_tokens: settings.addSpecialTokens,
      on_invalid_utf8: settings.onInvalidUtf8,
      tokens: settings.tokens,
      offsets: settings.offsets,
      key_fields: settings.keyFields,
      hash_inputs: hashInputs,
      threads: corpus.threads,
    },
    versions: versions(),
    platform: `${process.platform} ${process.arch}`,
    seconds,
  });
}

/** Returns the encoding of an input that is not UTF-8. */
function encodingOf({ text: { encoding } }: Input): { readonly encoding?: string } {
  return encoding === undefined || encoding === "utf-8" ? {} : { encoding };
}

function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}
