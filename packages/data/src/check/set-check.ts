import type { InputExample } from "../example.ts";
import { isColumnName } from "./column-names.ts";
import { type CountTokens, characterCount, createLengthHistogram } from "./lengths.ts";
import type { CheckedSet, SetSummary, ValueSummary } from "./summary.ts";

/** Maximum number of labels that are counted one by one, so that ids in the label column do not fill the memory. */
const MAX_COUNTED = 100_000;
const MAX_LISTED = 1000;
/** Number of characters of a label that are kept. */
const KEPT_CHARACTERS = 200;
/** Texts are tokenized in chunks of this many texts or characters. */
const CHUNK_TEXTS = 1024;
const CHUNK_CHARACTERS = 1 << 20;

/** Summary of a set without the properties that need the hashes of its rows. */
export type SetCounts = Omit<SetSummary, "duplicates" | "conflicts">;

/** Accumulates the summary of a set. */
export interface SetCheck {
  readonly add: (example: InputExample) => void;
  readonly finish: () => SetCounts;
}

/** Creates an empty accumulator. Lengths are counted in characters if `countTokens` is undefined. */
export function createSetCheck(
  set: CheckedSet,
  {
    countTokens,
    maxLength,
  }: { readonly countTokens?: CountTokens | undefined; readonly maxLength?: number | undefined },
): SetCheck {
  const labels = new Map<string, { rows: number; readonly line: number | undefined }>();
  const lengths = createLengthHistogram();
  const values = createValueSummary();
  const counts = { rows: 0, unlabeledRows: 0, headerRows: 0, emptyTexts: 0, textsWithTab: 0 };
  const sums = { text: 0, label: 0, labels: 0, tokens: 0, unknown: 0 };
  let chunk: (string | readonly [string, string])[] = [];
  let chunkCharacters = 0;

  function countChunk(): void {
    if (countTokens === undefined || chunk.length === 0) return;
    const counted = countTokens(chunk);
    for (let i = 0; i < chunk.length; i++) lengths.add(counted.lengths[i]!);
    sums.tokens += counted.tokens;
    sums.unknown += counted.unknown;
    chunk = [];
    chunkCharacters = 0;
  }

  function countLabel(label: string, line: number | undefined): void {
    const key = label.length > KEPT_CHARACTERS ? `${label.slice(0, KEPT_CHARACTERS)}…` : label;
    const count = labels.get(key);
    if (count !== undefined) count.rows++;
    else if (labels.size < MAX_COUNTED) labels.set(key, { rows: 1, line });
    sums.label += characterCount(label);
    sums.labels++;
  }

  return {
    add({ textA, textB, label, labels: several, value, source }) {
      counts.rows++;
      const characters = characterCount(textA) + (textB === undefined ? 0 : characterCount(textB));
      sums.text += characters;
      if (textA.trim() === "" || textB?.trim() === "") counts.emptyTexts++;
      if (textB === undefined && textA.includes("\t")) counts.textsWithTab++;
      const own = several ?? (label === undefined ? [] : [label]);
      for (const one of own) countLabel(one, source?.line);
      if (value !== undefined) values.add(value);
      if (several === undefined && label === undefined && value === undefined) counts.unlabeledRows++;
      if (own.length === 1 && isColumnName(textA) && isColumnName(own[0]!)) counts.headerRows++;
      if (countTokens === undefined) return lengths.add(characters);
      chunk.push(textB === undefined ? textA : [textA, textB]);
      chunkCharacters += characters;
      if (chunk.length >= CHUNK_TEXTS || chunkCharacters >= CHUNK_CHARACTERS) countChunk();
    },
    finish() {
      countChunk();
      const sorted = Array.from(labels, ([label, { rows, line }]) => ({
        label,
        rows,
        ...(line !== undefined && { line }),
      })).sort((a, b) => b.rows - a.rows);
      const distribution = lengths.summary(countTokens === undefined ? undefined : maxLength);
      const summarized = values.summary();
      return {
        set,
        ...counts,
        labels: sorted.slice(0, MAX_LISTED),
        distinctLabels: labels.size,
        ...(summarized && { values: summarized }),
        meanTextLength: sums.text / Math.max(counts.rows, 1),
        meanLabelLength: sums.label / Math.max(sums.labels, 1),
        ...(distribution && { lengths: distribution }),
        ...(countTokens && { unknownShare: sums.unknown / Math.max(sums.tokens, 1) }),
      };
    },
  };
}

/** Accumulates minimum, maximum, mean and standard deviation (Welford, 1962). */
function createValueSummary() {
  let [count, mean, squares] = [0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add(value: number): void {
      count++;
      const difference = value - mean;
      mean += difference / count;
      squares += difference * (value - mean);
      min = Math.min(min, value);
      max = Math.max(max, value);
    },
    summary: (): ValueSummary | undefined =>
      count === 0 ? undefined : { min, max, mean, standardDeviation: Math.sqrt(squares / count) },
  };
}
