import type { OptionTable } from "../options/table.ts";

/** Options of `bertie merge`. */
export const mergeOptions = {
  output: {
    group: "Output",
    kind: "path",
    help: "File or s3://… to create, or a directory in which to create it",
  },
} as const satisfies OptionTable;
