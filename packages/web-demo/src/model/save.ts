import { modelFiles, parameterSpecs, parameterTensors, safetensorsChunks } from "@bertie/model";
import type { ModelFacts } from "./facts.ts";

export interface ModelFile {
  readonly name: string;
  readonly content: Blob;
}

/** Returns a model as the files of a directory that `bertie` and Hugging Face's transformers read. */
export function directoryFiles(facts: ModelFacts, parameters: ReadonlyMap<string, Float32Array>): ModelFile[] {
  const { config, labels, lowerCase, maxLength, taskName, pairs } = facts;
  const run = { task_name: taskName ?? null, pairs, labels, do_lower_case: lowerCase, max_seq_length: maxLength };
  const weights = safetensorsChunks(parameterTensors(parameterSpecs(config, labels.length), parameters));
  const file = (name: string, chunks: readonly (string | Uint8Array)[]): ModelFile => {
    return { name, content: new Blob(chunks as BlobPart[]) };
  };
  return [
    ...Array.from(modelFiles(facts), ([name, contents]) => file(name, [contents])),
    file("run.json", [`${JSON.stringify(run, null, 2)}\n`]),
    file("model.safetensors", [...weights]),
  ];
}
