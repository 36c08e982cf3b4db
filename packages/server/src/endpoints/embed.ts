import type { SentenceEncoder } from "@bertie/classifier";
import { HttpError, invalidField } from "../http-error.ts";
import { embeddingKey } from "../loaded-model.ts";
import {
  checkText,
  type Fields,
  readArray,
  readBoolean,
  readChoice,
  readInteger,
  readString,
  readTexts,
} from "../request-body.ts";
import { type Answer, type Call, countCharacters, type Endpoint, mean, requireKind } from "./endpoint.ts";
import { readTruncation, tooManyTokens } from "./predict.ts";

/** Computes sentence embeddings, with the requests and responses of text-embeddings-inference. */
export const embed: Endpoint = {
  path: "/embed",
  kinds: ["encoder"],
  async handle(call) {
    const { fields, limits } = call;
    requireKind(call, "encoder");
    const { texts } = readTexts(fields, "inputs", limits);
    const normalize = readBoolean(fields, "normalize") ?? true;
    const { embeddings, ...facts } = await computeEmbeddings(call, texts, { normalize, options: fields });
    return { body: embeddings.map((each) => [...each]), ...facts };
  },
};

/** Compares a text with others, by the cosine of their embeddings. */
export const similarity: Endpoint = {
  path: "/similarity",
  kinds: ["encoder"],
  async handle(call) {
    const { fields, limits } = call;
    requireKind(call, "encoder");
    const inputs = readObject(fields, "inputs");
    const source = checkText(inputs.source_sentence, "inputs.source_sentence", limits);
    const sentences = readArray(inputs, "sentences", "an array of strings", limits).map((text, i) =>
      checkText(text, `inputs.sentences[${i}]`, limits),
    );
    const options = fields.parameters == null ? {} : readObject(fields, "parameters");
    const { embeddings, ...facts } = await computeEmbeddings(call, [source, ...sentences], {
      normalize: true,
      options,
    });
    const [first, ...others] = embeddings;
    return { body: others.map((each) => each.reduce((sum, value, i) => sum + value * first![i]!, 0)), ...facts };
  },
};

/** Computes sentence embeddings, with the requests and responses of OpenAI. */
export const openAiEmbeddings: Endpoint = {
  path: "/v1/embeddings",
  kinds: ["encoder"],
  // Clients have to send a name, and usually send the one of another service.
  ignoresUnknownModel: true,
  async handle(call) {
    const { fields, limits, name } = call;
    requireKind(call, "encoder");
    const { texts } = readTexts(fields, "input", limits);
    const format = readChoice(fields, "encoding_format", ["float", "base64"]) ?? "float";
    const { embeddings, ...facts } = await computeEmbeddings(call, texts, { normalize: true, options: fields });
    const data = embeddings.map((values, index) => {
      const embedding = format === "float" ? [...values] : base64(values);
      return { object: "embedding", index, embedding };
    });
    const usage = { prompt_tokens: facts.tokens, total_tokens: facts.tokens };
    return { body: { object: "list", data, model: name, usage }, ...facts };
  },
};

interface EmbeddingRequest {
  readonly normalize: boolean;
  /** Object with the fields that say how texts are truncated, and which prompt precedes them. */
  readonly options: Fields;
}

/** Computes the embeddings of texts in batches that they share with other requests. */
async function computeEmbeddings(
  call: Call,
  texts: readonly string[],
  { normalize, options }: EmbeddingRequest,
): Promise<Omit<Answer, "body"> & { readonly embeddings: readonly Float32Array[] }> {
  const { encoder, queue } = requireKind(call, "encoder");
  const start = performance.now();
  const { truncate, truncationSide } = readTruncation(options, call.autoTruncate);
  const { promptName, prompt } = readPrompt(options, encoder);
  const dimensions = readInteger(options, "dimensions", 1);
  if (dimensions !== undefined && dimensions > encoder.dimension)
    throw invalidField(`"dimensions" is ${dimensions}: the model has ${encoder.dimension}.`);
  const lengths = Array.from(encoder.tokenizer.encodeBatch(texts.map((text) => prompt + text)).lengths);
  const long = lengths.findIndex((length) => length > encoder.maxLength);
  if (long >= 0 && !truncate) throw tooManyTokens(lengths[long]!, encoder.maxLength, long);
  if (long >= 0 && truncationSide === "left") {
    const text = `text ${long + 1} has ${lengths[long]} tokens, more than ${encoder.maxLength}, and embeddings cannot be truncated on the left. Shorten the text.`;
    throw new HttpError(422, "Tokenizer", text);
  }
  const tokenizeMs = performance.now() - start;
  const key = embeddingKey({ normalize, promptName, truncateDim: dimensions });
  const items = texts.map((input, i) => ({ input, length: Math.min(lengths[i]!, encoder.maxLength), rows: 1, key }));
  const results = await queue.add(items, call.signal);
  return {
    embeddings: results.map(({ output }) => output),
    texts: texts.length,
    tokens: items.reduce((sum, { length }) => sum + length, 0),
    characters: countCharacters(texts),
    tokenizeMs,
    queueMs: mean(results.map(({ queueMs }) => queueMs)),
    computeMs: mean(results.map(({ computeMs }) => computeMs)),
  };
}

/** Reads the name of the prompt that precedes the texts. Without a name, it is the default prompt of the model. */
export function readPrompt(
  fields: Fields,
  { prompts, defaultPromptName }: Pick<SentenceEncoder, "prompts" | "defaultPromptName">,
) {
  const promptName = readString(fields, "prompt_name") ?? defaultPromptName;
  if (promptName === undefined) return { promptName, prompt: "" };
  if (Object.hasOwn(prompts, promptName)) return { promptName, prompt: prompts[promptName]! };
  // Clients read the names from the message.
  const text = `the model has no prompt "${promptName}". Available prompts: ${JSON.stringify(Object.keys(prompts))}`;
  throw invalidField(text);
}

function readObject(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalidField(`"${name}" is ${value === undefined ? "missing" : "not an object"}: expected an object.`);
}

/** Returns float32 values as little-endian bytes in base64. */
function base64(values: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) bytes.setFloat32(4 * i, value, true);
  return btoa(Array.from(new Uint8Array(bytes.buffer), (byte) => String.fromCharCode(byte)).join(""));
}
