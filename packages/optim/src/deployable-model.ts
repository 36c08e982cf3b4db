import { exportOnnx, float32, type OnnxModel, trace } from "@bertie/engine";
import { type Classifier, traceParameters } from "./classifier.ts";

/**
 * Converts a classifier with its parameters to an ONNX model, float32, whose inputs, outputs and dimensions have the
 * names that Hugging Face's libraries expect: `input_ids`, `attention_mask` and `token_type_ids`, each int64
 * `[batch_size, sequence_length]`, and `logits`, `[batch_size, labels]`. A model without token types has no
 * `token_type_ids`.
 *
 * @param values parameter values by name, row-major
 * @param maxLength maximum number of tokens per row
 * @throws BertieError "export/too-large" if the parameters have more than 1.9 GB
 *
 * @example
 * ```ts
 * import { gather, reshape, slice } from "@bertie/engine";
 * import { type Classifier, deployableModel } from "@bertie/optim";
 *
 * // A classifier that looks up the logits of the first token in a table.
 * const classifier: Classifier = {
 *   parameters: [{ name: "table", shape: [2, 2], decay: true }],
 *   logits: (p, { inputIds }) => reshape(gather(p("table"), slice(inputIds, 1, 0, 1)), [inputIds.shape[0]!, 2]),
 * };
 * const { inputs, outputs } = deployableModel(classifier, new Map([["table", Float32Array.of(0, 1, 3, 2)]]), 128);
 * console.log(inputs[0]!.name, outputs[0]!.shape); // input_ids ["batch_size", 2]
 * ```
 */
export function deployableModel(
  classifier: Classifier,
  values: ReadonlyMap<string, Float32Array>,
  maxLength: number,
): OnnxModel {
  return exportOnnx({
    dimensions: { batch_size: Number.MAX_SAFE_INTEGER, sequence_length: maxLength },
    trace: ({ batch_size: size, sequence_length: length }) =>
      trace((tracer) => {
        const matrix = (name: string) => tracer.feed(name, "int32", [size!, length!]);
        const [inputIds, inputMask, segmentIds] = [
          matrix("input_ids"),
          matrix("attention_mask"),
          matrix("token_type_ids"),
        ];
        const inputs = { inputIds, inputMask, segmentIds };
        return { outputs: { logits: classifier.logits(traceParameters(tracer, classifier), inputs, false) } };
      }),
    state: new Map(classifier.parameters.map(({ name, shape }) => [name, float32(values.get(name)!, shape)])),
  });
}
