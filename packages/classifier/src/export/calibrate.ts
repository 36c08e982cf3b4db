import type { ProblemType } from "@bertie/common";
import type { InputExample } from "@bertie/data";
import { encodeOnnx, int8Matmuls, type OnnxModel, openOnnxModel, toInt8 } from "@bertie/engine";
import { probabilities } from "@bertie/optim";
import type { LoadedModel } from "../load-model.ts";
import { textBatches } from "../text-batches.ts";
import { runnerOf } from "./exported-runner.ts";

/** Number of texts that are used. */
const TEXTS = 64;
const BATCH_SIZE = 8;
/** Largest accepted mean difference of a probability. With it, about one label in 200 changes. */
const MEAN_DIFFERENCE = 0.005;

/**
 * Chooses the matrix multiplications that an int8 model computes in float32. The effect of each multiplication on the
 * probabilities is measured on its own; those with the largest effects stay float32, as few as are necessary for a mean
 * difference of 0.005.
 *
 * @param model float32 model
 * @returns names of the multiplications that stay float32
 */
export async function calibrate(
  model: OnnxModel,
  loaded: LoadedModel,
  examples: readonly InputExample[],
  problemType: ProblemType,
  { onProgress, signal }: { readonly onProgress?: (step: string) => void; readonly signal?: AbortSignal | undefined },
): Promise<ReadonlySet<string>> {
  const step = Math.max(1, examples.length / TEXTS);
  const used = Array.from({ length: Math.min(TEXTS, examples.length) }, (_, i) => examples[Math.floor(i * step)]!);
  const texts = textBatches(loaded, used, { batchSize: BATCH_SIZE });
  const scores = async (variant: OnnxModel): Promise<Float32Array> => {
    const session = await openOnnxModel(encodeOnnx(variant));
    try {
      return probabilities(await texts.logits(runnerOf(session, "calibration"), signal), used.length, problemType);
    } finally {
      await session.dispose();
    }
  };
  const names = int8Matmuls(model);
  const exact = await scores(model);
  const difference = async (float: ReadonlySet<string>): Promise<number> => {
    const values = await scores(toInt8(model, { float }));
    return exact.reduce((sum, value, i) => sum + Math.abs(value - values[i]!), 0) / exact.length;
  };
  if ((await difference(new Set())) <= MEAN_DIFFERENCE) return new Set();
  const effects: { readonly name: string; readonly effect: number }[] = [];
  onProgress?.(`calibrating int8: measuring ${names.length} matrix multiplications on ${used.length} texts`);
  for (const name of names) {
    effects.push({ name, effect: await difference(new Set(names.filter((other) => other !== name))) });
  }
  const ranked = effects.toSorted((a, b) => b.effect - a.effect).map(({ name }) => name);
  // Binary search for the smallest number of multiplications that have to stay float32.
  let [low, high] = [1, ranked.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((await difference(new Set(ranked.slice(0, middle)))) <= MEAN_DIFFERENCE) high = middle;
    else low = middle + 1;
  }
  return new Set(ranked.slice(0, low));
}
