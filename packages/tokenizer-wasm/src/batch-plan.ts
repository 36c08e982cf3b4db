import type { BatchSettings, CopiedItem } from "./batch-options.ts";
import type { Core } from "./core.ts";
import { type Limits, limitsOf } from "./row-options.ts";
import type { Runtime } from "./runtime.ts";
import type { TextInput } from "./text-input.ts";
import { fitPair } from "./truncation.ts";
import { encodeTexts, type Rows } from "./wasm.ts";
import { checkStride, firstRanges, furtherRanges, keptLengths } from "./windows.ts";

/** Plan for assembling the batch's rows from the module's rows. */
export type Plan = {
  /** Number of tokens in each row, including special tokens, shape `[rows]`. */
  readonly lengths: Int32Array;
  /**
   * Index of the first token and number of tokens in the module's output of each row's texts, shape `[rows, 2, 2]`; the
   * number is -1 if there is no second text. Undefined if the module's rows are the batch's rows, with special tokens.
   */
  readonly parts: readonly number[] | undefined;
  /** Index of each row's item, if requested. */
  readonly rowItems: Int32Array | undefined;
};

/** Encodes items to the module's rows, and plans the batch's rows. */
export function encodeRows(
  runtime: Runtime,
  core: Core,
  items: readonly CopiedItem[],
  settings: BatchSettings,
): { rows: Rows; plan: Plan } {
  return isSimple(items, settings)
    ? encodeSingle(runtime, core, items, settings)
    : encodeMixed(runtime, core, items, settings);
}

/** Returns whether the module can add special tokens to each row and truncate it. */
function isSimple(items: readonly CopiedItem[], { row, overflow }: BatchSettings): items is string[] {
  return !overflow && row.truncationSide === "right" && items.every((item) => typeof item === "string");
}

/** Encodes a batch of single texts. The module adds special tokens and truncates. */
function encodeSingle(
  runtime: Runtime,
  core: Core,
  texts: readonly string[],
  { row, layouts: [frame], offsets: spans }: BatchSettings,
): { rows: Rows; plan: Plan } {
  const { maxTextTokens } = limitsOf(row, frame.specialTokens);
  const maxLength = maxTextTokens + frame.specialTokens;
  const rows = encodeTexts(runtime, core, texts, { frame, maxLength, spans });
  const lengths = new Int32Array(rows.size);
  for (let index = 0, start = 0; index < lengths.length; index++) {
    const end = rows.memory[rows.rowEnds + index]!;
    lengths[index] = end - start;
    start = end;
  }
  return { rows, plan: { lengths, parts: undefined, rowItems: undefined } };
}

/** Encodes a batch that contains pairs or words, or whose rows the module cannot truncate. */
function encodeMixed(
  runtime: Runtime,
  core: Core,
  items: readonly CopiedItem[],
  settings: BatchSettings,
): { rows: Rows; plan: Plan } {
  const { row, layouts, overflow } = settings;
  const texts = items.map((item) => (typeof item === "string" ? [item] : item));
  const limits = layouts.map((layout, i) =>
    texts.some(({ length }) => length === i + 1) ? limitsOf(row, layout.specialTokens) : undefined,
  );
  const isWhole = overflow || row.truncationSide === "left";
  const rows = encodeTexts(runtime, core, flatten(texts), {
    frame: undefined,
    maxLength: isWhole ? Number.POSITIVE_INFINITY : maxTokensPerText(limits),
    spans: settings.offsets,
  });
  return { rows, plan: planRows(rows, texts, limits, settings) };
}

function flatten(items: readonly (readonly TextInput[])[]): string[] {
  const texts: string[] = [];
  for (const item of items)
    for (const text of item) {
      if (typeof text === "string") texts.push(text);
      else for (const word of text) texts.push(word);
    }
  return texts;
}

/** Returns the maximum number of tokens per text that can affect the batch. */
function maxTokensPerText(limits: readonly (Limits | undefined)[]): number {
  const [single, pair] = limits;
  // "onlyFirst" and "onlySecond" depend on the full length of both texts of a pair.
  const ofPairs =
    pair === undefined || pair.truncation === "longestFirst" ? pair?.maxTextTokens : Number.POSITIVE_INFINITY;
  return Math.max(single?.maxTextTokens ?? 0, ofPairs ?? 0);
}

function planRows(
  { memory, rowEnds }: Rows,
  items: readonly (readonly TextInput[])[],
  limits: readonly (Limits | undefined)[],
  { layouts, overflow }: BatchSettings,
): Plan {
  const parts: number[] = [];
  const lengths: number[] = [];
  const rowItems: number[] = [];
  const addRow = (
    item: number,
    texts: number,
    first: number,
    firstCount: number,
    second: number,
    secondCount: number,
  ) => {
    parts.push(first, firstCount, second, texts === 1 ? -1 : secondCount);
    lengths.push(firstCount + (texts === 1 ? 0 : secondCount) + layouts[texts === 1 ? 0 : 1].specialTokens);
    if (overflow) rowItems.push(item);
  };
  let moduleRow = 0;
  let end = 0;
  const nextEnd = (text: TextInput) => {
    moduleRow += typeof text === "string" ? 1 : text.length;
    end = moduleRow === 0 ? 0 : memory[rowEnds + moduleRow - 1]!;
    return end;
  };
  for (let item = 0; item < items.length; item++) {
    const texts = items[item]!;
    const limit = limits[texts.length - 1]!;
    const start = end;
    const middle = nextEnd(texts[0]!);
    const last = texts.length === 1 ? middle : nextEnd(texts[1]!);
    const [first, second] = [middle - start, last - middle];
    if (overflow) {
      const full = texts.length === 1 ? [first] : [first, second];
      const kept = keptLengths(full, limit);
      checkStride(full, kept, limit);
      const isWhole = kept.every((count, text) => count === full[text]);
      const further = isWhole ? [] : furtherRanges(full, kept, limit, layouts[texts.length - 1]!);
      for (const [first, [otherFrom, otherTo] = [0, 0]] of [firstRanges(full, kept, limit), ...further]) {
        const [from, to] = first!;
        addRow(item, texts.length, start + from, to - from, middle + otherFrom, otherTo - otherFrom);
      }
      continue;
    }
    let [keptFirst, keptSecond] = [Math.min(first, limit.maxTextTokens), 0];
    if (texts.length === 2) [keptFirst, keptSecond] = fitPair(first, second, limit.maxTextTokens, limit.truncation);
    const isRight = limit.side === "right";
    addRow(
      item,
      texts.length,
      isRight ? start : middle - keptFirst,
      keptFirst,
      isRight ? middle : last - keptSecond,
      keptSecond,
    );
  }
  return {
    lengths: new Int32Array(lengths),
    parts,
    rowItems: overflow ? new Int32Array(rowItems) : undefined,
  };
}
