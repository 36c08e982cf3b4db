import process from "node:process";
import { BertieError, Random } from "@bertie/common";
import type { Executor } from "@bertie/engine";
import { type BertConfig, bertForSequenceClassification, initializeParameters, parameterSpecs } from "@bertie/model";
import { type ClassificationBatch, type Classifier, classify, createStepper, writeParameters } from "@bertie/optim";
import type { Command } from "commander";
import { createExecutor } from "../load/executor.ts";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { engineOptions } from "../options/engine-options.ts";
import type { OptionTable, OptionValues } from "../options/table.ts";

const benchOptions = {
  layers: { from: "bertie", kind: "integer", default: 4, min: 1, max: 1000, help: "of the encoder" },
  hiddenSize: { from: "bertie", kind: "integer", default: 312, min: 1, max: 2 ** 16, help: "of the encoder's states" },
  heads: { from: "bertie", kind: "integer", default: 12, min: 1, max: 4096, help: "of attention" },
  intermediateSize: {
    from: "bertie",
    kind: "integer",
    default: 1248,
    min: 1,
    max: 2 ** 18,
    help: "of the feed-forward networks",
  },
  vocabSize: { from: "bertie", kind: "integer", default: 21128, min: 1, max: 2 ** 24, help: "of the vocabulary" },
  batchSize: { from: "bertie", kind: "integer", default: 32, min: 1, help: "texts a batch" },
  seqLength: { from: "bertie", kind: "integer", default: 128, min: 1, help: "tokens a text" },
  ...engineOptions,
  precision: {
    from: "bertie",
    kind: "choice",
    choices: ["fp32"],
    default: "fp32",
    help: "what the model computes in",
  },
  threads: { from: "bertie", kind: "integer", default: 2, min: 1, max: 1024, help: "of the CPU" },
  steps: { from: "bertie", kind: "integer", default: 10, min: 1, help: "runs that are measured" },
  warmupSteps: { from: "bertie", kind: "integer", default: 2, min: 0, help: "runs before them" },
  json: { from: "bertie", kind: "flag", help: "write one JSON object" },
} as const satisfies OptionTable;

type BenchOptions = OptionValues<typeof benchOptions>;

const NUM_LABELS = 2;

/** `bertie bench step` and `bertie bench inference`: times a model of the given size on made-up input. */
export function addBenchCommand(program: Command): void {
  const bench = program.command("bench").description("measure how fast this machine is");
  const add = (name: string, description: string, measure: Measure) =>
    addOptions(bench.command(name), benchOptions)
      .description(description)
      .action(async (_, command: Command) => {
        const { options } = await resolveOptions(command, benchOptions);
        report(await benchmark(options, measure), options);
      });
  add("step", "a training step: forward, backward and BertAdam, with dropout 0.1", measureSteps);
  add("inference", "a forward pass, without dropout", measureInference);
}

/** Times runs, in milliseconds each. */
type Measure = (
  executor: Executor,
  classifier: Classifier,
  batch: ClassificationBatch,
  runs: number,
) => Promise<number[]>;

const measureSteps: Measure = async (executor, classifier, batch, runs) => {
  const stepper = await createStepper(executor, classifier, { seed: 1 });
  const times: number[] = [];
  for (let seen = 0; seen < runs; seen++) {
    const start = performance.now();
    await stepper.step({ batches: [batch], learningRate: 5e-5, lossScale: 1, seen });
    times.push(performance.now() - start);
  }
  await stepper.dispose();
  return times;
};

const measureInference: Measure = async (executor, classifier, batch, runs) => {
  const times: number[] = [];
  let start = performance.now();
  for await (const _ of classify(executor, classifier, new Array<ClassificationBatch>(runs).fill(batch))) {
    times.push(performance.now() - start);
    start = performance.now();
  }
  return times;
};

async function benchmark(options: BenchOptions, measure: Measure) {
  const config = configOf(options);
  const specs = parameterSpecs(config, NUM_LABELS);
  const classifier: Classifier = {
    parameters: specs,
    logits: (parameters, inputs, training) => bertForSequenceClassification(parameters, config, inputs, training),
  };
  const executor = await createExecutor(options);
  await writeParameters(
    executor,
    classifier,
    initializeParameters(specs, config.initializerRange, new Random(1, "bench")),
  );
  const { steps, warmupSteps } = options;
  const times = (await measure(executor, classifier, syntheticBatch(options), warmupSteps + steps)).slice(warmupSteps);
  await executor.dispose();
  const sorted = times.sort((a, b) => a - b);
  return {
    median_ms: round((sorted[Math.floor((steps - 1) / 2)]! + sorted[Math.floor(steps / 2)]!) / 2),
    min_ms: round(sorted[0]!),
    peak_rss_mb: round(process.resourceUsage().maxRSS / 1024),
    device: executor.device,
    engine: executor.engine,
  };
}

function configOf(options: BenchOptions): BertConfig {
  const { hiddenSize, heads } = options;
  if (hiddenSize % heads !== 0) {
    const text = `--hidden-size ${hiddenSize} cannot be divided by --heads ${heads}: give other numbers`;
    throw new BertieError("options/range", text);
  }
  return {
    vocabSize: options.vocabSize,
    hiddenSize,
    numHiddenLayers: options.layers,
    numAttentionHeads: heads,
    intermediateSize: options.intermediateSize,
    hiddenAct: "gelu",
    hiddenDropoutProb: 0.1,
    attentionProbsDropoutProb: 0.1,
    maxPositionEmbeddings: Math.max(512, options.seqLength),
    typeVocabSize: 2,
    initializerRange: 0.02,
    layerNormEps: 1e-12,
  };
}

function syntheticBatch({ batchSize, seqLength, vocabSize }: BenchOptions): ClassificationBatch {
  const random = new Random(1, "batch");
  return {
    size: batchSize,
    length: seqLength,
    inputIds: Int32Array.from({ length: batchSize * seqLength }, () => random.nextInt(vocabSize)),
    inputMask: new Int32Array(batchSize * seqLength).fill(1),
    segmentIds: new Int32Array(batchSize * seqLength),
    labelIds: Int32Array.from({ length: batchSize }, () => random.nextInt(NUM_LABELS)),
  };
}

function report(result: Awaited<ReturnType<typeof benchmark>>, { json, steps }: BenchOptions): void {
  const { median_ms, min_ms, peak_rss_mb, device, engine } = result;
  const text = `${engine} on ${device}: median ${median_ms} ms, least ${min_ms} ms of ${steps} runs; ${peak_rss_mb} MB at most\n`;
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
