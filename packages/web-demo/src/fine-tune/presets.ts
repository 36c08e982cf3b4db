import { type StartName, startFacts } from "./start-names.ts";

/** Numbers of the form by the ids of their fields. */
export const numberFields = [
  "rows",
  "held-out",
  "epochs",
  "batch-size",
  "learning-rate",
  "train-max-length",
  "frozen",
] as const;
export type NumberField = (typeof numberFields)[number];
export type Numbers = Readonly<Record<NumberField, number>>;

export const presetNames = ["quick", "balanced", "thorough"] as const;
export type PresetName = (typeof presetNames)[number];

/** Maximum number of training rows of the field. */
const ALL_ROWS = 1_000_000;
/** Settings for a base model with pre-trained weights. Quick trains only the last layer, hence at a higher rate. */
const PRETRAINED: Readonly<Record<PresetName, Omit<Numbers, "frozen">>> = {
  quick: numbersOf({ rows: 800, heldOut: 200, epochs: 1, learningRate: 5e-4, length: 32 }),
  balanced: numbersOf({ rows: 2000, heldOut: 400, epochs: 1, learningRate: 1e-4, length: 64 }),
  thorough: numbersOf({ rows: ALL_ROWS, heldOut: 1000, epochs: 3, learningRate: 5e-5, length: 128 }),
};
/** A tiny model from scratch needs more steps and a higher rate, and each step is short. */
const SCRATCH: Readonly<Record<PresetName, Omit<Numbers, "frozen">>> = {
  quick: numbersOf({ rows: 2000, heldOut: 200, epochs: 3, learningRate: 3e-4, length: 32 }),
  balanced: numbersOf({ rows: 4000, heldOut: 400, epochs: 6, learningRate: 3e-4, length: 64 }),
  thorough: numbersOf({ rows: ALL_ROWS, heldOut: 1000, epochs: 10, learningRate: 3e-4, length: 128 }),
};

function numbersOf(values: {
  readonly rows: number;
  readonly heldOut: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly length: number;
}): Omit<Numbers, "frozen"> {
  const { rows, heldOut, epochs, learningRate, length } = values;
  return {
    ...{ rows, "held-out": heldOut, epochs, "batch-size": 16 },
    ...{ "learning-rate": learningRate, "train-max-length": length },
  };
}

/** Returns the settings of a preset for a base model. */
export function presetNumbers(preset: PresetName, start: StartName): Numbers {
  const numbers = start === "tiny" ? SCRATCH[preset] : PRETRAINED[preset];
  const frozen = preset === "quick" && start !== "tiny" ? startFacts[start].layers - 1 : 0;
  // The last layer of MiniLM needs more rows to reach the accuracy of bge on the reviews.
  return { ...numbers, ...(frozen > 0 && start === "minilm" && { rows: 1600 }), frozen };
}
