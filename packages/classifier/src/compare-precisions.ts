import type { InferencePrecision } from "@bertie/engine";
import { type ModelDirectory, problemTypeOf } from "@bertie/model";
import { checkChoice } from "./check-options.ts";
import type { Examples } from "./data/examples.ts";
import { checkVariants, readCheck } from "./export/check-export.ts";
import type { ExportCheck } from "./export/export-options.ts";
import { loadModel } from "./load-model.ts";
import type { ModelInput } from "./model-input.ts";
import type { Run } from "./text-batches.ts";
import type { LoadOptions } from "./text-classifier-options.ts";

const PRECISIONS: readonly InferencePrecision[] = ["fp32", "bf16", "fp16", "int8"];

/** Options of {@link comparePrecisions}. */
export interface ComparePrecisionsOptions extends Omit<LoadOptions, "precision" | "executor"> {
  /** Precisions to compare with the first of them. @default fp32 and int8 */
  readonly precisions?: readonly InferencePrecision[];
}

/** Accuracy and speed of a model in a precision. */
export interface PrecisionCheck extends ExportCheck {
  readonly precision: InferencePrecision;
  /** Engine that ran the model, such as "onnx". */
  readonly engine: string;
  /** Device that ran the model, such as "cpu". */
  readonly device: string;
}

/** Result of {@link comparePrecisions}. */
export interface ComparedPrecisions {
  /** One entry per precision, in the order of the request. `changed` and `largestDifference` refer to the first. */
  readonly results: readonly PrecisionCheck[];
  /** Notes about the table, one line per note. */
  readonly notes: readonly string[];
}

/**
 * Measures what a precision costs and saves: the accuracy of a model on labeled examples, the changed labels, and the time per
 * text, in batches of 8. The precisions take turns.
 *
 * @param input model directory, as for `TextClassifier.load()`
 * @param examples iterable or async iterable of `{ text, pair?, label }`, or a table
 * @param options precisions, and the options of `TextClassifier.load()`
 * @throws BertieError "options/value" if a precision is unknown, "engine/precision" if the engine does not support one,
 *   "input/…" if the examples cannot be read, and the errors of `TextClassifier.load()`
 * @throws the reason of `options.signal` if it is aborted
 *
 * @example
 * ```ts
 * import { comparePrecisions, createTrainer } from "@bertie/classifier";
 *
 * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
 * const trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, epochs: 1 });
 * for await (const _event of trainer.run());
 * const { results } = await comparePrecisions(trainer.storage, train);
 * for (const { precision, accuracy, changed, msPerText } of results) console.log(precision, accuracy, changed, msPerText);
 * ```
 */
export async function comparePrecisions(
  input: ModelInput | ModelDirectory,
  examples: Examples,
  { precisions = ["fp32", "int8"], ...options }: ComparePrecisionsOptions = {},
): Promise<ComparedPrecisions> {
  for (const precision of precisions) checkChoice("precisions", precision, PRECISIONS);
  const loaded: Awaited<ReturnType<typeof loadModel>>[] = [];
  try {
    for (const precision of precisions) loaded.push(await loadModel(input, { ...options, precision }));
    const [first] = loaded;
    if (first === undefined) return { results: [], notes: [] };
    const { model } = first;
    const problemType = problemTypeOf(model.directory.config, model.labels.length);
    const check = await readCheck(model, problemType, examples);
    const runs = loaded.map(({ inference }): Run => inference.logits);
    const checks = await checkVariants(model, problemType, check, runs, options.signal);
    const results = loaded.map(({ model: { executor } }, i) => {
      return { ...checks[i]!, precision: precisions[i]!, engine: executor.engine, device: executor.device };
    });
    return { results, notes: check.notes };
  } finally {
    for (const { model, inference } of loaded) {
      await inference.dispose();
      await model.executor.dispose();
    }
  }
}
