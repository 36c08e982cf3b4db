import { BertieError } from "@bertie/common";

/** A piece of a row: a special token, or the tokens of its first (0) or second (1) text. */
export type TemplatePiece =
  | { readonly id: number; readonly typeId: number }
  | { readonly text: 0 | 1; readonly typeId: number };

/** Pieces of a row with one text, and of a row with a pair of texts, as in Hugging Face's TemplateProcessing. */
export type RowTemplate = { readonly single: readonly TemplatePiece[]; readonly pair: readonly TemplatePiece[] };

/** A piece of a row whose special token may be given by its text instead of its id. */
export type NamedPiece = TemplatePiece | { readonly token: string; readonly typeId: number };

/** A template whose special tokens may be given by their texts. */
export type NamedTemplate = { readonly single: readonly NamedPiece[]; readonly pair: readonly NamedPiece[] };

/** Texts of the tokens with a special meaning. */
export type SpecialTokenNames = {
  readonly unk: string;
  readonly cls: string;
  readonly sep: string;
  readonly pad: string;
  readonly mask: string;
};

/** BERT's special tokens. */
export const BERT_TOKENS: SpecialTokenNames = {
  unk: "[UNK]",
  cls: "[CLS]",
  sep: "[SEP]",
  pad: "[PAD]",
  mask: "[MASK]",
};

/** Returns whether a token is one of BERT's special tokens. */
export function isBertToken(token: string): boolean {
  return Object.values(BERT_TOKENS).includes(token);
}

/** The template without special tokens, with type id 1 for the second text. */
export const BARE_TEMPLATE: RowTemplate = {
  single: [{ text: 0, typeId: 0 }],
  pair: [
    { text: 0, typeId: 0 },
    { text: 1, typeId: 1 },
  ],
};

/** Returns BERT's template: `[CLS] text [SEP]`, and `[CLS] text [SEP] pair [SEP]` with type id 1 after the first `[SEP]`. */
export function bertTemplate({ cls, sep }: Pick<SpecialTokenNames, "cls" | "sep">): NamedTemplate {
  const single: NamedPiece[] = [
    { token: cls, typeId: 0 },
    { text: 0, typeId: 0 },
    { token: sep, typeId: 0 },
  ];
  return { single, pair: [...single, { text: 1, typeId: 1 }, { token: sep, typeId: 1 }] };
}

/**
 * Replaces the texts of special tokens by their ids.
 *
 * @throws BertieError "tokenizer/unsupported" if a template does not contain each text once
 */
export function resolveTemplate(template: NamedTemplate, idOf: (token: string) => number): RowTemplate {
  const resolve = (piece: NamedPiece): TemplatePiece =>
    "token" in piece ? { id: idOf(piece.token), typeId: piece.typeId } : piece;
  checkTexts("single", template.single, [0]);
  checkTexts("pair", template.pair, [0, 1]);
  return { single: template.single.map(resolve), pair: template.pair.map(resolve) };
}

/** Returns the special tokens that a template names. */
export function tokensOf({ single, pair }: NamedTemplate): string[] {
  return [...single, ...pair].flatMap((piece) => ("token" in piece ? [piece.token] : []));
}

function checkTexts(name: "single" | "pair", pieces: readonly NamedPiece[], expected: readonly number[]): void {
  const texts = pieces.flatMap((piece) => ("text" in piece ? [piece.text] : [])).sort();
  if (texts.length === expected.length && expected.every((text, i) => text === texts[i])) return;
  const wanted = name === "single" ? "the text once" : "each of the two texts once";
  throw new BertieError("tokenizer/unsupported", `the template "${name}" of rows does not contain ${wanted}.`);
}

/** A template with values derived from it. The lists are indexed by the number of texts minus one. */
export type RowFormat = {
  readonly template: RowTemplate;
  /** Pieces with special tokens. */
  readonly framed: readonly [single: RowLayout, pair: RowLayout];
  /** Pieces without special tokens. */
  readonly bare: readonly [single: RowLayout, pair: RowLayout];
  /** Id of padding. */
  readonly padId: number;
  /** Token type id of padding. */
  readonly padTypeId: number;
};

/** Pieces of a row. */
export type RowLayout = {
  readonly pieces: readonly TemplatePiece[];
  /** Number of special tokens. */
  readonly specialTokens: number;
  /** Ids before the first text and after the last; undefined if there are none. */
  readonly frame: Uint32Array | undefined;
  /** Number of ids before the first text. */
  readonly prefix: number;
  /** Whether the token type id of each text is its index, which identifies the text of a token. */
  readonly hasTextTypes: boolean;
};

/** Derives the layouts of a template. */
export function formatOf(template: RowTemplate, padId: number, padTypeId: number): RowFormat {
  const bare = (pieces: readonly TemplatePiece[]) => layoutOf(pieces.filter((piece) => "text" in piece));
  return {
    template,
    framed: [layoutOf(template.single), layoutOf(template.pair)],
    bare: [bare(template.single), bare(template.pair)],
    padId,
    padTypeId,
  };
}

/** Returns the layout of rows with one or two texts. */
export function rowLayout(format: RowFormat, texts: 1 | 2, addSpecialTokens: boolean): RowLayout {
  return (addSpecialTokens ? format.framed : format.bare)[texts - 1]!;
}

function layoutOf(pieces: readonly TemplatePiece[]): RowLayout {
  const isText = pieces.map((piece) => "text" in piece);
  const ids = (from: number, to: number) =>
    pieces.slice(from, to).flatMap((piece) => ("id" in piece ? [piece.id] : []));
  const prefix = ids(0, isText.indexOf(true));
  const frame = [...prefix, ...ids(isText.lastIndexOf(true) + 1, pieces.length)];
  return {
    pieces,
    specialTokens: ids(0, pieces.length).length,
    frame: frame.length === 0 ? undefined : Uint32Array.from(frame),
    prefix: prefix.length,
    hasTextTypes: pieces.every((piece) => "id" in piece || piece.typeId === piece.text),
  };
}
