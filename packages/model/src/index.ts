export { type FileSource, filePath, type NamedBytes, type SingleFile, type TokenizerSettings } from "@bertie/common";
export { type HeadLayers, headLayers, type ModelType, modelTypes, parameterName } from "./architectures.ts";
export { type BertInputs, bertEncoder, bertForSequenceClassification, bertPooler } from "./bert.ts";
export { type BertConfig, bertConfigFromJson, bertConfigToJson, type HiddenAct } from "./config.ts";
export {
  type ClassifierParameters,
  type ClassifierParametersOptions,
  checkFineTuned,
  loadClassifierParameters,
} from "./directory/classifier-parameters.ts";
export { type EncoderParameters, loadEncoderParameters } from "./directory/encoder-parameters.ts";
export { locateModel, subfolder } from "./directory/locate-model.ts";
export { type ModelDescription, modelFiles } from "./directory/model-files.ts";
export {
  type ModelDirectory,
  type ReadModelDirectoryOptions,
  readLowerCase,
  readModelDirectory,
  requireVocab,
  type TrainingFacts,
} from "./directory/read-directory.ts";
export { initializeParameters } from "./initialize.ts";
export type { Parameters } from "./modules.ts";
export { distanceFromHead, isBelowLayer, type ParameterSpec, parameterSpecs } from "./parameters.ts";
export { type LoadedParameters, type LoadOptions, loadNotes, loadPretrained, loadWarnings } from "./pretrained.ts";
export { problemTypeOf } from "./problem-type.ts";
export { parameterTensors } from "./save.ts";
export { pytorchChunks, writePytorch } from "./weights/pytorch/write-zip.ts";
export { readWeights } from "./weights/read-weights.ts";
export { readSafetensors, safetensorsChunks, safetensorsHeader, writeSafetensors } from "./weights/safetensors.ts";
export {
  type NamedTensors,
  tensorFromFloat32,
  type WeightDType,
  type WeightTensor,
  weightTensor,
} from "./weights/tensor.ts";
