import { createHash } from "node:crypto";
import process from "node:process";
import {
  formatJson,
  formatPrediction,
  formatPredictionHeader,
  type Prediction,
  type TextClassifier,
  type TrainingLayout,
  type Workspace,
} from "@bertie/classifier";
import type { InputReader } from "@bertie/classifier/node";
import { locationName } from "@bertie/common";
import { createPieces } from "../shards/pieces.ts";
import { sampleHash } from "../shards/sample-hash.ts";
import { formatShard, type Shard } from "../shards/shard.ts";
import { manifestPath } from "../tokenize/manifest.ts";
import { versions } from "../versions.ts";
import type { ShardRows } from "./shard-rows.ts";

/** Name of the file of the predictions. */
export const PREDICTIONS = "predictions.tsv";
/** Name of its manifest, whose existence shows that the output is complete. */
export const PREDICTIONS_MANIFEST = manifestPath(PREDICTIONS);

/** Facts about a run that its manifest records. */
export interface PredictionFacts {
  readonly shard: Shard;
  /** Paths or locations of the inputs. */
  readonly files: readonly string[];
  readonly inputs: InputReader;
  readonly layout: TrainingLayout | undefined;
  readonly model: string;
  readonly classifier: TextClassifier;
  /** Options that affect the scores. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly seconds: number;
}

/** Creates the writer of predictions.tsv in a folder, and of its manifest. */
export function createPredictionFile(folder: Pick<Workspace, "append" | "write">, rows: ShardRows) {
  const hash = createHash("sha256");
  const pieces = createPieces();
  let [bytes, records] = [0, 0];

  async function append(text: string): Promise<number> {
    const encoded = Buffer.from(text);
    hash.update(encoded);
    bytes += encoded.length;
    await folder.append(PREDICTIONS, text);
    return encoded.length;
  }

  return {
    async write(prediction: Prediction): Promise<void> {
      if (records === 0) await append(formatPredictionHeader(prediction));
      const length = await append(formatPrediction(prediction));
      pieces.add({ input: 0, block: rows.blockOf(records++), records: 1, tokens: 0, bytes: length });
    },
    /** Writes the manifest; without predictions, also an empty file. */
    async finish(facts: PredictionFacts): Promise<void> {
      const { shard, files, inputs, layout, model, classifier, options, seconds } = facts;
      if (records === 0) await folder.write(PREDICTIONS, "");
      const { labels, problemType, maxLength, tokenizer, engine, device } = classifier;
      const read = inputs.list();
      // Without the passwords and queries of URLs, as the reader records them.
      const paths = files.map(locationName);
      const ofModel = read.filter(({ path }) => !paths.includes(path)).map(({ sha256 }) => sha256);
      const manifest = {
        ...{ command: "predict", format: "tsv", dtype: null, records },
        shard: formatShard(shard),
        inputs: paths.map((path) => {
          const file = read.find((each) => each.path === path);
          const { bytes: size = null, sha256 = null } = file ?? {};
          return { path, bytes: size, read: null, sha256, sample_sha256: sampleHash(path) };
        }),
        outputs: [{ path: PREDICTIONS, bytes, sha256: hash.digest("hex") }],
        ...(shard.count > 1 && { pieces: pieces.rows() }),
        model: { path: model, sha256: createHash("sha256").update(ofModel.toSorted().join("\n")).digest("hex") },
        options: {
          ...{ labels, problem_type: problemType, max_seq_length: maxLength, do_lower_case: tokenizer.lowercase },
          ...{ engine, device, ...options, layout: layout ?? null },
        },
        versions: versions(),
        platform: `${process.platform} ${process.arch}`,
        seconds,
      };
      await folder.write(PREDICTIONS_MANIFEST, formatJson(manifest));
    },
  };
}
