import { Random } from "@bertie/common";
import { createReferenceExecutor } from "@bertie/engine";
import { bertConfigFromJson, bertForSequenceClassification, initializeParameters, parameterSpecs } from "@bertie/model";
import { classify, train, writeParameters } from "@bertie/optim";

const config = bertConfigFromJson(
  JSON.stringify({
    vocab_size: 40,
    hidden_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 32,
    max_position_embeddings: 8,
    type_vocab_size: 2,
    hidden_act: "gelu",
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    initializer_range: 0.1,
  }),
  "config.json",
);
const [rows, length, size] = [64, 8, 16];
const options = { epochs: 6, learningRate: 1e-2, warmup: 0.1, seed: 3 };
let expected;

/**
 * Trains a tiny BERT with dropout to distinguish rows by one token.
 *
 * @throws if the accuracy differs from the reference engine's, or if the reference engine does not reach 0.9
 */
export async function fineTuning(createExecutor) {
  expected ??= await accuracyOn(() => createReferenceExecutor());
  if (!(expected > 0.9)) throw new Error(`accuracy ${expected} on the reference engine`);
  const accuracy = await accuracyOn(createExecutor);
  if (accuracy !== expected) throw new Error(`accuracy ${accuracy}, expected ${expected}`);
}

async function accuracyOn(createExecutor) {
  const specs = parameterSpecs(config, 2);
  const classifier = {
    parameters: specs,
    logits: (parameters, inputs, training) => bertForSequenceClassification(parameters, config, inputs, training),
  };
  const parameters = initializeParameters(specs, config.initializerRange, new Random(1, "weights"));
  const executor = await createExecutor();
  await writeParameters(executor, classifier, parameters);
  const batches = randomBatches();
  const data = { batchesPerEpoch: batches.length, epoch: () => batches };
  for await (const _ of train(executor, classifier, data, options));
  let correct = 0;
  for await (const { predictions, batch } of classify(executor, classifier, batches))
    correct += batch.labelIds.filter((label, i) => label === predictions[i]).length;
  await executor.dispose();
  return correct / rows;
}

/** Returns batches of random tokens, in which one token per row determines the label. */
function randomBatches() {
  const random = new Random(2, "rows");
  return Array.from({ length: rows / size }, () => {
    const labelIds = Int32Array.from({ length: size }, () => random.nextInt(2));
    const inputIds = Int32Array.from({ length: size * length }, () => 2 + random.nextInt(38));
    for (const [i, label] of labelIds.entries()) inputIds[i * length + 1 + random.nextInt(length - 1)] = label;
    const [inputMask, segmentIds] = [new Int32Array(size * length).fill(1), new Int32Array(size * length)];
    return { size, length, inputIds, inputMask, segmentIds, labelIds };
  });
}
