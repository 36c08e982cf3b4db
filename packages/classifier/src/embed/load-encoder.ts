import { BertieError } from "@bertie/common";
import {
  type FileSource,
  filePath,
  loadEncoderParameters,
  locateModel,
  type ModelDirectory,
  requireVocab,
  subfolder,
} from "@bertie/model";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import { checkCount } from "../check-options.ts";
import { type ModelInput, openModelInput } from "../model-input.ts";
import { modelTokenizer } from "../model-tokenizer.ts";
import { readModel } from "../model-vocabulary.ts";
import { type OpenInference, openInference } from "../open-inference.ts";
import { checkLength } from "../run/prepare.ts";
import type { EncoderOptions } from "./options.ts";
import { type PoolingMode, poolingModes, type SentenceHead, sentenceModel, stepValues } from "./pooling.ts";
import { type DirectoryHead, readHead } from "./read-head.ts";
import { readSentenceSettings, type SentenceSettings } from "./read-sentence-settings.ts";

/** Sentence encoder that is loaded into an executor. */
export interface LoadedEncoder extends OpenInference {
  readonly name: string;
  readonly settings: SentenceSettings;
  readonly tokenizer: BertTokenizer;
  readonly maxLength: number;
  readonly batchSize: number | undefined;
  readonly pooling: readonly PoolingMode[];
  readonly poolsPrompt: boolean;
  /** Where the pooling comes from, for messages. */
  readonly poolingSource: string;
  /** Number of values that the model computes per text. */
  readonly width: number;
  /** Whether the last module of the directory normalizes embeddings; this is not part of the inference. */
  readonly normalizes: boolean;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** Loads a sentence encoder, see `SentenceEncoder.load()`. */
export async function loadEncoder(input: ModelInput, options: EncoderOptions): Promise<LoadedEncoder> {
  checkCount("maxLength", options.maxLength, 3);
  checkCount("batchSize", options.batchSize);
  const opened = await openModelInput(input);
  const source = await locateModel(opened.source);
  const read = await readHead(source);
  const { pooling, poolsPrompt, poolingSource } = choosePooling(source, read, options);
  const encoder = read.encoder === "" ? source : subfolder(source, read.encoder);
  const settings = await readSentenceSettings(source, encoder);
  const directory = await readModel(encoder);
  options.signal?.throwIfAborted();
  requireVocab(directory);
  const { specs, parameters, ignored, hasHead } = loadEncoderParameters(directory);
  const { lowercase, tokenizerDirectory } = chooseCase(directory, settings, options);
  if (options.maxLength !== undefined) checkLength(options.maxLength, directory);
  const { hiddenSize, maxPositionEmbeddings } = directory.config;
  const maxLength = options.maxLength ?? Math.min(settings.maxLength ?? maxPositionEmbeddings, maxPositionEmbeddings);
  const tokenizerOfModel = modelTokenizer(tokenizerDirectory, lowercase);
  const tokenizer = await tokenizerOfModel.get();

  const normalizes = read.steps.at(-1)?.type === "normalize";
  const steps = normalizes ? read.steps.slice(0, -1) : read.steps;
  const head: SentenceHead = { pooling, poolsPrompt, steps };
  const width = widthOf(head, hiddenSize, source);
  const values = new Map([...parameters, ...stepValues(steps)]);
  const inference = await openInference(options, sentenceModel(directory.config, specs, head), values, maxLength);
  const { weights = directory.name } = directory.files;
  const shown = ignored.slice(0, 6).join(", ");
  return {
    ...inference,
    ...{ name: directory.name, settings, tokenizer, maxLength, batchSize: options.batchSize },
    ...{ pooling, poolsPrompt, poolingSource, width, normalizes },
    notes: [
      ...inference.notes,
      `pooling ${pooling.join("+")} (${poolingSource})`,
      ...(hasHead ? [`${weights}: an encoder does not use the classifier or other head of the model`] : []),
    ],
    warnings: [
      ...opened.warnings,
      ...directory.warnings,
      ...tokenizerOfModel.warnings(),
      ...(ignored.length > 0
        ? [
            `${weights}: ignored ${ignored.length === 1 ? "1 tensor" : `${ignored.length} tensors`} that an encoder does not use: ${shown}`,
          ]
        : []),
    ],
  };
}

/** Returns the pooling of the options, or else of the directory. */
function choosePooling(source: FileSource, read: DirectoryHead, { pooling }: EncoderOptions) {
  const { poolsPrompt, poolingFile } = read;
  if (pooling !== undefined) {
    const modes = typeof pooling === "string" ? [pooling] : pooling;
    const unknown = modes.length === 0 ? "" : modes.find((mode) => !poolingModes.includes(mode));
    if (unknown !== undefined) {
      const text = `pooling (--pooling) is "${unknown}": expected ${poolingModes.join(", ")}.`;
      throw new BertieError("options/value", text);
    }
    return { pooling: modes, poolsPrompt, poolingSource: "set by the caller" };
  }
  const name = filePath(source, "modules.json");
  const poolingSource = poolingFile ?? `the default: there is no ${name}`;
  return { pooling: read.pooling, poolsPrompt, poolingSource };
}

/** Returns whether texts are lowercased, and the directory with the settings of the tokenizer for that. */
function chooseCase(directory: ModelDirectory, settings: SentenceSettings, options: EncoderOptions) {
  const isForced = options.lowercase === undefined && settings.lowercase && directory.lowerCase === false;
  const lowercase = isForced || (options.lowercase ?? directory.lowerCase ?? settings.lowercase);
  if (!isForced) return { lowercase, tokenizerDirectory: directory };
  // sentence-transformers lowercases before a cased tokenizer, which keeps accents.
  const tokenizer = { ...directory.tokenizer, stripAccents: directory.tokenizer?.stripAccents ?? false };
  return { lowercase, tokenizerDirectory: { ...directory, lowerCase: true, tokenizer } };
}

/** Returns the number of values per text after all steps, and checks that the sizes of the layers match. */
function widthOf({ pooling, steps }: SentenceHead, hiddenSize: number, source: FileSource): number {
  let width = pooling.length * hiddenSize;
  for (const step of steps) {
    if (step.type !== "dense") continue;
    const inputs = step.weight.length / step.bias.length;
    if (inputs !== width) {
      const text = `${filePath(source, step.name)}: the Dense module has ${inputs} inputs, but receives ${width} values per text. Use the pooling that the model was trained with.`;
      throw new BertieError("weights/shape-mismatch", text);
    }
    width = step.bias.length;
  }
  return width;
}
