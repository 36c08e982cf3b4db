import { dataOptions } from "../options/data-options.ts";
import type { OptionTable, OptionValues } from "../options/table.ts";

const { textColumn, pairColumn, labelColumn, idColumn, groupColumn } = dataOptions;
const { header, format, delimiter, encoding, problemType, labelSeparator, onBadRow } = dataOptions;

/** Options of `bertie init`. */
export const initOptions = {
  ...{ textColumn, pairColumn, labelColumn, idColumn, groupColumn },
  ...{ header, format, delimiter, encoding, problemType, labelSeparator, onBadRow },
  model: {
    group: "Model",
    kind: "path",
    argument: "dir",
    help: "Model to fine-tune, whose tokenizer counts the tokens of the texts",
    defaultText: "lengths are counted in characters",
  },
  output: {
    group: "Output",
    kind: "path",
    argument: "file",
    default: "run.toml",
    help: "File to write; must not exist",
  },
} as const satisfies OptionTable;

export type InitOptions = OptionValues<typeof initOptions>;
