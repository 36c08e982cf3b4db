import { BertieError, Random } from "@bertie/common";
import type { InputExample } from "./example.ts";
import { collectLabels } from "./labels.ts";
import { MAX_LABELS } from "./tables/choose-columns.ts";

/** Examples split into a training set and held-out examples for evaluation. */
export interface SplitExamples {
  readonly name: string;
  /** Labels, in the order of their ids. */
  readonly labels: readonly string[];
  readonly train: readonly InputExample[];
  readonly heldOut: readonly InputExample[];
}

/** Sizes of the sets of {@link holdOut}. */
export interface SplitSizes {
  /** Maximum number of training examples. */
  readonly rows: number;
  /** Maximum number of held-out examples. */
  readonly heldOut: number;
}

/**
 * Shuffles examples and holds out at most a fifth of them for evaluation. The split is deterministic.
 *
 * @param name name of the examples in error messages
 * @throws BertieError "input/too-few-labels" if all examples have the same label
 * @throws BertieError "input/too-many-labels" if the examples have more than 100 different labels
 * @throws BertieError "input/no-rows" if there are fewer than 5 examples
 * @example
 * ```ts
 * import { holdOut } from "@bertie/data";
 *
 * const examples = Array.from({ length: 10 }, (_, i) => ({ guid: `${i}`, textA: `${i}`, label: i % 2 ? "odd" : "even" }));
 * const { labels, train, heldOut } = holdOut("numbers", examples, { rows: 1000, heldOut: 200 });
 * console.log(labels, train.length, heldOut.length); // ["even", "odd"] 8 2
 * ```
 */
export function holdOut(name: string, examples: readonly InputExample[], sizes: SplitSizes): SplitExamples {
  const labels = collectLabels(examples);
  if (labels.length < 2) {
    const message = `${name}: expected at least 2 different labels, found 1 in ${examples.length} rows. Check the label column.`;
    throw new BertieError("input/too-few-labels", message);
  }
  if (labels.length > MAX_LABELS) {
    const message = `${name}: expected at most ${MAX_LABELS} different labels, found ${labels.length}. Check the label column.`;
    throw new BertieError("input/too-many-labels", message);
  }
  const shuffled = new Random(42, "hold-out").shuffled(examples);
  const heldOutCount = Math.min(sizes.heldOut, Math.floor(shuffled.length / 5));
  if (heldOutCount === 0) {
    const message = `${name}: expected at least 5 rows to hold out a validation set, found ${shuffled.length}. Add rows.`;
    throw new BertieError("input/no-rows", message);
  }
  const train = shuffled.slice(heldOutCount, heldOutCount + sizes.rows);
  return { name, labels, train, heldOut: shuffled.slice(0, heldOutCount) };
}
