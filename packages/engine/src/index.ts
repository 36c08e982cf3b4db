export { type CheckedEngine, checkEngine, type EngineName, type EngineRequest } from "./choose/check-engine.ts";
export {
  createCpuExecutor,
  createExecutor,
  type EngineOnCpu,
  type ExecutorRequest,
  type GpuVerdict,
} from "./choose/create-executor.ts";
export { type Device, readDevice } from "./choose/device.ts";
export {
  type ChosenPrecision,
  chooseInferencePrecision,
  choosePrecision,
  type InferencePrecision,
  type InferencePrecisionRequest,
  inferenceWith,
  type PrecisionName,
  type PrecisionRequest,
  precisionsOf,
  tooLargeForInt8,
} from "./choose/precision.ts";
export { dropoutKey } from "./dropout-mask.ts";
export { type DType, type FloatType, float32, int32, isFloat, scalar, type TensorData } from "./dtype.ts";
export type { CompiledProgram, DropoutSeed, Executor, FrozenProgram, RunOptions } from "./executor.ts";
export { matmulsOnly } from "./executors/matmuls-only.ts";
export { encodeOnnx } from "./executors/onnx/export/encode-onnx.ts";
export { exportOnnx } from "./executors/onnx/export/export-program.ts";
export { type OpenOnnxModel, openOnnxModel } from "./executors/onnx/export/open-onnx-model.ts";
export { toFloat16 } from "./executors/onnx/export/to-float16.ts";
export { type Int8Options, int8Matmuls, toInt8 } from "./executors/onnx/export/to-int8.ts";
export { createOnnxExecutor } from "./executors/onnx/onnx-executor.ts";
export type { OnnxModel } from "./executors/onnx/onnx-model.ts";
export type { OnnxExecutorOptions, OnnxModule as OnnxRuntime } from "./executors/onnx/options.ts";
export { createReferenceExecutor, type ReferenceOptions } from "./executors/reference/reference-executor.ts";
export {
  createTensorflowExecutor,
  type TensorflowExecutorOptions,
} from "./executors/tensorflow/tensorflow-executor.ts";
export { grad } from "./grad.ts";
export type { Graph, Node, Op, Tensor } from "./graph.ts";
export * from "./ops/activations.ts";
export * from "./ops/composite.ts";
export * from "./ops/constant.ts";
export * from "./ops/elementwise.ts";
export * from "./ops/layout.ts";
export * from "./ops/matmul.ts";
export * from "./ops/reduce.ts";
export * from "./ops/rows.ts";
export type { Program } from "./program.ts";
export { type Shape, sizeOf } from "./shape.ts";
export { type Traced, type TraceOptions, type Tracer, trace } from "./trace.ts";
