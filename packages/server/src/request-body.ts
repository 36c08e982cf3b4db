import { concatenate } from "@bertie/common";
import type { Context } from "hono";
import { HttpError, invalidField, tooLarge } from "./http-error.ts";
import type { Limits } from "./options.ts";

/** Members of a JSON object that a client sent. */
export type Fields = Readonly<Record<string, unknown>>;

/** Text, or pair of texts. */
export type Sequence = string | { readonly text: string; readonly pair: string };

/** Texts of a request, and whether the client sent a single text instead of an array. */
export interface Inputs<T> {
  readonly isSingle: boolean;
  readonly texts: readonly T[];
}

/**
 * Reads the JSON object in the body of a request.
 *
 * @throws HttpError 415, 400, 413 or 422 if the body is not a JSON object, or too large
 * @throws the reason of `signal` if it is aborted
 */
export async function readFields({ req }: Context, { payloadLimit }: Limits, signal: AbortSignal): Promise<Fields> {
  const type = req.header("content-type");
  if (!/^application\/(.+\+)?json\s*(;|$)/i.test(type ?? "")) {
    const text = `expected a body of type application/json, found ${type ?? "no type"}. Send the header Content-Type: application/json.`;
    throw new HttpError(415, "Validation", text);
  }
  const bytes = await readBytes(req.raw, payloadLimit, signal);
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : "it is not valid UTF-8";
    throw new HttpError(400, "Validation", `the body is not valid JSON: ${oneLine(reason)}`);
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Fields;
  throw invalidField(`the body is ${describe(body)}: expected a JSON object, such as {"inputs": "a text"}.`);
}

/** Reads a body of at most `limit` bytes. */
async function readBytes(request: Request, limit: number, signal: AbortSignal): Promise<Uint8Array> {
  const fault = () => tooLarge(`the body has more than ${limit} bytes, the maximum. Send several requests.`);
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw fault();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  const onAbort = () => void reader?.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
      size += next.value.length;
      if (size > limit) {
        onAbort();
        throw fault();
      }
      chunks.push(next.value);
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  signal.throwIfAborted();
  return concatenate(chunks);
}

/** Reads a field that is true or false; null is the same as no value. */
export function readBoolean(fields: Fields, name: string): boolean | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === "boolean") return value;
  throw invalidField(`"${name}" is ${describe(value)}: expected true or false.`);
}

export function readString(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw invalidField(`"${name}" is ${describe(value)}: expected a string.`);
}

export function readInteger(fields: Fields, name: string, minimum: number): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= minimum))
    return value;
  throw invalidField(`"${name}" is ${describe(value)}: expected an integer of at least ${minimum}.`);
}

/** Reads a field whose value is one of a few names, in any case. */
export function readChoice<T extends string>(fields: Fields, name: string, choices: readonly T[]): T | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  const choice = choices.find((each) => typeof value === "string" && each === value.toLowerCase());
  if (choice !== undefined) return choice;
  throw invalidField(`"${name}" is ${describe(value)}: expected ${choices.map((each) => `"${each}"`).join(" or ")}.`);
}

/** Reads one text or an array of texts. */
export function readTexts(fields: Fields, name: string, limits: Limits): Inputs<string> {
  const value = fields[name];
  if (typeof value === "string") return { isSingle: true, texts: [checkText(value, name, limits)] };
  const items = readArray(fields, name, "a string or an array of strings", limits);
  return { isSingle: false, texts: items.map((item, i) => checkText(item, `${name}[${i}]`, limits)) };
}

/**
 * Reads the inputs of /predict as text-embeddings-inference does: `"text"`, `["text"]`, a pair `["a", "b"]`, or a batch of
 * arrays of one or two strings.
 */
export function readSequences(fields: Fields, name: string, limits: Limits): Inputs<Sequence> {
  const value = fields[name];
  if (typeof value === "string") return { isSingle: true, texts: [checkText(value, name, limits)] };
  const expected = 'a string, a pair ["a", "b"], or a batch [["a"], ["b", "c"]]';
  const items = readArray(fields, name, expected, limits);
  if (items.every((item) => typeof item === "string")) {
    if (items.length <= 2) return { isSingle: true, texts: [sequenceOf(items, name, limits)] };
    const text = `"${name}" is an array of ${items.length} strings: expected one text or a pair. Send a batch as [["first text"], ["second text"], …].`;
    throw invalidField(text);
  }
  return { isSingle: false, texts: items.map((item, i) => sequenceOf(item, `${name}[${i}]`, limits)) };
}

function sequenceOf(value: unknown, name: string, limits: Limits): Sequence {
  if (!Array.isArray(value) || value.length < 1 || value.length > 2)
    throw invalidField(`"${name}" is ${describe(value)}: expected an array of one string, or of two for a pair.`);
  const [text, pair] = value.map((item, i) => checkText(item, `${name}[${i}]`, limits));
  return pair === undefined ? text! : { text: text!, pair };
}

/** Reads an array that is not empty, and has at most as many elements as a request may contain. */
export function readArray(fields: Fields, name: string, expected: string, limits: Limits): readonly unknown[] {
  const value = fields[name];
  if (value === undefined) throw invalidField(`"${name}" is missing: expected ${expected}.`);
  if (!Array.isArray(value)) throw invalidField(`"${name}" is ${describe(value)}: expected ${expected}.`);
  if (value.length === 0) throw new HttpError(400, "Empty", `"${name}" is empty: expected at least one text.`);
  if (value.length > limits.maxClientBatchSize) {
    const text = `"${name}" has ${value.length} elements: at most ${limits.maxClientBatchSize} are allowed per request. Send several requests.`;
    throw tooLarge(text);
  }
  return value;
}

/** Checks that a value is a text that is not too long. */
export function checkText(value: unknown, name: string, { maxTextLength }: Limits): string {
  if (typeof value !== "string") throw invalidField(`"${name}" is ${describe(value)}: expected a string.`);
  if (value.length <= maxTextLength) return value;
  throw tooLarge(`"${name}" has ${value.length} characters: at most ${maxTextLength} are allowed. Shorten the text.`);
}

/** Describes a value of a wrong type for a message. */
function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object") return "an object";
  const text = oneLine(JSON.stringify(value));
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
}
