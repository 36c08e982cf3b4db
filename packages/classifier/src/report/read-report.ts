import { BertieError, evenlySpaced, type ProblemType, problemTypes } from "@bertie/common";
import type {
  Baseline,
  Mistake,
  PredictedRow,
  ReportData,
  ReportedOption,
  SetFacts,
  StepValues,
  Suspect,
} from "@bertie/report";
import { FILES } from "../checkpoint/checkpoint.ts";
import { isObject, numberOf, objectOf, objectsOf, parseJson, parseLines, textOf, textsOf } from "./json-values.ts";
import { readEvaluations } from "./read-evaluation.ts";
import { REPORT_FILES } from "./report-files.ts";

/** Files of a run by path. */
export interface RunFiles {
  /** Name of the run, such as the path of its directory. */
  readonly name: string;
  read(path: string): Promise<Uint8Array | undefined>;
}

const MAX_STEPS = 1000;
const MAX_VALUES = 2000;

/**
 * Reads the facts of a run from its files: run.json, metrics.jsonl, eval_results.json, eval_predictions.jsonl,
 * mistakes.jsonl and suspects.jsonl. Missing facts are omitted.
 *
 * @throws BertieError "report/no-run" if there is no valid run.json
 *
 * @example
 * ```ts
 * import { createTrainer, readReportData } from "@bertie/classifier";
 *
 * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
 * const trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, epochs: 1 });
 * for await (const _event of trainer.run());
 * const { run, labels } = await readReportData(trainer.storage);
 * console.log(run.trained, labels); // true [ "negative", "positive" ]
 * ```
 */
export async function readReportData(files: RunFiles): Promise<ReportData> {
  const record = parseJson(await files.read("run.json"));
  if (!isObject(record)) {
    const text = `${files.name}: expected the directory of a finished run, found no valid run.json. Name the output directory of a run.`;
    throw new BertieError("report/no-run", text);
  }
  const results = objectOf(parseJson(await files.read("eval_results.json")));
  const metrics = parseLines(await files.read(FILES.metrics));
  const mistakes = parseLines(await files.read(REPORT_FILES.mistakes));
  const config = objectOf(parseJson(await files.read("config.json")));
  const [evaluated] = Object.values(objectOf(results.evaluations));
  const problemType = problemTypeOf(config.problem_type ?? objectOf(evaluated).problem_type);
  const evaluations = readEvaluations(results);
  const [first] = evaluations;
  const values = problemType === "regression" && first ? await readValues(files, first.name) : undefined;
  const options = objectOf(record.options);
  const lastStep = metrics.at(-1);
  return {
    title: files.name,
    created: textOf(record.ended),
    problemType,
    labels: textsOf(record.labels),
    run: {
      trained: lastStep !== undefined || isObject(record.head),
      task: textOf(record.task_name),
      pairs: record.pairs === true,
      baseModel: textOf(options.model),
      steps: numberOf(lastStep?.step),
      epochs: numberOf(lastStep?.epoch),
      seconds: numberOf(record.seconds),
      maxLength: numberOf(record.max_seq_length),
    },
    curves: {
      steps: evenlySpaced(metrics.flatMap(readStep), MAX_STEPS),
      metric: textOf(record.metric),
      scores: objectsOf(record.scores).flatMap(({ step, value }) =>
        typeof step === "number" && typeof value === "number" ? [{ step, value }] : [],
      ),
      bestStep: numberOf(objectOf(record.best).step),
    },
    evaluations: values ? [{ ...first!, values }, ...evaluations.slice(1)] : evaluations,
    baselines: readBaseline(objectOf(results.baseline)),
    mistakes: mistakes.flatMap(readMistake),
    mistakeCount: numberOf(mistakes.find(({ count }) => typeof count === "number")?.count),
    suspects: parseLines(await files.read(REPORT_FILES.suspects)).flatMap(readSuspect),
    data: readDataFacts(record.data),
    options: Object.entries(options).flatMap(([name, value]) => readOption(name, value, textsOf(record.given))),
    environment: {
      engine: textOf(record.engine),
      device: textOf(record.device),
      precision: textOf(record.precision),
      platform: textOf(record.platform),
      versions: Object.fromEntries(
        Object.entries(objectOf(record.versions)).map(([name, value]) => [name, String(value)]),
      ),
      files: objectsOf(record.input_files).map(({ path, bytes, sha256 }) => ({
        path: textOf(path) ?? "",
        bytes: numberOf(bytes) ?? 0,
        sha256: textOf(sha256) ?? "",
      })),
    },
  };
}

/**
 * Reads the predictions for the rows of an evaluated set, which {@link compareRuns} of `@bertie/report` compares.
 *
 * @returns an empty array if the run has no file with predictions
 *
 * @example
 * ```ts
 * import { memoryStorage, readPredictedRows } from "@bertie/classifier";
 *
 * console.log(await readPredictedRows(memoryStorage(), "dev")); // []
 * ```
 */
export async function readPredictedRows(files: RunFiles, set: string): Promise<PredictedRow[]> {
  const lines = parseLines(await files.read("eval_predictions.jsonl"));
  return lines.flatMap(({ set: name, id, label, predicted }) =>
    name === set && typeof id === "string" && isAnswer(label) && isAnswer(predicted) ? [{ id, label, predicted }] : [],
  );
}

function isAnswer(value: unknown): value is PredictedRow["label"] {
  return typeof value === "string" || typeof value === "number" || Array.isArray(value);
}

function problemTypeOf(value: unknown): ProblemType {
  return problemTypes.find((type) => type === value) ?? "single_label_classification";
}

function readStep({ step, loss, learning_rate }: Readonly<Record<string, unknown>>): StepValues[] {
  if (typeof step !== "number" || typeof loss !== "number") return [];
  return [{ step, loss, learningRate: numberOf(learning_rate) }];
}

async function readValues(files: RunFiles, set: string): Promise<[truth: number, predicted: number][]> {
  const values = (await readPredictedRows(files, set)).flatMap(({ label, predicted }): [number, number][] =>
    typeof label === "number" && typeof predicted === "number" ? [[label, predicted]] : [],
  );
  return evenlySpaced(values, MAX_VALUES);
}

function readMistake(line: Readonly<Record<string, unknown>>): Mistake[] {
  const { id, text, pair, label, predicted, probability, words } = line;
  if (typeof id !== "string" || typeof text !== "string") return [];
  const spans = objectsOf(words).flatMap(({ part, start, end, contribution }) =>
    typeof start === "number" && typeof end === "number" && typeof contribution === "number"
      ? [{ part: part === 1 ? (1 as const) : (0 as const), start, end, contribution }]
      : [],
  );
  return [
    {
      ...{ id, text, pair: textOf(pair), label: String(label), predicted: String(predicted) },
      ...{ probability: numberOf(probability), words: Array.isArray(words) ? spans : undefined },
    },
  ];
}

/** Reads the result of the linear probe. */
function readBaseline({ method, set, examples, seconds, ...scores }: Readonly<Record<string, unknown>>): Baseline[] {
  if (typeof method !== "string") return [];
  const values = Object.entries(scores).flatMap(([name, value]) =>
    typeof value === "number" ? [{ name, value }] : [],
  );
  return [{ name: `${method.charAt(0).toUpperCase()}${method.slice(1)}`, scores: values }];
}

function readSuspect({ id, text, label, suggested, confidence }: Readonly<Record<string, unknown>>): Suspect[] {
  if (typeof id !== "string" || typeof text !== "string") return [];
  return [
    { id, text, label: String(label), suggested: String(suggested), confidence: numberOf(confidence) ?? Number.NaN },
  ];
}

/** Reads the summary of the data check in run.json. */
function readDataFacts(value: unknown): ReportData["data"] {
  const { sets, problems, overlaps } = objectOf(value);
  const shared = objectsOf(overlaps).flatMap(({ set, exact }) =>
    typeof exact === "number" && exact > 0
      ? [
          `${exact} ${exact === 1 ? "row" : "rows"} of ${String(set)} ${exact === 1 ? "has" : "have"} a text that is also in train.`,
        ]
      : [],
  );
  const found = Array.isArray(problems)
    ? problems.flatMap((problem) => textOf(problem) ?? textOf(objectOf(problem).message) ?? [])
    : [];
  return { sets: objectsOf(sets).map(readSet), problems: [...found, ...shared] };
}

function readSet(set: Readonly<Record<string, unknown>>): SetFacts {
  const { median, p95, max, truncated } = objectOf(set.lengths);
  const rows = numberOf(set.rows) ?? 0;
  const hasLengths = typeof median === "number" && typeof p95 === "number" && typeof max === "number";
  return {
    name: textOf(set.set) ?? textOf(set.name) ?? "",
    rows,
    labels: objectsOf(set.labels).map(({ label, rows }) => ({
      label: textOf(label) ?? "",
      count: numberOf(rows) ?? 0,
    })),
    ...(hasLengths && { lengths: { median, p95, max } }),
    ...(typeof truncated === "number" && rows > 0 && { truncated: truncated / rows }),
    unknown: numberOf(set.unknown_share),
    duplicates: numberOf(set.duplicates),
    empty: numberOf(set.empty_texts),
  };
}

function readOption(name: string, value: unknown, given: readonly string[]): ReportedOption[] {
  if (value === undefined) return [];
  const shown = value === null ? "not set" : typeof value === "string" ? value : JSON.stringify(value);
  return [{ name: `--${name.replaceAll("_", "-")}`, value: shown, changed: given.includes(name) }];
}
