export { type BertInputs, bertEncoder, bertForSequenceClassification, bertPooler, type Parameters } from "./bert.ts";
export { type BertConfig, bertConfigFromJson, bertConfigToJson, type HiddenAct } from "./config.ts";
export { initializeParameters } from "./initialize.ts";
export { elementCount, type ParameterSpec, parameterSpecs } from "./parameters.ts";
export { type LoadedParameters, type LoadOptions, loadPretrained, loadWarnings } from "./pretrained.ts";
export { parameterTensors } from "./save.ts";
export { readWeights } from "./weights/read-weights.ts";
export { readSafetensors, safetensorsChunks, writeSafetensors } from "./weights/safetensors.ts";
export { type NamedTensors, tensorFromFloat32, type WeightDType, type WeightTensor } from "./weights/tensor.ts";
