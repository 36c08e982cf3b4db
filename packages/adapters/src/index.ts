export { type AiEmbeddingModel, type AiEmbeddingOptions, aiEmbeddingModel } from "./ai-sdk.ts";
export type { Embedder, EmbedderOptions } from "./embedder.ts";
export {
  type LangChainEmbeddings,
  type LangChainEmbeddingsOptions,
  langchainEmbeddings,
} from "./langchain-embeddings.ts";
