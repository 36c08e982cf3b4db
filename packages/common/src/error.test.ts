import { expect, test } from "vitest";
import { BertieError } from "./error.ts";

test("errors of another copy of the class are recognized", async () => {
  const copy: typeof import("./error.ts") = await import(`${import.meta.resolve("./error.ts")}?copy`);
  const error = new copy.BertieError("input/missing-file", "vocab.txt: no such file. Check the path.");
  expect(copy.BertieError).not.toBe(BertieError);
  expect(error instanceof BertieError && error.code).toBe("input/missing-file");
  expect(new BertieError("input/missing-file", "") instanceof copy.BertieError).toBe(true);
});

test("other values are not recognized", () => {
  const others = [undefined, null, "input/missing-file", new Error("no such file"), { code: "input/missing-file" }];
  expect(others.filter((other: unknown) => other instanceof BertieError)).toEqual([]);
});
