import { BertieError, Random } from "@bertie/common";
import type { InputExample } from "./example.ts";
import { collectLabels } from "./labels.ts";
import { MAX_LABELS } from "./table.ts";

/** Examples to train on, and examples that are held out to evaluate on. */
export interface SplitExamples {
  readonly name: string;
  /** In the order of their ids. */
  readonly labels: readonly string[];
  readonly train: readonly InputExample[];
  readonly heldOut: readonly InputExample[];
}

export interface SplitSizes {
  /** Maximum number of examples to train on. */
  readonly rows: number;
  /** Maximum number of examples to hold out. */
  readonly heldOut: number;
}

/**
 * Shuffles examples and holds out at most a fifth of them to evaluate on. The same examples are always split alike.
 *
 * @param name the name of the examples in error messages
 * @throws BertieError "input/too-few-labels", "input/too-many-labels", "input/no-rows" for fewer than 5 examples
 * @example
 * ```ts ignore
 * const { train, heldOut } = holdOut("reviews.csv", examples, { rows: 1000, heldOut: 200 });
 * ```
 */
export function holdOut(name: string, examples: readonly InputExample[], sizes: SplitSizes): SplitExamples {
  const labels = collectLabels(examples);
  if (labels.length < 2) {
    const message = `${name}: all ${examples.length} rows have the same label; is it the right column?`;
    throw new BertieError("input/too-few-labels", message);
  }
  if (labels.length > MAX_LABELS) {
    const message = `${name}: the label column has ${labels.length} different values; is it the right column?`;
    throw new BertieError("input/too-many-labels", message);
  }
  const shuffled = new Random(42, "hold-out").shuffled(examples);
  const held = Math.min(sizes.heldOut, Math.floor(shuffled.length / 5));
  if (held === 0) {
    const message = `${name}: ${shuffled.length} rows are too few to hold any out; provide 5 or more`;
    throw new BertieError("input/no-rows", message);
  }
  return { name, labels, train: shuffled.slice(held, held + sizes.rows), heldOut: shuffled.slice(0, held) };
}
