import { failedDependency } from "../http-error.ts";
import type { LoadedModel } from "../loaded-model.ts";
import type { Limits } from "../options.ts";
import type { Fields } from "../request-body.ts";

export type ModelKind = LoadedModel["kind"];

/** Request to a model. */
export interface Call {
  readonly fields: Fields;
  readonly model: LoadedModel;
  /** Name that the model is served under. */
  readonly name: string;
  readonly limits: Limits;
  /** Whether texts that are too long are truncated if the request does not say so. */
  readonly autoTruncate: boolean;
  /** Aborted when the client leaves or the time is up. */
  readonly signal: AbortSignal;
}

/** Answer to a request, with facts for its headers, the metrics and the log. */
export interface Answer {
  readonly body: unknown;
  readonly texts: number;
  readonly tokens: number;
  readonly characters: number;
  /** Times in milliseconds. */
  readonly tokenizeMs?: number;
  readonly queueMs?: number;
  readonly computeMs?: number;
}

/** Path that models answer. */
export interface Endpoint {
  readonly path: `/${string}`;
  /** Kinds of models that can answer. */
  readonly kinds: readonly ModelKind[];
  /** Whether a `model` field that names no served model is ignored if there is only one model. */
  readonly ignoresUnknownModel?: boolean;
  handle(call: Call): Promise<Answer>;
}

/** Returns the model of a call if it is of a kind. */
export function requireKind<K extends ModelKind>({ model, name }: Call, kind: K): Extract<LoadedModel, { kind: K }> {
  if (model.kind === kind) return model as Extract<LoadedModel, { kind: K }>;
  throw failedDependency(`the model "${name}" is not ${KINDS[kind]}. GET /info lists the models.`);
}

export const KINDS: Readonly<Record<ModelKind, string>> = {
  classifier: "a classifier",
  encoder: "a sentence encoder",
};

/** Returns the number of characters of texts, as text-embeddings-inference counts them: in code points. */
export function countCharacters(texts: Iterable<string>): number {
  let count = 0;
  for (const text of texts) for (const _ of text) count++;
  return count;
}

/** Returns a function that converts an offset in UTF-16 code units to an offset in code points. */
export function codePointOffsets(text: string): (offset: number) => number {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return (offset) => offset;
  const before = new Uint32Array(text.length + 1);
  for (let i = 0, points = 0; i <= text.length; i++) {
    before[i] = points;
    const isInsidePair = /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(i, i + 2));
    if (!isInsidePair) points++;
  }
  return (offset) => before[offset]!;
}

/** Returns the mean of numbers, 0 if there are none. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
