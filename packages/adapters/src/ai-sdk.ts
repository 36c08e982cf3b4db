import { BertieError } from "@bertie/common";
import type { Embedder, EmbedderOptions } from "./embedder.ts";

/** Options of {@link aiEmbeddingModel}, which the field `bertie` of `providerOptions` overrides for a call. */
export type AiEmbeddingOptions = Omit<EmbedderOptions, "signal">;

/** An `EmbeddingModelV3` of the AI SDK, which versions 6 and 7 accept. */
export type AiEmbeddingModel = {
  readonly specificationVersion: "v3";
  readonly provider: "bertie";
  readonly modelId: string;
  /** Infinity: texts are batched by the encoder. */
  readonly maxEmbeddingsPerCall: number;
  readonly supportsParallelCalls: true;
  readonly doEmbed: (call: AiEmbedCall) => Promise<AiEmbedResult>;
};

/** Arguments of `doEmbed()`. */
export type AiEmbedCall = {
  readonly values: readonly string[];
  readonly abortSignal?: AbortSignal | undefined;
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
};

/** Result of `doEmbed()`. */
export type AiEmbedResult = {
  /** One embedding per value. */
  readonly embeddings: number[][];
  /** Number of tokens of all values after truncation, with prompts and special tokens. */
  readonly usage: { readonly tokens: number };
  /** Always empty. */
  readonly warnings: [];
};

const types = { normalize: "boolean", truncateDim: "number", prompt: "string", promptName: "string" } as const;

/**
 * Returns an embedding model for the functions `embed()` and `embedMany()` of the AI SDK (package `ai`, versions 6 and 7)
 * that computes embeddings with a `SentenceEncoder`. Calls throw the errors of `SentenceEncoder.embed()`, and BertieError
 * "options/unknown" or "options/value" for invalid `providerOptions.bertie`.
 *
 * @param options prompts, normalization and dimensions; `providerOptions: { bertie: { … } }` overrides them for a call
 *
 * @example
 * ```ts
 * import { aiEmbeddingModel } from "@bertie/adapters";
 * import { SentenceEncoder } from "bertie";
 *
 * await using encoder = await SentenceEncoder.load("examples/models/all-MiniLM-L6-v2");
 * const model = aiEmbeddingModel(encoder);
 * // With import { embedMany } from "ai": await embedMany({ model, values })
 * const { embeddings, usage } = await model.doEmbed({ values: ["The room was clean.", "Breakfast was cold."] });
 * console.log(embeddings.length, usage.tokens); // 2 13
 * ```
 */
export function aiEmbeddingModel(encoder: Embedder, options: AiEmbeddingOptions = {}): AiEmbeddingModel {
  const doEmbed = async ({ values, abortSignal, providerOptions }: AiEmbedCall): Promise<AiEmbedResult> => {
    const own = checkOptions(providerOptions?.bertie ?? {});
    const embeddings = await encoder.embed(values, { ...options, ...own, signal: abortSignal });
    const tokens = countTokens(encoder, values, { ...options, ...own });
    return { embeddings: embeddings.map((embedding) => [...embedding]), usage: { tokens }, warnings: [] };
  };
  return {
    specificationVersion: "v3",
    provider: "bertie",
    modelId: encoder.name,
    maxEmbeddingsPerCall: Number.POSITIVE_INFINITY,
    supportsParallelCalls: true,
    doEmbed,
  };
}

/** Checks options that are passed through the AI SDK, which does not know their types. */
function checkOptions(given: Readonly<Record<string, unknown>>): AiEmbeddingOptions {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(types, name)) {
      const text = `providerOptions.bertie has the unknown field "${name}": expected ${Object.keys(types).join(", ")}. Remove the field, or correct its name.`;
      throw new BertieError("options/unknown", text);
    }
    const expected = types[name as keyof typeof types];
    if (value === undefined || typeof value === expected) continue;
    const text = `providerOptions.bertie.${name} is of type ${typeof value}: expected a ${expected}. Pass a ${expected}.`;
    throw new BertieError("options/value", text);
  }
  return given;
}

function countTokens(encoder: Embedder, values: readonly string[], options: AiEmbeddingOptions): number {
  const { prompts, defaultPromptName, maxLength, tokenizer } = encoder;
  const name = options.promptName ?? defaultPromptName;
  const prompt = options.prompt ?? (name === undefined ? "" : (prompts[name] ?? ""));
  const texts = values.map((value) => prompt + value);
  return tokenizer.encodeBatch(texts, { maxLength, padding: false }).ids.length;
}
