import type { Embedder, EmbedderOptions } from "./embedder.ts";

/** Options of {@link langchainEmbeddings}. */
export type LangChainEmbeddingsOptions = {
  /** Options for documents, such as a prompt. */
  readonly documents?: EmbedderOptions | undefined;
  /** Options for queries, such as `{ promptName: "query" }`. */
  readonly queries?: EmbedderOptions | undefined;
};

/** The `EmbeddingsInterface` of @langchain/core. */
export type LangChainEmbeddings = {
  /** Returns one embedding per document. */
  readonly embedDocuments: (documents: string[]) => Promise<number[][]>;
  /** Returns the embedding of a query. */
  readonly embedQuery: (query: string) => Promise<number[]>;
};

/**
 * Returns an object with the `EmbeddingsInterface` of LangChain.js, which vector stores and retrievers take, that computes
 * embeddings with a `SentenceEncoder`. The methods throw the errors of `SentenceEncoder.embed()`.
 *
 * @example
 * ```ts
 * import { langchainEmbeddings } from "@bertie/adapters";
 * import { SentenceEncoder } from "bertie";
 *
 * await using encoder = await SentenceEncoder.load("examples/models/all-MiniLM-L6-v2");
 * const embeddings = langchainEmbeddings(encoder);
 * console.log((await embeddings.embedQuery("Is the room clean?")).length); // 384
 * ```
 */
export function langchainEmbeddings(encoder: Embedder, options: LangChainEmbeddingsOptions = {}): LangChainEmbeddings {
  const embed = async (texts: readonly string[], options: EmbedderOptions | undefined) =>
    (await encoder.embed(texts, options)).map((embedding) => [...embedding]);
  return {
    embedDocuments: (documents) => embed(documents, options.documents),
    embedQuery: async (query) => (await embed([query], options.queries))[0]!,
  };
}
