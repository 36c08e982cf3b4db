/** Options of a run that `bertie init` proposes; undefined options are omitted or written as comments. */
export interface ProposedRun {
  readonly trainFile: readonly string[];
  readonly evalFile?: readonly string[] | undefined;
  readonly testFile?: readonly string[] | undefined;
  readonly format: string;
  readonly encoding: string;
  readonly delimiter?: string | undefined;
  readonly header?: boolean | undefined;
  readonly textColumn: string;
  readonly pairColumn?: string | undefined;
  readonly labelColumn: readonly string[];
  readonly idColumn?: string | undefined;
  readonly groupColumn?: string | undefined;
  readonly problemType: string;
  readonly labelSeparator?: string | undefined;
  readonly model?: string | undefined;
  readonly maxSeqLength: number;
  readonly classWeights?: "balanced" | undefined;
  readonly outputDir: string;
}

type Value = string | number | boolean | readonly string[];

/** Returns the contents of a run.toml with comments, which `bertie train --config` reads. */
export function formatRunToml(run: ProposedRun): string {
  const lines: string[] = ["# Options of a training run. Start it with: bertie train --config run.toml", ""];
  const add = (comment: string | undefined, values: Readonly<Record<string, Value | undefined>>) => {
    const set = Object.entries(values).filter(([, value]) => value !== undefined);
    if (set.length === 0) return;
    if (comment !== undefined) lines.push(`# ${comment}`);
    for (const [name, value] of set) lines.push(`${name} = ${JSON.stringify(value)}`);
    lines.push("");
  };
  const propose = (comment: string, name: string, value: Value) =>
    lines.push(`# ${comment}`, `# ${name} = ${JSON.stringify(value)}`, "");

  add("Tables", { "train-file": run.trainFile, "eval-file": run.evalFile, "test-file": run.testFile });
  if (run.evalFile === undefined) add("Part of the rows to evaluate on", { "eval-fraction": 0.1 });
  add("How the tables are read", {
    format: run.format,
    encoding: run.encoding,
    delimiter: run.delimiter,
    header: run.header,
  });
  add("Columns", {
    "text-column": run.textColumn,
    "pair-column": run.pairColumn,
    "label-column": run.labelColumn,
    "id-column": run.idColumn,
    "group-column": run.groupColumn,
    "problem-type": run.problemType,
    "label-separator": run.labelSeparator,
  });
  if (run.model === undefined)
    propose("Model to fine-tune: a directory in Hugging Face's layout", "model", "models/bert");
  else add("Model to fine-tune", { model: run.model });
  add("Longer texts are truncated, see also long-text", { "max-seq-length": run.maxSeqLength });
  add("Training", { "num-train-epochs": 3, "train-batch-size": 32, "learning-rate": 5e-5, seed: 42 });
  if (run.classWeights === undefined) propose("For rare labels", "class-weights", "balanced");
  else add("Some labels are rare", { "class-weights": run.classWeights });
  add(undefined, { "output-dir": run.outputDir });
  return `${lines.join("\n").trimEnd()}\n`;
}
