import { BertieError, Random } from "@bertie/common";
import type { InputExample } from "./example.ts";
import { collectLabels } from "./labels.ts";
import { splitExamples } from "./split/split.ts";
import { MAX_LABELS } from "./tables/choose-columns.ts";

const SEED = 42;

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
 * Shuffles examples and holds out at most a fifth of them for evaluation, see {@link splitExamples}. The split is deterministic.
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
  const heldOutCount = Math.min(sizes.heldOut, Math.floor(examples.length / 5));
  if (heldOutCount === 0) {
    const message = `${name}: expected at least 5 rows to hold out a validation set, found ${examples.length}. Add rows.`;
    throw new BertieError("input/no-rows", message);
  }
  const split = splitExamples(examples, { evalFraction: heldOutCount / examples.length, seed: SEED });
  const random = new Random(SEED, "hold-out");
  const shuffled = (rows: readonly number[]) => random.shuffled(rows).map((row) => examples[row]!);
  return {
    name,
    labels,
    train: shuffled(split.train).slice(0, sizes.rows),
    heldOut: shuffled(split.evaluation).slice(0, sizes.heldOut),
  };
}
