import { parameterSpecs, parameterTensors, safetensorsChunks } from "@bertie/model";
import { describeModel } from "./directory.ts";
import type { ModelFacts } from "./facts.ts";

export interface ModelFile {
  readonly name: string;
  readonly content: Blob;
}

/** A model as the files of a directory that `bertie` and Hugging Face's transformers read. */
export function modelFiles(facts: ModelFacts, parameters: ReadonlyMap<string, Float32Array>): ModelFile[] {
  const specs = parameterSpecs(facts.config, facts.labels.length);
  const weights = new Blob([...safetensorsChunks(parameterTensors(specs, parameters))] as BlobPart[]);
  return [
    ...Array.from(describeModel(facts), ([name, text]) => ({ name, content: new Blob([text]) })),
    { name: "vocab.txt", content: new Blob([facts.vocab.slice()]) },
    { name: "model.safetensors", content: weights },
  ];
}
