import { classify } from "@bertie/optim";
import type { Mistake } from "@bertie/report";
import type { ExplainedBatch, ExplainedModel } from "../explain/explanation.ts";
import { explainByOcclusion } from "../explain/occlusion.ts";
import { modelTokenizer } from "../model-tokenizer.ts";
import type { PreparedSet } from "../run/classify-sets.ts";
import type { PreparedRun } from "../run/prepared-run.ts";

const MAX_EXPLAINED = 8;

/** Time for explanations, and for estimating how long they take. */
export interface ExplanationBudget {
  /** Maximum duration in seconds. */
  readonly seconds: number;
  /** Duration of the evaluation per row in seconds. */
  readonly secondsPerRow: number;
}

/**
 * Explains up to eight mistakes by occlusion, the first ones first. Rows that would exceed the budget are left
 * unexplained, as are all rows if the problem has no explanations or the device fails.
 *
 * @param set evaluated set, whose programs run the explanations
 */
export async function explainMistakes(
  run: PreparedRun,
  set: PreparedSet,
  mistakes: readonly Mistake[],
  { seconds, secondsPerRow }: ExplanationBudget,
  signal: AbortSignal | undefined,
): Promise<readonly Mistake[]> {
  const { problemType = "single_label_classification", labels } = run.data;
  if (problemType !== "single_label_classification" || labels.length < 2 || mistakes.length === 0) return mistakes;
  const start = performance.now();
  const left = () => seconds - (performance.now() - start) / 1000;
  const model = await explainedModel(run, set);
  if (model.tokenizer.maskTokenId === undefined) return mistakes;
  const results = [...mistakes];
  let perRow = secondsPerRow;
  for (const [i, mistake] of mistakes.slice(0, MAX_EXPLAINED).entries()) {
    const tokens = Math.min(model.maxLength, mistake.text.length + (mistake.pair?.length ?? 0));
    const available = left();
    if (perRow * tokens > available) break;
    const limit = AbortSignal.timeout(Math.ceil(available * 1000));
    try {
      const { text, pair, predicted } = mistake;
      const stop = signal ? AbortSignal.any([signal, limit]) : limit;
      const { words } = await explainByOcclusion(model, { text, pair, label: predicted, signal: stop });
      const spans = words.map(({ part, start, end, contribution }) => ({
        ...{ part, start, end },
        contribution: Number(contribution.toPrecision(4)),
      }));
      results[i] = { ...mistake, words: spans };
      perRow = Math.max(perRow, (available - left()) / (words.length + 1));
    } catch (error) {
      signal?.throwIfAborted();
      if (limit.aborted) break;
      throw error;
    }
  }
  return results;
}

async function explainedModel(run: PreparedRun, { options }: PreparedSet): Promise<ExplainedModel> {
  const { model, lowerCase, data, executor, classifier } = run;
  const files = { config: "config.json", vocab: "vocab.txt", weights: undefined };
  return {
    tokenizer: await modelTokenizer({ ...model, files }, lowerCase).get(),
    labels: data.labels,
    maxLength: run.options.maxLength,
    async logits(batch: ExplainedBatch) {
      const labelIds = new Int32Array(batch.size).fill(-1);
      for await (const { logits } of classify(executor, classifier, [{ ...batch, labelIds }], options)) return logits;
      throw new Error("a batch was not classified");
    },
  };
}
