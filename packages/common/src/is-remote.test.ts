import { expect, it } from "vitest";
import { isRemote, locationName } from "./is-remote.ts";

it.each([
  ["s3://corpora/key", true],
  ["https://example.com/a", true],
  ["gs://corpora/key", true],
  ["file:///tmp/a", false],
  ["data:text/plain,a", false],
  ["C:\\texts\\a.txt", false],
  ["c://texts", false],
  ["a/b://c", false],
  ["-", false],
])("isRemote(%j) is %s", (location, expected) => {
  expect(isRemote(location)).toBe(expected);
});

it.each([
  ["https://ann:pass@example.com:8080/a%20b.txt?token=1#part", "https://example.com:8080/a%20b.txt"],
  ["s3://corpora/what?.txt", "s3://corpora/what?.txt"],
  ["texts/a?b.txt", "texts/a?b.txt"],
  ["https://", "https://"],
])("locationName(%j) is %j", (location, expected) => {
  expect(locationName(location)).toBe(expected);
});
