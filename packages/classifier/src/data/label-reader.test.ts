import { bytesSource, openTable } from "@bertie/data";
import { expect, it } from "vitest";
import { labelReader } from "./label-reader.ts";

const open = (csv: string) => openTable(bytesSource("a.csv", new TextEncoder().encode(csv)));

it("says when no label contains the separator", async () => {
  const table = await open("text,tags\nClean rooms,good|cheap\nToo loud,bad\nFriendly staff,good\n");
  const guessesOf = (labelSeparator: string) => labelReader(table, [1], { labelSeparator }).guesses;
  expect(guessesOf("|")).toEqual([]);
  expect(guessesOf(";")).toEqual([
    'a.csv: column "tags" (2): no label in the first 3 rows contains ";" (--label-separator), so each has one label, such as "good|cheap"',
  ]);
});
