import minilmBytes from "../../../../examples/models/all-MiniLM-L6-v2/model.safetensors?size";
import bgeBytes from "../../../../examples/models/bge-small-zh-v1.5/model.safetensors?size";
import type { TextLanguage } from "../page/text-language.ts";

/** Base model to fine-tune. */
export type StartName = "bge" | "minilm" | "tiny";

/** Facts about a base model. */
interface StartFacts {
  /** Size of the weights in bytes; 0 for a model that starts with random weights. */
  readonly bytes: number;
  readonly layers: number;
  /** Language of the pre-training. */
  readonly language: TextLanguage | undefined;
}

export const startFacts: Readonly<Record<StartName, StartFacts>> = {
  bge: { bytes: bgeBytes, layers: 4, language: "zh" },
  minilm: { bytes: minilmBytes, layers: 6, language: "en" },
  tiny: { bytes: 0, layers: 2, language: undefined },
};
