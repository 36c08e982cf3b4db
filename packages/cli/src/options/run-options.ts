import { metricNames } from "@bertie/classifier/node";
import { dataOptions } from "./data-options.ts";
import { engineOptions } from "./engine-options.ts";
import { learningOptions } from "./learning-options.ts";
import { modelOptions } from "./model-options.ts";
import { probeOptions } from "./probe-options.ts";
import type { OptionTable, OptionValues } from "./table.ts";

/** Options of `train`, `eval` and `predict`. Options of the 2018 script have the same names and defaults as in the script. */
export const runOptions = {
  ...dataOptions,
  ...modelOptions,
  doTrain: { group: "Training", kind: "flag", help: "Train on train.tsv; requires --output-dir" },
  numTrainEpochs: {
    group: "Training",
    kind: "number",
    default: 3,
    above: 0,
    help: "Number of passes over the training data; can be a fraction, such as 0.5",
  },
  trainBatchSize: {
    group: "Training",
    kind: "integer",
    default: 32,
    min: 1,
    help: "Number of examples per update",
  },
  learningRate: {
    group: "Training",
    kind: "number",
    argument: "rate",
    default: 5e-5,
    min: 0,
    help: "Peak learning rate. The rate rises to this peak during warmup, and then falls to 0 unless --schedule differs",
  },
  warmupProportion: {
    group: "Training",
    kind: "number",
    argument: "fraction",
    default: 0.1,
    min: 0,
    max: 1,
    help: "Fraction of all updates during which the learning rate rises linearly from 0 to its peak",
  },
  ...learningOptions,
  maxSteps: {
    group: "Training",
    kind: "integer",
    min: 1,
    help: "Maximum number of updates (training steps), if fewer than --num-train-epochs requires",
    defaultText: "no limit",
  },
  gradientAccumulationSteps: {
    group: "Training",
    kind: "integer",
    default: 1,
    min: 1,
    help: "Split each update into N micro-batches of --train-batch-size / N examples, which saves memory. The number of examples per update stays the same",
  },
  freezeLayers: {
    group: "Training",
    kind: "integer",
    min: 0,
    help: "Freeze the embeddings and the first N encoder layers, which saves time; 0 freezes only the embeddings",
    defaultText: "freeze nothing",
  },
  noShuffle: {
    group: "Training",
    kind: "flag",
    help: "Train on the rows in file order",
    defaultText: "shuffle each epoch",
  },
  seed: {
    group: "Training",
    kind: "integer",
    default: 42,
    min: 0,
    max: 2 ** 32 - 1,
    help: "Random seed for newly initialized weights, the order of examples, and dropout",
  },
  seeds: {
    group: "Training",
    kind: "integer",
    min: 2,
    max: 1000,
    help: "Train N times, with --seed and the seeds after it, each in a process and a directory of --output-dir of its own, and report the mean and the standard deviation of each metric. Run the same command again to resume",
    defaultText: "one run",
  },
  lossScale: {
    group: "Training",
    kind: "number",
    argument: "factor",
    default: 128,
    above: 0,
    help: "With --precision fp16: initial loss scale, which keeps small gradients from underflowing to 0; halved when a gradient overflows",
  },
  resume: {
    group: "Training",
    kind: "path",
    argument: "dir",
    optional: true,
    help: "Resume an interrupted run from its newest intact checkpoint. DIR is its --output-dir; without DIR, --output-dir is used. The options of the run are restored and need not be repeated",
  },
  resumeAnyway: {
    group: "Training",
    kind: "flag",
    help: "With --resume: accept another device, engine, number of threads, checkpoint interval or software version. Results then differ by rounding",
  },
  doEval: {
    group: "Evaluation",
    kind: "flag",
    help: "Evaluate on dev.tsv, after training if --do-train is given",
  },
  doPredict: {
    group: "Evaluation",
    kind: "flag",
    help: "Classify test.tsv, or dev.tsv if test.tsv does not exist, and write labels and probabilities, with names of columns, to predictions.tsv in --output-dir, or to stdout without --output-dir. For news, test.tsv has the columns of train.tsv or only one text per line",
  },
  evalBatchSize: {
    group: "Evaluation",
    kind: "integer",
    default: 8,
    min: 1,
    help: "Number of examples per batch in evaluation and prediction; affects only the speed",
  },
  metric: {
    group: "Evaluation",
    kind: "choice",
    choices: metricNames,
    help: "With --do-train and --do-eval: evaluate at every checkpoint, and save the weights that are best by this metric. f1 is only for the tasks mrpc and qqp, matthews_correlation only for cola, macro_f1 only for other tasks with labels",
    defaultText: "save the last weights",
  },
  earlyStopping: {
    group: "Evaluation",
    kind: "integer",
    min: 1,
    help: "With --metric: stop after N evaluations in a row without improvement",
    defaultText: "never",
  },
  ...probeOptions,
  outputDir: {
    group: "Output",
    kind: "path",
    argument: "dir",
    help: "Directory for the trained model and the results; must be new or empty",
  },
  overwriteOutputDir: {
    group: "Output",
    kind: "flag",
    help: "Replace an existing --output-dir, including all its contents, when this run is complete",
  },
  saveCheckpointsSteps: {
    group: "Output",
    kind: "integer",
    default: 1000,
    min: 1,
    help: "Number of updates between checkpoints; a checkpoint is also written after each epoch",
  },
  keepCheckpoints: {
    group: "Output",
    kind: "integer",
    default: 2,
    min: 1,
    help: "Number of newest checkpoints to keep, in addition to the best checkpoint by --metric",
  },
  report: {
    group: "Output",
    kind: "switch",
    help: "Write report.html, events for TensorBoard and, with --do-train, the model card README.md to --output-dir",
    defaultText: "on",
  },
  logEvery: { group: "Output", kind: "integer", default: 10, min: 1, help: "Number of updates between log lines" },
  json: { group: "Output", kind: "flag", help: "Write events as JSON lines to stdout, and everything else to stderr" },
  ...engineOptions,
  threads: {
    group: "Hardware",
    kind: "integer",
    min: 1,
    max: 1024,
    help: "Number of CPU threads",
    defaultText: "one per core",
  },
  optimizeOnCpu: {
    group: "Hardware",
    kind: "flag",
    help: "On a GPU: keep the optimizer's state in CPU memory, which saves GPU memory at the expense of speed",
  },
  noCuda: { group: "Compatibility", kind: "flag", help: "Run on the CPU; same as --device cpu" },
  fp16: {
    group: "Compatibility",
    kind: "flag",
    help: "Same as --precision fp16, or --precision bf16 on devices that support only bf16",
  },
  localRank: {
    group: "Compatibility",
    kind: "integer",
    default: -1,
    min: -1,
    help: "Rank in a distributed run, for old scripts; only -1 and 0 are accepted, both for a single process",
  },
} as const satisfies OptionTable;

export type RunOptions = OptionValues<typeof runOptions>;
