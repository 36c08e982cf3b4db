import { Random } from "@bertie/common";
import {
  bertConfigFromJson,
  initializeParameters,
  modelFiles,
  parameterSpecs,
  parameterTensors,
  writeSafetensors,
} from "@bertie/model";
import type { Example } from "../data/examples.ts";

const words = [
  "good",
  "bad",
  "room",
  "the",
  "is",
  "very",
  "not",
  "un",
  "##clean",
  "##ly",
  "很",
  "好",
  "差",
  "房",
  "间",
  "，",
  "?",
];
export const vocabulary = `${["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...words].join("\n")}\n`;

const smallBert = {
  ...{ hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16 },
  ...{ hidden_act: "gelu", hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.1, initializer_range: 0.02 },
  ...{ vocab_size: words.length + 5, max_position_embeddings: 24, type_vocab_size: 2 },
};

/** Options of {@link tinyModel}. */
export interface TinyModelOptions {
  /** Names of the labels, in the order of their ids. @default a pre-trained model without labels */
  readonly labels?: readonly string[] | undefined;
  /** Contents of run.json. @default no run.json */
  readonly record?: Readonly<Record<string, unknown>>;
  /** Standard deviation of the weights. @default 0.5 */
  readonly spread?: number;
  /** Keys of config.json that differ from those of the small BERT. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Returns the files of a small model with random weights, by name. */
export function tinyModel(options: TinyModelOptions = {}): Map<string, Uint8Array> {
  const { labels, record, spread = 0.5 } = options;
  const config = { ...smallBert, ...options.config };
  const parsed = bertConfigFromJson(JSON.stringify(config), "config.json");
  const all = parameterSpecs(parsed, labels?.length ?? 2);
  const specs = labels ? all : all.filter(({ name }) => !name.startsWith("classifier."));
  const weights = initializeParameters(specs, spread, new Random(7, "tiny model"));
  const vocab = new TextEncoder().encode(vocabulary);
  const files = modelFiles({ config: parsed, labels: labels ?? [], vocab, lowerCase: true, maxLength: 16 });
  const encode = (contents: string | Uint8Array) =>
    typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
  return new Map([
    ...Array.from(files, ([name, contents]) => [name, encode(contents)] as const),
    ...(labels ? [] : [["config.json", encode(JSON.stringify(config))] as const]),
    ["model.safetensors", writeSafetensors(parameterTensors(specs, weights))],
    ...(record ? [["run.json", encode(JSON.stringify(record))] as const] : []),
  ]);
}

/** Returns labeled example sentences. */
export function examples(count: number): Example[] {
  return Array.from({ length: count }, (_, i) => {
    const isGood = i % 2 === 0;
    const text = `the room is ${"very ".repeat(i % 4)}${isGood ? "good" : "bad"}${i % 3 === 0 ? "，房间" : ""}`;
    return { text, label: isGood ? "good" : "bad" };
  });
}
