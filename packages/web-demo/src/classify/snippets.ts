import type { ProblemType } from "@bertie/common";
import type { ModelFormat } from "../model/model.worker.ts";
import directoryNode from "./code/directory-node.txt?raw";
import directoryPage from "./code/directory-page.txt?raw";
import directoryPython from "./code/directory-python.txt?raw";
import onnxNode from "./code/onnx-node.txt?raw";
import onnxPage from "./code/onnx-page.txt?raw";
import onnxPython from "./code/onnx-python.txt?raw";

/** Where the code of a snippet runs. */
export type CodeTarget = "node" | "page" | "python";

/** Code that classifies a text with a saved model, and the command that installs the packages that the code needs. */
export interface Snippet {
  readonly code: string;
  readonly packages: string;
}

const snippets: Readonly<Record<"directory" | "onnx", Readonly<Record<CodeTarget, Snippet>>>> = {
  directory: {
    node: { code: directoryNode, packages: "npm install bertie" },
    page: { code: directoryPage, packages: "npm install @bertie/classifier onnxruntime-web" },
    python: { code: directoryPython, packages: "pip install transformers torch" },
  },
  onnx: {
    node: { code: onnxNode, packages: "npm install @huggingface/transformers" },
    page: { code: onnxPage, packages: "npm install @huggingface/transformers" },
    python: { code: onnxPython, packages: "pip install numpy onnxruntime tokenizers" },
  },
};

/** Python that turns the logits of one text into scores. */
const scoresInPython: Readonly<Record<ProblemType, string>> = {
  single_label_classification: "scores = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()",
  multi_label_classification: "scores = 1 / (1 + np.exp(-logits))",
  regression: "scores = logits",
};

/** Returns the name of the folder of a saved model. */
export function folderOf(format: ModelFormat): string {
  return format === "directory" ? "bertie-run" : "bertie-onnx";
}

/** Returns code that classifies a text with a model in a format. */
export function snippetFor(
  format: ModelFormat,
  target: CodeTarget,
  example: string,
  problemType: ProblemType,
): Snippet {
  const { code, packages } = snippets[format === "directory" ? "directory" : "onnx"][target];
  const values: Readonly<Record<string, string>> = {
    folder: folderOf(format),
    text: JSON.stringify(example),
    dtype: format === "int8" ? "q8" : "fp32",
    file: format === "int8" ? "model_quantized.onnx" : "model.onnx",
    scores: scoresInPython[problemType],
  };
  return { code: code.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? ""), packages };
}
