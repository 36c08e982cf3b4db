import { BertieError, type ProblemType } from "@bertie/common";
import { encodeOnnx, int8Matmuls, type OnnxModel, openOnnxModel, toFloat16, toInt8 } from "@bertie/engine";
import { parameterTensors, pytorchChunks, safetensorsChunks, type WeightDType } from "@bertie/model";
import { deployableModel } from "@bertie/optim";
import { checkChoice } from "../check-options.ts";
import { configFiles, type LoadedModel, savedRecord } from "../load-model.ts";
import type { FileWriter } from "../storage/storage.ts";
import type { Run } from "../text-batches.ts";
import { exampleOf } from "../text-classifier-options.ts";
import { calibrate } from "./calibrate.ts";
import { checkVariants, readCheck } from "./check-export.ts";
import {
  type ExportDtype,
  type ExportedFile,
  type ExportedModel,
  type ExportFormat,
  type ExportOptions,
  exportDtypes,
  exportFormats,
} from "./export-options.ts";
import { runnerOf } from "./exported-runner.ts";
import { transformersJsNotes } from "./transformers-js-notes.ts";

/** Data types of each format. */
const DTYPES: Readonly<Record<ExportFormat, readonly ExportDtype[]>> = {
  onnx: ["fp32", "fp16", "int8"],
  safetensors: ["fp32", "fp16", "bf16"],
  pytorch: ["fp32", "fp16", "bf16"],
};

/** Names of the files that transformers.js and optimum look for. */
const ONNX_FILES = {
  fp32: "onnx/model.onnx",
  fp16: "onnx/model_fp16.onnx",
  int8: "onnx/model_quantized.onnx",
} as const;

const WEIGHT_DTYPES = { fp32: "float32", fp16: "float16", bf16: "bfloat16" } as const satisfies Record<
  string,
  WeightDType
>;

/** Model to export. */
export interface ExportSource {
  readonly model: LoadedModel;
  readonly problemType: ProblemType;
  /** Parameter values by name. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Runs the classifier itself. */
  readonly run: Run;
}

/** Returns the format and the data types of an export, after checking them. */
export function exportPlan({ format = "onnx", dtypes }: Pick<ExportOptions, "format" | "dtypes">): {
  readonly format: ExportFormat;
  readonly dtypes: readonly ExportDtype[];
} {
  checkChoice("format", format, exportFormats);
  const possible = DTYPES[format];
  const chosen = [...new Set(dtypes ?? (format === "onnx" ? possible : ["fp32" as const]))];
  for (const dtype of chosen) checkChoice("dtypes", dtype, exportDtypes);
  const other = chosen.find((dtype) => !possible.includes(dtype));
  const isOne = format === "onnx" ? chosen.length > 0 : chosen.length === 1;
  if (other === undefined && isOne) return { format, dtypes: chosen };
  const expected = format === "onnx" ? `one or more of ${possible.join(", ")}` : `one of ${possible.join(", ")}`;
  const text = `the format ${format} does not have the data types ${chosen.join(", ") || "(none)"}: expected ${expected} (option dtypes, --dtype).`;
  throw new BertieError("options/value", text);
}

/** Writes an exported model, see `TextClassifier.export()`. */
export async function exportClassifier(
  source: ExportSource,
  writer: FileWriter,
  options: ExportOptions,
): Promise<ExportedModel> {
  const { format, dtypes } = exportPlan(options);
  const { model, parameters } = source;
  for (const [name, contents] of configFiles(model)) await writer.write(name, contents);
  await writer.write("run.json", savedRecord(model));
  if (options.readme !== undefined) await writer.write("README.md", options.readme);
  if (format === "onnx") return writeOnnx(source, writer, dtypes, options);
  const [dtype] = dtypes as [keyof typeof WEIGHT_DTYPES];
  const tensors = parameterTensors(model.specs, parameters, WEIGHT_DTYPES[dtype]);
  const path = format === "safetensors" ? "model.safetensors" : "pytorch_model.bin";
  options.onProgress?.(`writing ${path} (${dtype})`);
  let bytes = 0;
  function* counted() {
    for (const chunk of format === "safetensors" ? safetensorsChunks(tensors) : pytorchChunks(tensors)) {
      bytes += chunk.length;
      yield chunk;
    }
  }
  await writer.write(path, counted());
  return { files: [{ path, dtype, bytes }], notes: [] };
}

async function writeOnnx(
  source: ExportSource,
  writer: FileWriter,
  dtypes: readonly ExportDtype[],
  options: ExportOptions,
): Promise<ExportedModel> {
  const { model, problemType, parameters, run } = source;
  const { onProgress, signal } = options;
  const base = deployableModel(model.classifier, parameters, model.directory.config.maxPositionEmbeddings);
  const check = options.check && (await readCheck(model, problemType, options.check));
  const files: ExportedFile[] = [];
  const sessions = [];
  try {
    for (const dtype of dtypes) {
      signal?.throwIfAborted();
      const path = ONNX_FILES[dtype as keyof typeof ONNX_FILES];
      const { variant, matmuls } = await variantOf(dtype, base, source, options);
      onProgress?.(`writing ${path}`);
      const bytes = encodeOnnx(variant);
      await writer.write(path, bytes);
      files.push({ path, dtype, bytes: bytes.length, ...(matmuls && { matmuls }) });
      if (check) sessions.push(await openOnnxModel(bytes));
    }
    const notes = transformersJsNotes(model);
    if (check === undefined) return { files, notes };
    onProgress?.(
      `comparing ${files.length} ${files.length === 1 ? "file" : "files"} on ${check.examples.length} texts`,
    );
    const runs = [run, ...sessions.map((session, i) => runnerOf(session, files[i]!.path))];
    const [original, ...checks] = await checkVariants(model, problemType, check, runs, signal);
    const checked = files.map((file, i): ExportedFile => ({ ...file, check: checks[i]! }));
    return { files: checked, original: original!, notes: [...check.notes.map((message) => ({ message })), ...notes] };
  } finally {
    for (const session of sessions) await session.dispose();
  }
}

async function variantOf(
  dtype: ExportDtype,
  base: OnnxModel,
  { model, problemType }: ExportSource,
  { calibration, onProgress, signal }: ExportOptions,
): Promise<{ readonly variant: OnnxModel; readonly matmuls?: ExportedFile["matmuls"] }> {
  if (dtype === "fp32") return { variant: base };
  if (dtype === "fp16") return { variant: toFloat16(base) };
  const examples = (calibration ?? []).map(exampleOf);
  const progress = { ...(onProgress && { onProgress }), signal };
  const float =
    examples.length === 0 ? new Set<string>() : await calibrate(base, model, examples, problemType, progress);
  return { variant: toInt8(base, { float }), matmuls: { total: int8Matmuls(base).length, float: float.size } };
}
