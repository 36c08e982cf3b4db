import type { BundledVocabulary } from "../files/vocabularies.ts";

/** State of the tokenization view that its address holds, to be shared. What is not set has its default. */
export interface TokenizeState {
  readonly text?: string;
  readonly pair?: string;
  readonly vocabulary?: BundledVocabulary;
  /** Vocabulary to compare with. */
  readonly second?: BundledVocabulary;
  /** @default true */
  readonly lowercase?: boolean;
  /** @default true */
  readonly special?: boolean;
  /** @default no limit */
  readonly maxLength?: number;
}

/** Maximum length of an address that chat programs and mail programs still open. */
const MAX_LENGTH = 8000;
const PREFIX = "#tokenize?";

/** Returns the hash of an address, such as `#tokenize?text=Hello&vocabulary=en`; undefined if it would be too long to share. */
export function hashOf({
  text,
  pair,
  vocabulary,
  second,
  lowercase,
  special,
  maxLength,
}: TokenizeState): string | undefined {
  const parts: Readonly<Record<string, string | undefined>> = {
    text,
    ...(pair && { pair }),
    vocabulary,
    second,
    ...(lowercase === false && { lowercase: "no" }),
    ...(special === false && { special: "no" }),
    ...(maxLength !== undefined && { length: String(maxLength) }),
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) if (value !== undefined) query.set(name, value);
  const hash = `${PREFIX}${query}`;
  return hash.length > MAX_LENGTH ? undefined : hash;
}

/** Returns the state in the hash of an address; undefined if it holds none. Values that are not valid are ignored. */
export function stateOf(hash: string): TokenizeState | undefined {
  if (!hash.startsWith(PREFIX)) return undefined;
  const query = new URLSearchParams(hash.slice(PREFIX.length));
  const text = query.get("text");
  const pair = query.get("pair");
  const vocabulary = bundled(query.get("vocabulary"));
  const second = bundled(query.get("second"));
  const length = Number(query.get("length") ?? Number.NaN);
  return {
    ...(text !== null && { text }),
    ...(pair !== null && { pair }),
    ...(vocabulary && { vocabulary }),
    ...(second && { second }),
    lowercase: query.get("lowercase") !== "no",
    special: query.get("special") !== "no",
    ...(Number.isInteger(length) && length >= 2 && { maxLength: length }),
  };
}

function bundled(name: string | null): BundledVocabulary | undefined {
  return name === "zh" || name === "en" ? name : undefined;
}
