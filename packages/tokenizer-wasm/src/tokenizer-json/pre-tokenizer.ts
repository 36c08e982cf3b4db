import { components, type Fields, format, isFields, optionalSection, unsupported } from "./fields.ts";

/** The rules by which a pre-tokenizer splits text into words, in addition to splitting at whitespace. */
export type WordRules = {
  /** Whether each punctuation character is a word, as in BERT. */
  readonly isolatesPunctuation: boolean;
  /** Whether symbols are separated from letters, as the expression `\w+|[^\w\s]+` does. */
  readonly splitsSymbols: boolean;
};

type Split = "whitespace" | "punctuation" | "symbols";

/**
 * Reads the pre-tokenizer: BertPreTokenizer, Whitespace, WhitespaceSplit, or a sequence of them and Punctuation.
 *
 * @throws BertieError "tokenizer/unsupported" if there is no pre-tokenizer, or it cannot be honoured exactly
 */
export function readPreTokenizer(file: Fields): WordRules {
  const given = optionalSection(file, "pre_tokenizer");
  const parts = given === undefined ? [] : components(given, "pretokenizers", "pre_tokenizer");
  const splits = new Set(parts.flatMap(({ part, path }) => splitsOf(part, path)));
  if (!splits.has("whitespace"))
    throw unsupported(
      '"pre_tokenizer" does not split texts at whitespace. Expected BertPreTokenizer, Whitespace or WhitespaceSplit. Use the tokenizer of a BERT model.',
    );
  return { isolatesPunctuation: splits.has("punctuation"), splitsSymbols: splits.has("symbols") };
}

function splitsOf(part: Fields, path: string): Split[] {
  switch (part.type) {
    case "BertPreTokenizer":
      return ["whitespace", "punctuation"];
    case "Whitespace":
      return ["whitespace", "symbols"];
    case "WhitespaceSplit":
      return ["whitespace"];
    case "Punctuation":
      if ((part.behavior ?? "Isolated") === "Isolated") return ["punctuation"];
      throw unsupported(
        `"${path}.behavior" is ${format(part.behavior)}. Only "Isolated" is supported. Use BertPreTokenizer.`,
      );
    case "Split":
      if (isWhitespaceSplit(part)) return ["whitespace"];
      throw unsupported(
        `"${path}" splits texts at ${format(part.pattern)} with the behavior ${format(part.behavior)}. Only removing the whitespace \\s+ is supported. Use BertPreTokenizer.`,
      );
  }
  throw unsupported(
    `"${path}.type" is ${format(part.type)}. Only BertPreTokenizer, and sequences of Whitespace, WhitespaceSplit and Punctuation, are supported. Use the tokenizer of a BERT model.`,
  );
}

function isWhitespaceSplit({ pattern, behavior, invert }: Fields): boolean {
  const expression = isFields(pattern) ? pattern.Regex : undefined;
  return (expression === "\\s+" || expression === "\\s") && behavior === "Removed" && (invert ?? false) === false;
}
