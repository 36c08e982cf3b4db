import type { ErrorCode } from "@bertie/common";
import type { Examples } from "../data/examples.ts";
import type { Text } from "../text-classifier-options.ts";

/** Formats of an exported model. */
export const exportFormats = ["onnx", "safetensors", "pytorch"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Data types of exported weights. */
export const exportDtypes = ["fp32", "fp16", "bf16", "int8"] as const;
export type ExportDtype = (typeof exportDtypes)[number];

/** Options of `TextClassifier.export()`. */
export interface ExportOptions {
  /**
   * Format of the weights: "onnx" for transformers.js, optimum and ONNX Runtime; "safetensors" or "pytorch" (a
   * `pytorch_model.bin`) for transformers. @default "onnx"
   */
  readonly format?: ExportFormat;
  /**
   * Data types of the weights: for ONNX any of fp32, fp16 and int8, each in its own file; for other formats one of fp32, fp16
   * and bf16.
   * @default fp32, fp16 and int8 for ONNX, otherwise fp32
   */
  readonly dtypes?: readonly ExportDtype[];
  /**
   * Texts like the ones to classify, from which the matrix multiplications are chosen that int8 computes in float32.
   * 64 of them are used. @default all multiplications are computed in 8 bits
   */
  readonly calibration?: readonly Text[];
  /** Labeled examples on which each ONNX file is compared with the classifier. @default no comparison */
  readonly check?: Examples;
  /** Contents of README.md, the model card. @default no model card */
  readonly readme?: string | Uint8Array | undefined;
  /** Whether the contents of the target may be replaced. @default false */
  readonly overwrite?: boolean;
  /** Receives a line before each step that takes time. */
  readonly onProgress?: (step: string) => void;
  /** Signal that cancels the export; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Comparison of an exported file with the classifier. */
export interface ExportCheck {
  /** Number of texts. */
  readonly examples: number;
  /** Fraction of texts that are classified correctly, from 0 to 1; undefined in regression. */
  readonly accuracy: number | undefined;
  /** Number of texts with another predicted label than the classifier's; undefined in regression. */
  readonly changed: number | undefined;
  /** Largest difference of a probability, or of a value in regression. */
  readonly largestDifference: number;
  /** Time per text in milliseconds. */
  readonly msPerText: number;
}

/** File of exported weights. */
export interface ExportedFile {
  /** Path in the target, such as `onnx/model.onnx`. */
  readonly path: string;
  readonly dtype: ExportDtype;
  /** Size in bytes. */
  readonly bytes: number;
  /** int8: number of matrix multiplications, and how many of them are computed in float32. */
  readonly matmuls?: { readonly total: number; readonly float: number };
  /** Comparison with the classifier; present if examples were given. */
  readonly check?: ExportCheck;
}

/** Note about an export. */
export interface ExportNote {
  readonly message: string;
  /** Kind of the note, for programs that translate messages. */
  readonly code?: ErrorCode;
}

/** Result of `TextClassifier.export()`. */
export interface ExportedModel {
  readonly files: readonly ExportedFile[];
  /** Accuracy and time of the classifier itself on the examples of the check. */
  readonly original?: ExportCheck;
  /** Notes about the table of the check, and about what transformers.js does differently, one line per note. */
  readonly notes: readonly ExportNote[];
}
