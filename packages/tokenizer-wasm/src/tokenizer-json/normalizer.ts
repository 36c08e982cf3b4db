import { components, type Fields, flag, format, isFields, optionalSection, unsupported } from "./fields.ts";

/** Settings of the normalizer. */
export type NormalizerSettings = {
  readonly cleanText: boolean;
  readonly handleChineseChars: boolean;
  readonly lowercase: boolean;
  readonly stripAccents: boolean;
  /** Whether stripping accents also removes spacing and enclosing marks, as StripAccents does. */
  readonly stripAllMarks: boolean;
  /** Whether the normalizer removes or replaces whitespace, which matters only for added tokens that contain it. */
  readonly changesSpaces: boolean;
  /** Whether the normalizer composes characters before it strips accents, which changes offsets only. */
  readonly composes: boolean;
};

/** Steps of BertNormalizer and their equivalents. */
type Step = "clean" | "ideographs" | "NFC" | "NFD" | "strip" | "stripAll" | "lower" | "spaces" | "allSpaces";

/** Regular expressions that match only spaces, tabs and line breaks. */
const SPACE_PATTERNS = [
  " +",
  " {2,}",
  "[ ]+",
  "[ \\t]+",
  "[ \\t\\r\\n]+",
  "[ \\t\\n\\r]+",
  "[\\r\\n]+",
  "\\n+",
  "\\t+",
];
/** Regular expressions that match only whitespace. */
const WHITESPACE_PATTERNS = ["\\s", "\\s+", "\\s{2,}", "[\\s]+"];
const MARK_PATTERNS: ReadonlyMap<unknown, Step> = new Map([
  ["\\p{Mn}", "strip"],
  ["\\p{Mn}+", "strip"],
  ["\\p{M}", "stripAll"],
  ["\\p{M}+", "stripAll"],
]);

/**
 * Reads the normalizer: null, BertNormalizer, or a sequence of steps that together equal the steps of BertNormalizer for every
 * text.
 *
 * @throws BertieError "tokenizer/unsupported" if a step cannot be honoured exactly
 */
export function readNormalizer(file: Fields): NormalizerSettings {
  const given = optionalSection(file, "normalizer");
  const parts = given === undefined ? [] : components(given, "normalizers", "normalizer");
  const steps = parts.flatMap(({ part, path }) => stepsOf(part, path).map((step) => ({ step, path })));
  const combined = new StepReader();
  for (const { step, path } of steps) combined.add(step, path);
  const has = (step: Step) => steps.some((known) => known.step === step);
  return {
    cleanText: has("clean"),
    handleChineseChars: has("ideographs"),
    lowercase: has("lower"),
    changesSpaces: has("spaces") || has("allSpaces"),
    composes: has("NFC"),
    ...combined.accents(),
  };
}

function stepsOf(part: Fields, path: string): Step[] {
  switch (part.type) {
    case "BertNormalizer":
      return bertSteps(part, path);
    case "Lowercase":
      return ["lower"];
    case "StripAccents":
      return ["stripAll"];
    case "NFC":
    case "NFD":
      return [part.type];
    case "Strip":
      return ["spaces"];
    case "Replace":
      return [replacement(part, path)];
  }
  // Old files have no type here.
  if (part.type === undefined && typeof part.lowercase === "boolean" && typeof part.clean_text === "boolean")
    return bertSteps(part, path);
  const advice =
    part.type === "NFKC" || part.type === "NFKD"
      ? "It changes characters that BertNormalizer keeps, such as ligatures"
      : "Only BertNormalizer, and sequences of NFC, NFD, StripAccents, Lowercase, Strip and Replace that are equal to it, are supported";
  throw unsupported(
    `"${path}.type" is ${format(part.type)}. ${advice}. Normalize the texts before tokenization instead.`,
  );
}

function bertSteps(part: Fields, path: string): Step[] {
  const isSet = (key: string, otherwise = true) => flag(part, key, path) ?? otherwise;
  const lower = isSet("lowercase");
  return [
    ...(isSet("clean_text") ? ["clean" as const] : []),
    ...(isSet("handle_chinese_chars") ? ["ideographs" as const] : []),
    ...(isSet("strip_accents", lower) ? ["NFD" as const, "strip" as const] : []),
    ...(lower ? ["lower" as const] : []),
  ];
}

/** Returns the step that a Replace equals: one that changes only the amount of whitespace, or one that removes marks. */
function replacement({ pattern, content }: Fields, path: string): Step {
  const { String: literal, Regex: expression } = isFields(pattern) ? pattern : {};
  const isSpace = typeof content === "string" && /^[ \t\r\n]+$/.test(content);
  if (isSpace && typeof literal === "string" && /^[ \t\r\n]+$/.test(literal)) return "spaces";
  if (isSpace && SPACE_PATTERNS.some((known) => known === expression)) return "spaces";
  if (isSpace && WHITESPACE_PATTERNS.some((known) => known === expression)) return "allSpaces";
  const marks = content === "" ? MARK_PATTERNS.get(expression) : undefined;
  if (marks !== undefined) return marks;
  throw unsupported(
    `"${path}" replaces ${format(literal ?? expression ?? pattern)} with ${format(content)}. Only replacing whitespace with whitespace, or removing marks (\\p{M}, \\p{Mn}), is supported. Replace the texts before tokenization instead.`,
  );
}

/** Combines steps. All steps may be in any order, except for the ones that depend on each other. */
class StepReader {
  /** Whether the text is in a normalization form of which marks have not been removed yet, and the path of that step. */
  #form: { readonly name: "NFC" | "NFD"; readonly path: string } | undefined;
  #marks: "none" | "nonspacing" | "all" = "none";
  /** Path of a step that replaces whitespace which cleaning would remove, such as U+000B. */
  #whitespace: string | undefined;
  #isClean = false;

  add(step: Step, path: string): void {
    if (step === "strip" || step === "stripAll") this.#strip(step, path);
    else if (step === "NFC" || step === "NFD") this.#normalize(step, path);
    else if (step === "allSpaces" && !this.#isClean) this.#whitespace = path;
    else if (step === "clean") {
      this.#isClean = true;
      if (this.#whitespace !== undefined)
        throw unsupported(
          `"${this.#whitespace}" replaces whitespace before BertNormalizer removes some of it, such as U+000B. Only the opposite order is supported. Replace the texts before tokenization instead.`,
        );
    }
  }

  accents(): Pick<NormalizerSettings, "stripAccents" | "stripAllMarks"> {
    if (this.#form !== undefined)
      throw unsupported(
        `"${this.#form.path}" is ${this.#form.name} without a later StripAccents. Only ${this.#form.name} before NFD and StripAccents, or before a BertNormalizer that strips accents, is supported. Normalize the texts before tokenization instead.`,
      );
    return { stripAccents: this.#marks !== "none", stripAllMarks: this.#marks === "all" };
  }

  #strip(step: "strip" | "stripAll", path: string): void {
    const isDecomposed = this.#form?.name === "NFD" || (this.#form === undefined && this.#marks !== "none");
    if (!isDecomposed)
      throw unsupported(
        `"${path}" strips accents of text that is not decomposed. Only StripAccents after NFD is supported. Add NFD before it.`,
      );
    this.#form = undefined;
    if (step === "stripAll") this.#marks = "all";
    else if (this.#marks === "none") this.#marks = "nonspacing";
  }

  #normalize(name: "NFC" | "NFD", path: string): void {
    if (this.#marks === "none") this.#form = { name, path };
    else if (name === "NFC")
      throw unsupported(
        `"${path}" is NFC after accents have been stripped, which composes Hangul again. Only NFC before NFD is supported. Remove the step.`,
      );
  }
}
