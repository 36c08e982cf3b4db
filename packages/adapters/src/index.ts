export {
  type AiEmbedCall,
  type AiEmbeddingModel,
  type AiEmbeddingOptions,
  type AiEmbedResult,
  aiEmbeddingModel,
} from "./ai-sdk.ts";
export type { Embedder, EmbedderOptions } from "./embedder.ts";
export {
  type LangChainEmbeddings,
  type LangChainEmbeddingsOptions,
  langchainEmbeddings,
} from "./langchain-embeddings.ts";
