import { expect, it } from "vitest";
import { abbreviate, truncate } from "./truncate.ts";

it.each([
  ["abc", 3, "abc", "abc"],
  ["abcd", 3, "abc", "abc…"],
  ["ab😀", 3, "ab", "ab…"],
  ["a😀b", 3, "a😀", "a😀…"],
])("truncate() and abbreviate() keep the characters of %j whole at length %i", (text, length, start, abbreviated) => {
  expect([truncate(text, length), abbreviate(text, length)]).toEqual([start, abbreviated]);
});
