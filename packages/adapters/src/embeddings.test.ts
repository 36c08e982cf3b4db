import { SentenceEncoder } from "@bertie/classifier";
import { Document } from "@langchain/core/documents";
import type { EmbeddingsInterface } from "@langchain/core/embeddings";
import { FakeVectorStore } from "@langchain/core/utils/testing";
import { cosineSimilarity, type EmbeddingModel, embed, embedMany } from "ai";
import { afterAll, describe, expect, it } from "vitest";
import { aiEmbeddingModel } from "./ai-sdk.ts";
import { langchainEmbeddings } from "./langchain-embeddings.ts";

const encoder = await SentenceEncoder.load("examples/models/all-MiniLM-L6-v2");
afterAll(() => encoder.dispose());

const texts = ["The room was clean.", "Breakfast was cold.", "The station is near."];
const expected = (await encoder.embed(texts)).map((embedding) => [...embedding]);

describe("langchainEmbeddings()", () => {
  it("finds documents in a vector store of LangChain", async () => {
    const embeddings: EmbeddingsInterface = langchainEmbeddings(encoder);
    expect(await embeddings.embedDocuments(texts)).toEqual(expected);
    const store = new FakeVectorStore(embeddings);
    await store.addDocuments(texts.map((pageContent) => new Document({ pageContent })));
    const [best] = await store.similaritySearch("tidy rooms", 1);
    expect(best!.pageContent).toBe(texts[0]);
    const [document] = await store.asRetriever(1).invoke("eggs and coffee");
    expect(document!.pageContent).toBe(texts[1]);
  });

  it("uses different options for documents and queries", async () => {
    const embeddings = langchainEmbeddings(encoder, { documents: { truncateDim: 8 }, queries: { prompt: "query: " } });
    expect((await embeddings.embedDocuments(texts)).map(({ length }) => length)).toEqual([8, 8, 8]);
    expect(await embeddings.embedQuery("a")).toEqual([...(await encoder.embed("query: a"))]);
  });
});

describe("aiEmbeddingModel()", () => {
  const model = aiEmbeddingModel(encoder) satisfies EmbeddingModel;

  it("returns embeddings and token counts to embed() and embedMany()", async () => {
    const { embeddings, usage, values } = await embedMany({ model, values: texts });
    expect(embeddings).toEqual(expected);
    expect(values).toEqual(texts);
    expect(usage.tokens).toBe(texts.reduce((sum, text) => sum + encoder.tokenizer.encode(text).ids.length, 0));
    const { embedding } = await embed({ model, value: "tidy rooms" });
    const scores = embeddings.map((each) => cosineSimilarity(embedding, each));
    expect(scores.indexOf(Math.max(...scores))).toBe(0);
  });

  it("counts the tokens of prompts, and not the ones that are truncated", async () => {
    const prompted = aiEmbeddingModel(encoder, { prompt: "query: " });
    const { embedding, usage } = await embed({ model: prompted, value: "a" });
    expect(usage.tokens).toBe(encoder.tokenizer.encode("query: a").ids.length);
    expect(embedding).toEqual([...(await encoder.embed("query: a"))]);
    const long = await embed({ model, value: "a ".repeat(1000) });
    expect(long.usage.tokens).toBe(encoder.maxLength);
  });

  it("takes options of a call, checks them, and can be canceled", async () => {
    const call = (bertie: { [name: string]: string | number }) =>
      embed({ model, value: "a", providerOptions: { bertie } });
    expect((await call({ truncateDim: 8 })).embedding).toHaveLength(8);
    await expect(call({ dimensions: 8 })).rejects.toMatchObject({ code: "options/unknown" });
    await expect(call({ truncateDim: "8" })).rejects.toMatchObject({ code: "options/value" });
    await expect(call({ promptName: "passage" })).rejects.toMatchObject({ code: "options/prompt" });
    const abortSignal = AbortSignal.abort(new Error("canceled"));
    await expect(embed({ model, value: "a", abortSignal })).rejects.toThrow("canceled");
  });
});
