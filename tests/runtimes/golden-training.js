import { Random } from "@bertie/common";
import {
  bertConfigFromJson,
  bertForSequenceClassification,
  loadPretrained,
  parameterSpecs,
  readSafetensors,
} from "@bertie/model";
import { classify, readParameters, train, writeParameters } from "@bertie/optim";

const folder = "tests/fixtures/training/";

/** The traces of the reference implementation. The schedule of the first ends two steps before the end of training. */
export const goldenTraces = [
  {
    trace: "golden.json",
    init: "packages/model/fixtures/tiny-bert/init.safetensors",
    final: `${folder}final_062.safetensors`,
  },
  {
    trace: "golden_full_schedule.json",
    init: `${folder}init_full_schedule.safetensors`,
    final: `${folder}final_full_schedule.safetensors`,
  },
];

/**
 * Trains and evaluates a tiny BERT, and compares losses, weights and logits with the reference implementation's.
 *
 * @returns the largest difference of each
 * @throws if a difference is larger than the tolerance
 */
export async function goldenTraining(read, createExecutor, golden) {
  const trace = JSON.parse(new TextDecoder().decode(await read(folder + golden.trace)));
  const config = bertConfigFromJson(JSON.stringify(trace.config), golden.trace);
  const specs = parameterSpecs(config, trace.num_labels);
  const weights = readSafetensors(await read(golden.init), golden.init);
  const initial = { random: new Random(1, "classifier"), initializerRange: config.initializerRange };
  const classifier = {
    parameters: specs,
    logits: (parameters, inputs, training) => bertForSequenceClassification(parameters, config, inputs, training),
  };

  const executor = await createExecutor();
  await writeParameters(executor, classifier, loadPretrained(specs, weights, initial).parameters);
  const losses = [];
  for await (const event of train(executor, classifier, microBatches(trace), optionsOf(trace)))
    if (event.type === "step") losses.push(event.loss);
  const logits = [];
  for await (const result of classify(executor, classifier, [batchOf(trace, ...trace.eval_rows)]))
    logits.push(...result.logits);
  const parameters = await readParameters(executor, classifier);
  await executor.dispose();

  const { steps, eval: evaluation } = trace.traces["062"];
  const weightsAtEnd = [...readSafetensors(await read(golden.final), golden.final)].map(([name, tensor]) =>
    assertClose(name, [...parameters.get(name)], [...tensor.toFloat32()], 1e-4),
  );
  return {
    losses: assertClose("losses", losses, steps.map(meanLoss)),
    logits: assertClose("logits", logits, evaluation.logits.flat()),
    weights: Math.max(...weightsAtEnd),
  };
}

const meanLoss = ({ micro }) => micro.reduce((sum, { loss }) => sum + loss, 0) / micro.length;

function optionsOf({ accumulation, lr, warmup, t_total }) {
  return { epochs: 1, accumulation, learningRate: lr, warmup, scheduleSteps: t_total, seed: 1 };
}

function microBatches(trace) {
  const batchesPerEpoch = trace.optimizer_steps * trace.accumulation;
  const epoch = () =>
    Array.from({ length: batchesPerEpoch }, (_, i) =>
      batchOf(trace, i * trace.micro_batch, (i + 1) * trace.micro_batch),
    );
  return { batchesPerEpoch, epoch };
}

function batchOf(trace, start, end) {
  const rows = (matrix) => Int32Array.from(matrix.slice(start, end).flat());
  return {
    size: end - start,
    length: trace.input_ids[0].length,
    inputIds: rows(trace.input_ids),
    inputMask: rows(trace.input_mask),
    segmentIds: rows(trace.segment_ids),
    labelIds: Int32Array.from(trace.labels.slice(start, end)),
  };
}

/** Returns the largest difference, and throws unless it is below the tolerance. */
function assertClose(name, actual, expected, tolerance = 2e-5) {
  const differences = actual.map((x, i) => Math.abs(x - expected[i]));
  const near = actual.length === expected.length && differences.every((difference) => difference < tolerance);
  if (!near) throw new Error(`${name}: ${actual}, expected ${expected}`);
  return Math.max(...differences);
}
