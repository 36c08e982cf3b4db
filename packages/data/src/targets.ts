import type { InputExample } from "./example.ts";
import { unknownLabel } from "./labels.ts";

/**
 * Returns the targets of each example, float32: 1 for labels that apply and 0 for the others, `[labels]`; the value of
 * regression, `[1]`; or undefined for an example without labels or value.
 *
 * @param labels all labels, in the order of their ids
 * @throws BertieError "input/unknown-label", with file, line, label and the known labels, if a label is not in `labels`
 * @example
 * ```ts
 * import { targetsOf } from "@bertie/data";
 *
 * const examples = [
 *   { guid: "train-0", textA: "干净，但很吵", labels: ["clean", "loud"] },
 *   { guid: "train-1", textA: "不错", value: 3.5 },
 * ];
 * console.log(targetsOf(examples, ["clean", "cheap", "loud"])); // [Float32Array [1, 0, 1], Float32Array [3.5]]
 * ```
 */
export function targetsOf(examples: readonly InputExample[], labels: readonly string[]): (Float32Array | undefined)[] {
  const ids = new Map(labels.map((label, id) => [label, id]));
  return examples.map((example) => {
    if (example.value !== undefined) return Float32Array.of(example.value);
    if (example.labels === undefined) return undefined;
    const targets = new Float32Array(labels.length);
    for (const label of example.labels) {
      const id = ids.get(label);
      if (id === undefined) throw unknownLabel(example, label, labels);
      targets[id] = 1;
    }
    return targets;
  });
}
