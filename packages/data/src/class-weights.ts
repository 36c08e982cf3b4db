import { BertieError, didYouMean } from "@bertie/common";
import type { InputFeatures } from "./features.ts";

/** Weights of labels by name, or "balanced" for weights that are inversely proportional to the number of examples. */
export type ClassWeights = "balanced" | Readonly<Record<string, number>>;

/**
 * Returns the weights of labels in the order of their ids.
 *
 * Balanced weights of single-label classification are n / (k · count), as in scikit-learn, with n examples and k labels
 * that occur. Balanced weights of multi-label classification are the number of examples without the label, divided by the
 * number of examples with it. A label that applies to no example, or to all, has the weight 1.
 *
 * @param setting weights by label, or "balanced"
 * @param labels all labels, in the order of their ids
 * @param features training examples
 * @throws BertieError "options/class-weights" if a label has no weight, a weight is not positive, or a label is unknown
 * @example
 * ```ts
 * import { classWeightsOf } from "@bertie/data";
 *
 * const ids = Int32Array.of(101, 102);
 * const feature = (labelId: number) => ({ inputIds: ids, inputMask: ids, segmentIds: ids, labelId });
 * const features = [feature(0), feature(0), feature(0), feature(1)];
 * console.log(classWeightsOf("balanced", ["common", "rare"], features)); // [0.666…, 2]
 * console.log(classWeightsOf({ rare: 3, common: 1 }, ["common", "rare"], features)); // [1, 3]
 * ```
 */
export function classWeightsOf(
  setting: ClassWeights,
  labels: readonly string[],
  features: readonly InputFeatures[],
): readonly number[] {
  if (setting === "balanced") return balancedWeights(labels.length, features);
  const unknown = Object.keys(setting).find((label) => !labels.includes(label));
  if (unknown !== undefined) {
    const known = labels.slice(0, 20).map(quote).join(", ");
    const hint = didYouMean(unknown, labels) || ` Use the labels ${known}.`;
    throw invalid(`there is no label ${quote(unknown)}.${hint}`);
  }
  return labels.map((label) => {
    const weight = Object.hasOwn(setting, label) ? setting[label] : undefined;
    if (weight === undefined) throw invalid(`label ${quote(label)} has no weight. Add a weight for every label.`);
    if (Number.isFinite(weight) && weight > 0) return weight;
    throw invalid(`the weight of label ${quote(label)} is ${weight}, but must be a number above 0.`);
  });
}

function balancedWeights(numLabels: number, features: readonly InputFeatures[]): readonly number[] {
  const isMulti = features.some(({ targets }) => targets !== undefined);
  const counts = new Array<number>(numLabels).fill(0);
  for (const { labelId, targets } of features) {
    if (labelId !== undefined) counts[labelId]!++;
    targets?.forEach((target, id) => {
      counts[id]! += target;
    });
  }
  const occurring = counts.filter((count) => count > 0).length;
  return counts.map((count) => {
    if (count === 0 || (isMulti && count === features.length)) return 1;
    return isMulti ? (features.length - count) / count : features.length / (occurring * count);
  });
}

/**
 * Parses a file with the weights of labels: a JSON object `{"label": weight}`, or lines `label⇥weight`.
 *
 * @param text contents of the file
 * @param fileName name of the file in error messages
 * @throws BertieError "options/class-weights" if the contents are not in one of the two formats
 * @example
 * ```ts
 * import { parseClassWeights } from "@bertie/data";
 *
 * console.log(parseClassWeights('{"good": 1, "bad": 4}', "weights.json")); // { good: 1, bad: 4 }
 * console.log(parseClassWeights("good\t1\nbad\t4\n", "weights.tsv")); // { good: 1, bad: 4 }
 * ```
 */
export function parseClassWeights(text: string, fileName: string): Readonly<Record<string, number>> {
  const contents = text.replace(/^\uFEFF/, "");
  const entries = contents.trimStart().startsWith("{") ? jsonEntries(contents, fileName) : rows(contents, fileName);
  if (entries.length === 0) throw invalid("no weights found. Add a weight for every label.", fileName);
  return Object.fromEntries(entries);
}

function jsonEntries(text: string, fileName: string): [string, number][] {
  let parsed: object;
  try {
    parsed = JSON.parse(text) as object;
  } catch (cause) {
    const message = `the contents are not valid JSON. Use the form {"label": weight}.`;
    throw new BertieError("options/class-weights", `${fileName}: ${message}`, { cause });
  }
  return Object.entries(parsed).map(([label, weight]: [string, unknown]) => {
    if (typeof weight === "number") return [label, weight];
    const found = JSON.stringify(weight).slice(0, 40);
    throw invalid(`the weight of label ${quote(label)} is ${found}, but must be a number above 0.`, fileName);
  });
}

function rows(text: string, fileName: string): [string, number][] {
  const lines = text.split(/\r\n|\r|\n/).map((line, i) => [line, i + 1] as const);
  return lines
    .filter(([line]) => line.trim() !== "")
    .map(([line, number]) => {
      const [label, weight, ...more] = line.split("\t").map((cell) => cell.trim());
      if (label !== undefined && weight !== undefined && weight !== "" && more.length === 0 && !Number.isNaN(+weight))
        return [label, +weight];
      throw invalid(`expected a label, a tab and a weight, found ${quote(line)}.`, `${fileName}:${number}`);
    });
}

function invalid(text: string, where = "classWeights (--class-weights)"): BertieError {
  return new BertieError("options/class-weights", `${where}: ${text}`);
}

function quote(text: string): string {
  const characters = [...text];
  return JSON.stringify(characters.length > 40 ? `${characters.slice(0, 40).join("")}…` : text);
}
