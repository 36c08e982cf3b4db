import { encodeModel, type OnnxModel } from "../onnx-model.ts";
import { opsetOf } from "./portable-ops.ts";

/** Version of the file format that was released with op set 17. All later runtimes read it. */
const IR_VERSION = 8;

/**
 * Returns the bytes of a model's `.onnx` file. The file states the lowest version of ONNX's operator set that has all
 * ops of the model: 17 for BERT.
 *
 * @throws BertieError "export/op" if the model has an op that is not part of ONNX
 *
 * @example
 * ```ts
 * import { encodeOnnx, exp, exportOnnx, trace } from "@bertie/engine";
 *
 * const model = exportOnnx({
 *   dimensions: { batch_size: 1000 },
 *   trace: ({ batch_size: size }) => trace(({ feed }) => ({ outputs: { y: exp(feed("x", "float32", [size!])) } })),
 *   state: new Map(),
 * });
 * console.log(encodeOnnx(model).length < 200); // true
 * ```
 */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  return encodeModel(model, { opset: opsetOf(model), irVersion: IR_VERSION });
}
