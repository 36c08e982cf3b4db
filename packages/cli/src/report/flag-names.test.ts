import { describe, expect, it } from "vitest";
import { withFlagNames } from "./flag-names.ts";

describe("withFlagNames()", () => {
  it.each([
    [
      "maxLength (--max-seq-length) is 600, but the model has 512 positions. Set maxLength to 512 or less.",
      "--max-seq-length is 600, but the model has 512 positions. Set --max-seq-length to 512 or less.",
    ],
    [
      "d: the output directory is not empty. Set overwrite (--overwrite-output-dir) to replace its contents.",
      "d: the output directory is not empty. Set --overwrite-output-dir to replace its contents.",
    ],
    ["Set evalFraction (--eval-fraction 0.1) to split.", "Set --eval-fraction 0.1 to split."],
    ["Choose another directory (--output-dir).", "Choose another directory (--output-dir)."],
    ["eval_metric is missing", "eval_metric is missing"],
  ])("%s", (message, replaced) => {
    expect(withFlagNames(message)).toBe(replaced);
  });
});
