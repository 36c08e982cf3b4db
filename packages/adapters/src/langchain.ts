import { type BertTokenizer, splitText, type TextChunk } from "@bertie/tokenizer-wasm";
import { Document } from "@langchain/core/documents";
import { TextSplitter, type TextSplitterChunkHeaderOptions, type TextSplitterParams } from "@langchain/textsplitters";

/** Options of {@link BertTextSplitter}. */
export type BertTextSplitterFields = {
  /** Tokenizer of the model that reads the chunks. */
  readonly tokenizer: BertTokenizer;
  /** Maximum number of tokens per chunk, with `[CLS]` and `[SEP]` unless `addSpecialTokens` is false. */
  readonly chunkSize: number;
  /** Maximum number of tokens that a chunk repeats from the previous chunk, at most half of `chunkSize`. @default 0 */
  readonly chunkOverlap?: number | undefined;
  /** Whether `chunkSize` includes `[CLS]` and `[SEP]`. @default true */
  readonly addSpecialTokens?: boolean | undefined;
  /** Language of the texts, such as "el". @default the rules of Unicode for all languages */
  readonly locale?: string | undefined;
};

/** Metadata of documents, of the type that LangChain uses. */
type Metadata = Document["metadata"];

/**
 * Text splitter of LangChain.js whose chunks have at most `chunkSize` tokens, and end at sentences where possible, as those
 * of `splitText()`. All methods of LangChain's splitters work, such as `splitDocuments()`, `transformDocuments()` and `pipe()`.
 *
 * The field `loc` of the metadata has the lines of a chunk, as with LangChain's own splitters, and its offsets in UTF-16 code
 * units: `{ lines: { from, to }, start, end }`.
 *
 * The methods throw the errors of `splitText()`.
 *
 * @example
 * ```ts
 * import { BertTextSplitter } from "@bertie/adapters/langchain";
 * import { BertTokenizer } from "@bertie/tokenizer-wasm";
 *
 * const tokenizer = await BertTokenizer.fromPretrained("examples/models/all-MiniLM-L6-v2");
 * const splitter = new BertTextSplitter({ tokenizer, chunkSize: 12 });
 * const documents = await splitter.createDocuments(["The room was clean. Breakfast was cold. The staff was friendly."]);
 * console.log(documents[1]); // { pageContent: "The staff was friendly.", metadata: { loc: { lines: …, start: 40, end: 63 } } }
 * ```
 */
export class BertTextSplitter extends TextSplitter {
  readonly #fields: BertTextSplitterFields;

  /**
   * @throws BertieError "options/value" if an option is out of range
   */
  constructor(fields: BertTextSplitterFields) {
    super(paramsOf(fields));
    this.#fields = fields;
  }

  static override lc_name(): string {
    return "BertTextSplitter";
  }

  /** Returns the chunks of a text. */
  override async splitText(text: string): Promise<string[]> {
    return this.#split(text).map(({ text }) => text);
  }

  /** Returns the chunks of texts as documents, with the metadata of their text. */
  override async createDocuments(
    texts: string[],
    metadatas: Metadata[] = [],
    chunkHeaderOptions: TextSplitterChunkHeaderOptions = {},
  ): Promise<Document[]> {
    const { chunkHeader = "", chunkOverlapHeader = "(cont'd) ", appendChunkOverlapHeader = false } = chunkHeaderOptions;
    return texts.flatMap((text, i) => {
      const lines = createLineCounter(text);
      return this.#split(text).map(({ text, start, end }, index) => {
        const continued = appendChunkOverlapHeader && index > 0 ? chunkOverlapHeader : "";
        const metadata = metadatas[i] ?? {};
        const loc = { ...metadata.loc, lines: { from: lines(start), to: lines(end) }, start, end };
        return new Document({ pageContent: chunkHeader + continued + text, metadata: { ...metadata, loc } });
      });
    });
  }

  #split(text: string): TextChunk[] {
    return split(text, this.#fields);
  }
}

function split(text: string, fields: BertTextSplitterFields): TextChunk[] {
  const { tokenizer, chunkSize: maxTokens, chunkOverlap: overlap, addSpecialTokens, locale } = fields;
  return splitText(tokenizer, text, { maxTokens, overlap, addSpecialTokens, locale });
}

/** Checks the fields, and returns the fields of LangChain's splitters. */
function paramsOf(fields: BertTextSplitterFields): TextSplitterParams {
  split("", fields);
  const { tokenizer, chunkSize, chunkOverlap = 0, addSpecialTokens } = fields;
  const count = (text: string) => tokenizer.encodeBatch([text], { addSpecialTokens, padding: false }).ids.length;
  return { chunkSize, chunkOverlap, keepSeparator: true, lengthFunction: count };
}

/** Returns a function that returns the line of a position, from 1. Positions may be at most one chunk apart. */
function createLineCounter(text: string): (position: number) => number {
  let [at, line] = [0, 1];
  return (position) => {
    while (at < position) if (text.charCodeAt(at++) === 0x0a) line++;
    while (at > position) if (text.charCodeAt(--at) === 0x0a) line--;
    return line;
  };
}
