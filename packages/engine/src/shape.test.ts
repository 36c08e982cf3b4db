import { describe, expect, it } from "vitest";
import { broadcastAxes, broadcastShapes, normalizeAxes, reducedShape, sizeOf, stridesOf } from "./shape.ts";

describe("broadcastShapes()", () => {
  it.each([
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    [[3], [2, 3], [2, 3]],
    [[], [2, 3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [
      [4, 1, 2],
      [3, 1],
      [4, 3, 2],
    ],
    [[0], [1], [0]],
    [[1], [2, 0], [2, 0]],
    [[], [], []],
  ])("[%o] and [%o], and the other way round", (a, b, expected) => {
    expect(broadcastShapes(a, b)).toEqual(expected);
    expect(broadcastShapes(b, a)).toEqual(expected);
  });

  it("refuses two dimensions that differ, 0 included", () => {
    expect(() => broadcastShapes([2, 3], [2])).toThrow("shapes [2,3] and [2] do not broadcast");
    expect(() => broadcastShapes([0], [2])).toThrow("do not broadcast");
  });
});

describe("axes", () => {
  it("broadcastAxes() are those that are new, or stretched from 1", () => {
    expect(broadcastAxes([3, 1], [2, 3, 4])).toEqual([0, 2]);
    expect(broadcastAxes([3, 1], [3, 1])).toEqual([]);
    expect(broadcastAxes([], [2, 3])).toEqual([0, 1]);
    expect(broadcastAxes([1], [0])).toEqual([0]);
  });

  it("normalizeAxes() counts negative ones from the end", () => {
    expect(normalizeAxes(-1, 3)).toEqual([2]);
    expect(normalizeAxes([0, -2], 3)).toEqual([0, 1]);
    expect(normalizeAxes([], 0)).toEqual([]);
    expect(() => normalizeAxes(0, 0)).toThrow("axes [0] of a tensor of rank 0");
    expect(() => normalizeAxes([1, -1], 2)).toThrow("axes [1,-1] of a tensor of rank 2");
  });

  it("reducedShape() drops axes, or keeps them as 1", () => {
    expect(reducedShape([2, 3, 4], [0, 2], false)).toEqual([3]);
    expect(reducedShape([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1]);
  });

  it("sizeOf() and stridesOf()", () => {
    expect([sizeOf([]), sizeOf([2, 3]), sizeOf([2, 0])]).toEqual([1, 6, 0]);
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
  });
});
