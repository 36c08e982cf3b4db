/** Paths of the files of a model, in directories that Bertie, transformers and sentence-transformers write. */
const MODEL_FILES: readonly RegExp[] = [
  /^(config|run|generation_config|preprocessor_config|quantize_config|ort_config)\.json$/,
  /^(tokenizer|tokenizer_config|special_tokens_map|added_tokens)\.json$/,
  /^vocab\.(txt|json)$/,
  /^model(-\d{5}-of-\d{5})?\.safetensors$/,
  /^model\.safetensors\.index\.json$/,
  /^pytorch_model(-\d{5}-of-\d{5})?\.bin$/,
  /^pytorch_model\.bin\.index\.json$/,
  /^(onnx\/)?\w+\.onnx(_data|\.data)?$/,
  /^(modules|sentence_bert_config|config_sentence_transformers)\.json$/,
  /^\d+_[A-Za-z]+\/(config\.json|model\.safetensors|pytorch_model\.bin)$/,
  /^(README\.md|LICENSE(\.\w+)?|NOTICE(\.\w+)?)$/,
];

/**
 * Returns the paths of a directory that belong to the model: configuration, tokenizer, weights, `run.json` and the model card.
 * Checkpoints, predictions, reports with example texts and data do not belong to it.
 *
 * @param paths paths of all files, relative to the directory, with `/` between folders
 * @returns the sorted paths
 *
 * @example
 * ```ts
 * import { filesToPush } from "@bertie/hub";
 *
 * console.log(filesToPush(["predictions.tsv", "config.json", "checkpoints/step-2/config.json"])); // ["config.json"]
 * ```
 */
export function filesToPush(paths: readonly string[]): string[] {
  return paths.filter((path) => MODEL_FILES.some((pattern) => pattern.test(path))).sort();
}
