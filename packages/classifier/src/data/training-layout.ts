import type { TableLayout } from "@bertie/data";

/** Columns of a training table, with the separator between labels in a cell. */
export interface TrainingLayout extends TableLayout {
  readonly labelSeparator?: string | undefined;
}

/** Returns a layout for run.json. */
export function recordOfLayout(layout: TrainingLayout): Record<string, unknown> {
  const { header, columns, text, pair, labels, id, labelSeparator } = layout;
  return {
    ...{ header, names: columns, text },
    ...(pair !== undefined && { pair }),
    label: labels,
    ...(id !== undefined && { id }),
    ...(labelSeparator !== undefined && { label_separator: labelSeparator }),
  };
}

/** Returns the layout in run.json; undefined if it is incomplete. */
export function layoutOfRecord(record: Readonly<Record<string, unknown>> | undefined): TrainingLayout | undefined {
  const { header, names, text, pair, label, id, label_separator } = record ?? {};
  if (typeof header !== "boolean" || typeof text !== "string" || !isList(names) || !isList(label)) return undefined;
  return {
    ...{ header, columns: names, text, labels: label },
    ...(typeof pair === "string" && { pair }),
    ...(typeof id === "string" && { id }),
    ...(typeof label_separator === "string" && { labelSeparator: label_separator }),
  };
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
