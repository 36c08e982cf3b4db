import type { ProblemType } from "@bertie/common";
import type { ModelFormat } from "../model/model.worker.ts";

/** Where the code of a snippet runs. */
export type CodeTarget = "node" | "page" | "python";

/** Code that classifies a text with a saved model, and the packages that the code needs. */
export interface Snippet {
  readonly code: string;
  readonly packages: string;
}

/** Name of the folder of a saved model. */
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
  const folder = folderOf(format);
  const quoted = JSON.stringify(example);
  if (format === "directory") return directorySnippets[target](folder, quoted);
  return onnxSnippets[target](folder, quoted, format, problemType);
}

/** Python that turns the logits of one text into scores. */
const scoresInPython: Readonly<Record<ProblemType, string>> = {
  single_label_classification: "scores = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()",
  multi_label_classification: "scores = 1 / (1 + np.exp(-logits))",
  regression: "scores = logits",
};

const directorySnippets: Readonly<Record<CodeTarget, (folder: string, text: string) => Snippet>> = {
  node: (folder, text) => ({
    packages: "npm install bertie",
    code: `import { TextClassifier } from "bertie";

const classifier = await TextClassifier.load("${folder}");
console.log(await classifier.classify(${text}));
await classifier.dispose();
`,
  }),
  page: (folder, text) => ({
    packages: "npm install @bertie/classifier onnxruntime-web",
    code: `import { TextClassifier } from "@bertie/classifier";

// Serve the model, and the folder dist of onnxruntime-web, next to the page.
const url = (path) => new URL(path, document.baseURI).href;
const classifier = await TextClassifier.load(url("${folder}/"), { wasmPaths: url("onnxruntime-web/") });
console.log(await classifier.classify(${text}));
await classifier.dispose();
`,
  }),
  python: (folder, text) => ({
    packages: "pip install transformers torch",
    code: `from transformers import pipeline

classify = pipeline("text-classification", model="${folder}", top_k=None, truncation=True)
print(classify([${text}]))
`,
  }),
};

const onnxSnippets: Readonly<
  Record<CodeTarget, (folder: string, text: string, format: "fp32" | "int8", problemType: ProblemType) => Snippet>
> = {
  node: (folder, text, format) => ({
    packages: "npm install @huggingface/transformers",
    code: `import { env, pipeline } from "@huggingface/transformers";

env.allowRemoteModels = false;
env.localModelPath = "./"; // the folder that contains ${folder}
const classify = await pipeline("text-classification", "${folder}", { dtype: "${dtypeOf(format)}" });
console.log(await classify(${text}, { top_k: null }));
`,
  }),
  page: (folder, text, format) => ({
    packages: "npm install @huggingface/transformers",
    code: `import { env, pipeline } from "@huggingface/transformers";

// Serve the model next to the page, and as "ort" the folder dist of the onnxruntime-web that
// @huggingface/transformers depends on.
const url = (path) => new URL(path, document.baseURI).href;
env.allowLocalModels = true;
env.allowRemoteModels = false;
env.localModelPath = new URL("./", document.baseURI).pathname;
const runtime = url("ort/ort-wasm-simd-threaded.asyncify");
env.backends.onnx.wasm.wasmPaths = { mjs: \`\${runtime}.mjs\`, wasm: \`\${runtime}.wasm\` };
const classify = await pipeline("text-classification", "${folder}", { dtype: "${dtypeOf(format)}" });
console.log(await classify(${text}, { top_k: null }));
`,
  }),
  python: (folder, text, format, problemType) => ({
    packages: "pip install numpy onnxruntime tokenizers",
    code: `import json

import numpy as np
from onnxruntime import InferenceSession
from tokenizers import Tokenizer


def read(name):
    with open(f"${folder}/{name}", encoding="utf-8") as file:
        return json.load(file)


tokenizer = Tokenizer.from_file("${folder}/tokenizer.json")
tokenizer.enable_truncation(read("tokenizer_config.json")["model_max_length"])
session = InferenceSession("${folder}/onnx/${format === "fp32" ? "model.onnx" : "model_quantized.onnx"}")
row = tokenizer.encode(${text})
inputs = {"input_ids": row.ids, "attention_mask": row.attention_mask, "token_type_ids": row.type_ids}
feeds = {each.name: np.array([inputs[each.name]], dtype=np.int64) for each in session.get_inputs()}
logits = session.run(["logits"], feeds)[0][0]
${scoresInPython[problemType]}
labels = read("config.json")["id2label"]
print(json.dumps({labels[str(i)]: float(score) for i, score in enumerate(scores)}, ensure_ascii=False))
`,
  }),
};

/** Returns the name of a data type in transformers.js. */
function dtypeOf(format: "fp32" | "int8"): string {
  return format === "fp32" ? "fp32" : "q8";
}
