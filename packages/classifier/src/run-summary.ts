import { BertieError } from "@bertie/common";
import type { ConfusionMatrix, EvaluationMetrics } from "@bertie/data";
import { FILES, type RunState } from "./checkpoint/checkpoint.ts";
import { readVerified } from "./checkpoint/manifest.ts";
import { checkpointFolder, listCheckpoints } from "./checkpoint/store.ts";
import { type DataFile, neededDataFiles } from "./portable-run.ts";
import type { Storage } from "./storage/storage.ts";
import type { Evaluation } from "./text-classifier-options.ts";

/** Training loss of an update. */
export interface StepLoss {
  /** Number of the update, from 1. */
  readonly step: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
}

/** Progress of the run in a storage. */
export interface RunSummary {
  readonly state: "unfinished" | "finished";
  /** Number of completed updates. */
  readonly step: number;
  /** Total number of updates in the run. */
  readonly steps: number;
  /** Duration of training so far in seconds; for a finished run, duration of its last session, including evaluation. */
  readonly seconds: number;
  /** Device of the run, such as "cpu". */
  readonly device: string;
  /** Training losses of all updates, in order. */
  readonly losses: readonly StepLoss[];
  /** Evaluation of a finished run on the first held-out set; undefined if the model was not evaluated. */
  readonly evaluation: Evaluation | undefined;
  /** Data files that are needed to resume an interrupted run. */
  readonly needed: readonly DataFile[];
}

/**
 * Summarizes the run in a storage: the interrupted run if there is one, otherwise the finished run.
 *
 * @returns undefined if the storage holds no run, or an interrupted run without a valid checkpoint
 * @throws BertieError "input/not-read" if the disk fails, "browser/no-storage" if the browser does not provide storage
 *
 * @example
 * ```ts
 * import { memoryStorage, summarizeRun } from "@bertie/classifier";
 *
 * const run = await summarizeRun(memoryStorage());
 * console.log(run ? `step ${run.step} of ${run.steps}` : "no run"); // no run
 * ```
 */
export async function summarizeRun(storage: Storage): Promise<RunSummary | undefined> {
  return (await storage.state()) === "unfinished" ? summarizeUnfinished(storage) : summarizeFinished(storage);
}

async function summarizeUnfinished({ unfinished }: Storage): Promise<RunSummary | undefined> {
  for (const step of (await listCheckpoints(unfinished)).toReversed()) {
    try {
      const files = await readVerified(unfinished, checkpointFolder(step), [FILES.state, FILES.metrics]);
      const { progress, lastStep, setting } = parse(files.get(FILES.state)!) as RunState;
      return {
        state: "unfinished",
        step: progress.steps,
        steps: lastStep ?? progress.steps,
        seconds: progress.seconds,
        device: setting.device,
        losses: readLosses(files.get(FILES.metrics)!),
        evaluation: undefined,
        needed: neededDataFiles(setting),
      };
    } catch (error) {
      if (!(error instanceof BertieError) || error.code !== "checkpoint/damaged") throw error;
    }
  }
  return undefined;
}

async function summarizeFinished(storage: Storage): Promise<RunSummary | undefined> {
  const [record, metrics, results] = await Promise.all(
    ["run.json", FILES.metrics, "eval_results.json"].map((name) => storage.read(name)),
  );
  if (record === undefined || metrics === undefined) return undefined;
  const { seconds, device } = parse(record) as { seconds: number; device: string };
  const losses = readLosses(metrics);
  const step = losses.at(-1)?.step ?? 0;
  const evaluation = results && readEvaluation(parse(results) as RecordedResults);
  return { state: "finished", step, steps: step, seconds, device, losses, evaluation, needed: [] };
}

/** Contents of eval_results.json. */
type RecordedResults = Readonly<Record<string, number>> & {
  readonly labels: readonly string[];
  readonly confusion_matrix: Readonly<Record<string, ConfusionMatrix>>;
  /** Absent in runs of versions before the first release. */
  readonly evaluations?: Readonly<Record<string, EvaluationMetrics>>;
};

function readEvaluation({ labels, confusion_matrix, evaluations, ...scores }: RecordedResults): Evaluation | undefined {
  const confusion = confusion_matrix.dev;
  const details = evaluations?.dev;
  if (confusion === undefined || details === undefined) return undefined;
  const devScores = Object.entries(scores).filter(([name]) => /^eval_(?!mismatched_)/.test(name));
  const metrics = Object.fromEntries(devScores.map(([name, value]) => [name.slice("eval_".length), value]));
  const { accuracy = Number.NaN, loss = 0 } = metrics;
  return { examples: details.examples, accuracy, loss, metrics, labels, confusion, details };
}

function readLosses(metrics: Uint8Array): StepLoss[] {
  const lines = new TextDecoder().decode(metrics).split("\n").filter(Boolean);
  return lines.map((line) => {
    const { step, loss } = JSON.parse(line) as StepLoss;
    return { step, loss };
  });
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
