import { BertTokenizer, splitText } from "@bertie/tokenizer-wasm";
import { Document } from "@langchain/core/documents";
import { RunnableLambda } from "@langchain/core/runnables";
import { TextSplitter } from "@langchain/textsplitters";
import { describe, expect, it } from "vitest";
import { BertTextSplitter } from "./langchain.ts";

const tokenizer = await BertTokenizer.fromPretrained("examples/models/all-MiniLM-L6-v2");
const text =
  "# Rooms\n\nThe room was clean.\nIt was large. The bed was soft.\n\nBreakfast was cold. The staff was friendly.";

/** Splits by Bertie, but creates documents by LangChain's own code. */
class PlainSplitter extends TextSplitter {
  override async splitText(text: string): Promise<string[]> {
    return splitText(tokenizer, text, { maxTokens: this.chunkSize, overlap: this.chunkOverlap }).map(
      ({ text }) => text,
    );
  }
}

describe("BertTextSplitter", () => {
  it.each([
    [12, 0],
    [16, 6],
    [24, 0],
  ])(
    "creates documents as LangChain does, with offsets: chunks of %d tokens, overlap %d",
    async (chunkSize, chunkOverlap) => {
      const ours = new BertTextSplitter({ tokenizer, chunkSize, chunkOverlap });
      const plain = new PlainSplitter({ chunkSize, chunkOverlap });
      const texts = [text, `\n\n${text}`, ""];
      const metadatas = [{ source: "a", loc: { page: 1 } }, { source: "b" }, {}];
      const headers = { chunkHeader: "HOTEL\n", chunkOverlapHeader: "… ", appendChunkOverlapHeader: true };
      for (const options of [{}, headers]) {
        const documents = await ours.createDocuments(texts, metadatas, options);
        const withoutOffsets = documents.map(({ pageContent, metadata }) => {
          const { start, end, ...loc } = metadata.loc;
          const source = metadata.source === "a" ? texts[0]! : texts[1]!;
          expect(pageContent.endsWith(source.slice(start, end))).toBe(true);
          expect(tokenizer.encode(source.slice(start, end)).ids.length).toBeLessThanOrEqual(chunkSize);
          return { pageContent, metadata: { ...metadata, loc } };
        });
        const expected = await plain.createDocuments(texts, metadatas, options);
        expect(withoutOffsets).toEqual(expected.map(({ pageContent, metadata }) => ({ pageContent, metadata })));
        expect(documents.length).toBeGreaterThan(1);
      }
    },
  );

  it("gives the lines of a chunk that occurs in the previous chunk, too", async () => {
    const splitter = new BertTextSplitter({ tokenizer, chunkSize: 6 });
    const documents = await splitter.createDocuments(["No no no.\n\nNo no.\n\nNo no no."]);
    expect(documents.map(({ metadata }) => metadata.loc.lines)).toEqual([
      { from: 1, to: 1 },
      { from: 3, to: 3 },
      { from: 5, to: 5 },
    ]);
  });

  it("is one of LangChain's splitters and runnables", async () => {
    const splitter = new BertTextSplitter({ tokenizer, chunkSize: 12 });
    expect(splitter).toBeInstanceOf(TextSplitter);
    const documents = [new Document({ pageContent: text, metadata: { id: 7 } })];
    const split = await splitter.splitDocuments(documents);
    expect(split.map(({ pageContent }) => pageContent)).toEqual(await splitter.splitText(text));
    expect(split.every((document) => document instanceof Document && document.metadata.id === 7)).toBe(true);
    expect(await splitter.transformDocuments(documents)).toEqual(split);
    const count = splitter.pipe(RunnableLambda.from((documents: Document[]) => documents.length));
    expect(await count.invoke(documents)).toBe(split.length);
    expect(await splitter.lengthFunction("The room was clean.")).toBe(7);
  });

  it("checks its options", () => {
    const create = (fields: object) => () => new BertTextSplitter({ tokenizer, chunkSize: 12, ...fields });
    expect(create({ chunkSize: 0 })).toThrow(expect.objectContaining({ code: "options/value" }));
    expect(create({ chunkOverlap: 6 })).toThrow(expect.objectContaining({ code: "options/value" }));
    expect(create({ locale: "not a tag" })).toThrow(expect.objectContaining({ code: "options/value" }));
  });
});
