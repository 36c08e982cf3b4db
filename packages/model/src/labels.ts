import { BertieError, quote } from "@bertie/common";

/** Maximum number of labels. With more labels, the classifier would be larger than the rest of the model. */
const MAX_LABELS = 1 << 20;

/**
 * Returns the labels of a Hugging Face configuration in the order of their ids, or undefined if it has no labels.
 *
 * `id2label` takes precedence over `label2id`, because transformers uses `id2label` for predictions, and a contradicting
 * `label2id` is often left over from another model. If there is only `num_labels`, labels are named LABEL_0, LABEL_1, …,
 * as in transformers.
 *
 * @throws BertieError "config/labels" if the ids are not 0, 1, 2, … or the labels are not unique strings
 */
export function labelsFromJson(
  json: Readonly<Record<string, unknown>>,
  fileName: string,
): readonly string[] | undefined {
  const badLabels = (key: string, text: string) => new BertieError("config/labels", `${fileName}: "${key}" ${text}`);
  const entries = (key: string): [string, unknown][] | undefined => {
    const value = json[key] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value))
      throw badLabels(key, "must be an object. Correct the value.");
    return Object.entries(value as object);
  };
  /** Sorts labels by their ids, which must be 0, 1, 2, … */
  const order = (key: string, pairs: readonly (readonly [id: number, label: unknown])[]): string[] => {
    if (pairs.length === 0) throw badLabels(key, "is empty. Add the labels or remove the key.");
    const labels = new Array<string>(pairs.length);
    const seen = new Set<string>();
    for (const [id, label] of pairs) {
      if (!(Number.isInteger(id) && id >= 0 && id < pairs.length) || labels[id] !== undefined) {
        throw badLabels(
          key,
          `must number its ${pairs.length} labels from 0 to ${pairs.length - 1} without gaps. Correct the ids.`,
        );
      }
      if (typeof label !== "string" && typeof label !== "number")
        throw badLabels(key, `has a label that is not a string at id ${id}. Correct the label.`);
      labels[id] = String(label);
      if (seen.has(labels[id]))
        throw badLabels(key, `has the label ${quote(label)} more than once. Use a different label for each id.`);
      seen.add(labels[id]);
    }
    return labels;
  };

  const byId = entries("id2label");
  if (byId)
    return order(
      "id2label",
      byId.map(([id, label]) => [parseId(id), label]),
    );
  const byLabel = entries("label2id");
  if (byLabel)
    return order(
      "label2id",
      byLabel.map(([label, id]) => [typeof id === "number" ? id : Number.NaN, label]),
    );
  const count = json.num_labels ?? undefined;
  if (count === undefined) return undefined;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > MAX_LABELS) {
    throw badLabels("num_labels", `must be an integer from 1 to ${MAX_LABELS}. Correct the value.`);
  }
  return Array.from({ length: count }, (_, id) => `LABEL_${id}`);
}

function parseId(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}
