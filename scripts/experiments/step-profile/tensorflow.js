// Measures parts of a training step or a forward pass by differences, on an engine without a profiler.
import { Random } from "@bertie/common";
import { createTensorflowExecutor, matmulsOnly, trace } from "@bertie/engine";
import { bertForSequenceClassification, initializeParameters, parameterSpecs } from "@bertie/model";
import { bertAdam, createStepper, prepareInference, writeParameters } from "@bertie/optim";

const LABELS = 2;

/** Returns a BERT configuration of the given size, with changes. */
function configOf(size, changes) {
  return {
    vocabSize: size.vocabSize,
    hiddenSize: size.hiddenSize,
    numHiddenLayers: size.layers,
    numAttentionHeads: size.heads,
    intermediateSize: size.intermediateSize,
    hiddenAct: "gelu",
    hiddenDropoutProb: 0.1,
    attentionProbsDropoutProb: 0.1,
    maxPositionEmbeddings: 512,
    typeVocabSize: 2,
    initializerRange: 0.02,
    layerNormEps: 1e-12,
    ...changes,
  };
}

/** Returns a function that runs a step or a forward pass of a model once. */
async function openRun(executor, what, size, changes = {}) {
  const config = configOf(size, changes);
  const parameters = parameterSpecs(config, LABELS);
  const logits = (p, inputs, training) => bertForSequenceClassification(p, config, inputs, training);
  const classifier = { parameters, logits };
  const values = initializeParameters(parameters, config.initializerRange, new Random(1, "profile"));
  const tokens = size.batchSize * size.seqLength;
  const batch = {
    size: size.batchSize,
    length: size.seqLength,
    inputIds: Int32Array.from({ length: tokens }, (_, i) => (i * 7919) % size.vocabSize),
    inputMask: new Int32Array(tokens).fill(1),
    segmentIds: new Int32Array(tokens),
    labelIds: Int32Array.from({ length: size.batchSize }, (_, i) => i % LABELS),
  };
  if (what === "inference") {
    const prepared = await prepareInference(executor, classifier, values, {
      precision: "float32",
      maxLength: batch.length,
    });
    return () => prepared.logits(batch);
  }
  await writeParameters(executor, classifier, values);
  const stepper = await createStepper(executor, classifier, { seed: 1, precision: "float32" });
  let seen = 0;
  return () => stepper.step({ batches: [batch], learningRate: 5e-5, lossScale: 1, seen: seen++ });
}

/** Returns a function that runs the update of all parameters once, with gradients of zeros. */
async function openUpdate(executor, size) {
  const parameters = parameterSpecs(configOf(size), LABELS);
  const program = trace(({ state }) => {
    const updates = parameters.flatMap(({ name, shape, decay }) => {
      const [parameter, m, v, gradient] = ["", "/m", "/v", "/g"].map((suffix) =>
        state(`update ${name}${suffix}`, "float32", shape),
      );
      const after = bertAdam({ parameter, m, v }, gradient, 5e-5, decay);
      return ["parameter", "m", "v"].map((key, i) => [`update ${name}${["", "/m", "/v"][i]}`, after[key]]);
    });
    return { updates: Object.fromEntries(updates) };
  });
  for (const [name, { shape, dtype }] of program.state) {
    const data = new Float32Array(shape.reduce((product, dimension) => product * dimension, 1)).fill(1e-3);
    await executor.write(name, { dtype, shape, data });
  }
  const compiled = await executor.compile(program);
  return () => compiled.run({});
}

/**
 * Measures a step or a forward pass on TensorFlow, and variants of it that lack a part. The variants take turns.
 *
 * @returns milliseconds by part, of the fastest runs
 */
export async function differencesOnTensorflow(what, size, threads, rounds) {
  const open = () => createTensorflowExecutor({ device: "cpu", threads });
  const [complete, relu, matmuls] = [await open(), await open(), matmulsOnly(await open())];
  const variants = {
    complete: await openRun(complete, what, size),
    matmuls: await openRun(matmuls, what, size),
    relu: await openRun(relu, what, size, { hiddenAct: "relu" }),
  };
  if (what === "step") {
    const noDropout = { hiddenDropoutProb: 0, attentionProbsDropoutProb: 0 };
    variants.noDropout = await openRun(await open(), what, size, noDropout);
    variants.update = await openUpdate(await open(), size);
  }
  const times = new Map(Object.keys(variants).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++)
    for (const [name, run] of Object.entries(variants)) {
      const start = performance.now();
      await run();
      if (round >= 0) times.get(name).push(performance.now() - start);
    }
  const ms = Object.fromEntries([...times].map(([name, values]) => [name, Math.min(...values)]));
  const parts = new Map([
    ["all matmuls (alone)", ms.matmuls],
    ["GELU and its derivative, more than ReLU (difference)", ms.complete - ms.relu],
  ]);
  if (what === "step") {
    parts.set("dropout: masks and their application (difference)", ms.complete - ms.noDropout);
    parts.set("update (alone)", ms.update);
  }
  const known = [...parts.values()].reduce((sum, value) => sum + value, 0);
  parts.set("everything else", ms.complete - known);
  return { total: ms.complete, parts };
}
