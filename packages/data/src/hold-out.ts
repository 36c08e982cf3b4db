import { BertieError, Random } from "@bertie/common";
import { collectLabels, type InputExample } from "@bertie/data";

/** What the texts that come with the page are called in files; people see their language's name for them. */
export const BUNDLED = "reviews";

/** Labelled texts, a part of which is held out from training to evaluate on. */
export interface LabelledTexts {
  readonly name: string;
  /** In the order of their ids. */
  readonly labels: readonly string[];
  readonly train: readonly InputExample[];
  readonly heldOut: readonly InputExample[];
}

export interface Share {
  /** At most so many rows to train on. */
  readonly rows: number;
  /** At most so many held out. */
  readonly heldOut: number;
}

/** Texts that come in two sets: the first rows of each are taken. */
export function takeTexts(
  name: string,
  { train, dev }: { readonly train: readonly InputExample[]; readonly dev: readonly InputExample[] },
  { rows, heldOut }: Share,
): LabelledTexts {
  return { name, labels: collectLabels(train), train: train.slice(0, rows), heldOut: dev.slice(0, heldOut) };
}

/** More labels than this are no labels, but texts or numbers of rows. */
const MOST_LABELS = 100;

/**
 * Texts that come in one set: some rows of it are held out, drawn at random.
 *
 * @throws BertieError "input/too-few-labels", "input/too-many-labels", "input/no-rows"
 */
export function splitTexts(name: string, examples: readonly InputExample[], { rows, heldOut }: Share): LabelledTexts {
  const labels = collectLabels(examples);
  if (labels.length < 2) {
    const text = `${name}: all ${examples.length} rows have the same label; is it the right column?`;
    throw new BertieError("input/too-few-labels", text);
  }
  if (labels.length > MOST_LABELS) {
    const text = `${name}: the label's column has ${labels.length} different values; is it the right column?`;
    throw new BertieError("input/too-many-labels", text);
  }
  const shuffled = new Random(42, "hold-out").shuffled(examples);
  const kept = Math.min(heldOut, Math.floor(shuffled.length / 5));
  if (kept === 0) throw new BertieError("input/no-rows", `${name}: it has ${shuffled.length} rows; give 5 or more`);
  return { name, labels, train: shuffled.slice(kept, kept + rows), heldOut: shuffled.slice(0, kept) };
}
