import { describe, expect, it } from "vitest";
import { findKnownColumns, isHeaderOf, layoutOf, type TableLayout } from "./table-layout.ts";

const layout: TableLayout = {
  header: true,
  columns: ["id", "Review Text", "stars", "helpful"],
  text: "Review Text",
  labels: ["stars"],
  id: "id",
};
const numbered: TableLayout = {
  header: false,
  columns: ["column 1", "column 2"],
  text: "column 2",
  labels: ["column 1"],
};

it("layoutOf() returns the names of the chosen columns", () => {
  const { header, columns } = layout;
  expect(layoutOf({ header, columns }, { text: 1, labels: [2], id: 0 })).toEqual(layout);
  expect(layoutOf(numbered, { text: 0, pair: 1, labels: [] })).toEqual({
    ...{ header: false, columns: numbered.columns },
    ...{ text: "column 1", pair: "column 2", labels: [] },
  });
});

describe("findKnownColumns()", () => {
  const find = (columns: readonly string[], known = layout, header = true) =>
    findKnownColumns({ header, columns }, known);

  it("finds columns by name in any order, whatever their case and white space", () => {
    expect(find(["stars", "review_text"])).toEqual({ text: 1, pair: undefined, labels: [0], id: undefined });
    expect(find(["ID", "reviewText", "Stars"])).toMatchObject({ text: 1, labels: [2], id: 0 });
  });

  it("prefers the exact name, and does not choose between similar names", () => {
    expect(find(["review_text", "Review Text"]).text).toBe(1);
    expect(find(["review_text", "REVIEW TEXT"]).text).toBeUndefined();
  });

  it("finds several label columns only together", () => {
    const several = { ...layout, labels: ["stars", "helpful"] };
    expect(find(["helpful", "stars"], several).labels).toEqual([1, 0]);
    expect(find(["helpful"], several).labels).toBeUndefined();
  });

  it("finds columns without names by their places in tables with the same number of columns", () => {
    expect(find(["column 1", "column 2"], numbered, false)).toMatchObject({ text: 1, labels: [0] });
    expect(find(["column 1"], numbered, false).text).toBeUndefined();
    expect(find(["column 1", "column 2"], numbered, true).text).toBeUndefined();
    expect(find(["id", "Review Text"], layout, false).text).toBeUndefined();
  });
});

it("isHeaderOf() recognizes a header with some of the names in another order", () => {
  expect(isHeaderOf(layout, ["stars", "review text"])).toBe(true);
  expect(isHeaderOf(layout, ["stars", "text"])).toBe(false);
  expect(isHeaderOf(layout, ["stars", "stars"])).toBe(false);
  expect(isHeaderOf(layout, ["", ""])).toBe(false);
  expect(isHeaderOf(numbered, ["column 1", "column 2"])).toBe(false);
});
