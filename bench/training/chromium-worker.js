// Worker of chromium.js. Measures the same training step as `bertie bench step`, with the same synthetic input.
import { Random } from "@bertie/common";
import { createOnnxExecutor } from "@bertie/engine";
import { bertForSequenceClassification, initializeParameters, parameterSpecs } from "@bertie/model";
import { createStepper, writeParameters } from "@bertie/optim";

const NUM_LABELS = 2;

self.onmessage = async ({ data: options }) => {
  const { threads, steps, "warmup-steps": warmupSteps } = options;
  const config = configOf(options);
  const specs = parameterSpecs(config, NUM_LABELS);
  const classifier = {
    parameters: specs,
    logits: (parameters, inputs, training) => bertForSequenceClassification(parameters, config, inputs, training),
  };
  const wasmPaths = new URL("/node_modules/onnxruntime-web/dist/", location.href).href;
  const executor = await createOnnxExecutor({ threads, wasmPaths });
  const initial = initializeParameters(specs, config.initializerRange, new Random(1, "bench"));
  await writeParameters(executor, classifier, initial);
  const stepper = await createStepper(executor, classifier, { seed: 1, precision: "float32" });
  const batch = syntheticBatch(options);
  const times = [];
  for (let seen = 0; seen < warmupSteps + steps; seen++) {
    const start = performance.now();
    await stepper.step({ batches: [batch], learningRate: 5e-5, lossScale: 1, seen });
    times.push(performance.now() - start);
  }
  await stepper.dispose();
  const { engine, device } = executor;
  await executor.dispose();
  self.postMessage({ times: times.slice(warmupSteps), engine, device });
};

function configOf(options) {
  return {
    vocabSize: options["vocab-size"],
    hiddenSize: options["hidden-size"],
    numHiddenLayers: options.layers,
    numAttentionHeads: options.heads,
    intermediateSize: options["intermediate-size"],
    hiddenAct: "gelu",
    hiddenDropoutProb: 0.1,
    attentionProbsDropoutProb: 0.1,
    maxPositionEmbeddings: Math.max(512, options["seq-length"]),
    typeVocabSize: 2,
    initializerRange: 0.02,
    layerNormEps: 1e-12,
  };
}

function syntheticBatch({ "batch-size": size, "seq-length": length, "vocab-size": vocabSize }) {
  const random = new Random(1, "batch");
  return {
    size,
    length,
    inputIds: Int32Array.from({ length: size * length }, () => random.nextInt(vocabSize)),
    inputMask: new Int32Array(size * length).fill(1),
    segmentIds: new Int32Array(size * length),
    labelIds: Int32Array.from({ length: size }, () => random.nextInt(NUM_LABELS)),
  };
}
