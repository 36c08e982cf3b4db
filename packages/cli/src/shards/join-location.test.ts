import { join } from "node:path";
import { expect, it } from "vitest";
import { directoryOf, joinLocation } from "./join-location.ts";

it.each([
  ["s3://corpora", "ids.bin", "s3://corpora/ids.bin"],
  ["s3://corpora/a//", "ids.bin", "s3://corpora/a//ids.bin"],
  ["s3://corpora/a b", "ids.bin", "s3://corpora/a b/ids.bin"],
  [join("a", "..", "b"), "ids.bin", join("b", "ids.bin")],
])("joinLocation(%j, %j) is %j", (directory, name, joined) => {
  expect(joinLocation(directory, name)).toBe(joined);
  expect(joinLocation(directoryOf(joined), name)).toBe(joined);
});
