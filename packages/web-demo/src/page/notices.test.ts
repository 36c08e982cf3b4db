import { expect, it } from "vitest";
import { withoutFlags } from "./notices.ts";

it.each([
  ["Name the column (--label-column): a, b.", "Name the column: a, b."],
  [
    "488 texts (61.0%) will be truncated. Raise --max-seq-length, or set --long-text head.",
    "488 texts (61.0%) will be truncated.",
  ],
  ["own.csv: the file has no rows.", "own.csv: the file has no rows."],
])("withoutFlags(%j)", (message, expected) => {
  expect(withoutFlags(message)).toBe(expected);
});
