import { BertieError } from "@bertie/common";
import { quote } from "./quote.ts";

/** More labels than this in a configuration are a slip: the classifier would outweigh the model. */
const MOST_LABELS = 1 << 20;

/**
 * The labels that a Hugging Face configuration states, in the order of their ids; undefined where it states none.
 *
 * `id2label` is believed first, as predictions are named by it (a `label2id` that contradicts it is often a leftover),
 * then `label2id`; a bare `num_labels` gives LABEL_0, LABEL_1, …, the names that transformers makes up.
 *
 * @throws BertieError config/labels
 */
export function labelsFromJson(
  json: Readonly<Record<string, unknown>>,
  fileName: string,
): readonly string[] | undefined {
  const fault = (key: string, what: string) => new BertieError("config/labels", `${fileName}: "${key}" ${what}`);
  const entries = (key: string): [string, unknown][] | undefined => {
    const value = json[key] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== "object" || Array.isArray(value)) throw fault(key, "must be an object");
    return Object.entries(value as object);
  };
  /** Puts labels in the order of their ids, which must be 0, 1, 2, … */
  const order = (key: string, pairs: readonly (readonly [id: number, label: unknown])[]): string[] => {
    if (pairs.length === 0) throw fault(key, "names no label");
    const labels = new Array<string>(pairs.length);
    const seen = new Set<string>();
    for (const [id, label] of pairs) {
      if (!(Number.isInteger(id) && id >= 0 && id < pairs.length) || labels[id] !== undefined) {
        throw fault(key, `must number its ${pairs.length} labels 0 to ${pairs.length - 1}, each once`);
      }
      if (typeof label !== "string" && typeof label !== "number")
        throw fault(key, `has a label that is not text at id ${id}`);
      labels[id] = String(label);
      if (seen.has(labels[id])) throw fault(key, `gives the label ${quote(label)} to more than one id`);
      seen.add(labels[id]);
    }
    return labels;
  };

  const byId = entries("id2label");
  if (byId)
    return order(
      "id2label",
      byId.map(([id, label]) => [wholeNumber(id), label]),
    );
  const byLabel = entries("label2id");
  if (byLabel)
    return order(
      "label2id",
      byLabel.map(([label, id]) => [typeof id === "number" ? id : Number.NaN, label]),
    );
  const count = json.num_labels ?? undefined;
  if (count === undefined) return undefined;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > MOST_LABELS) {
    throw fault("num_labels", `must be a whole number from 1 to ${MOST_LABELS}`);
  }
  return Array.from({ length: count }, (_, id) => `LABEL_${id}`);
}

function wholeNumber(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}
