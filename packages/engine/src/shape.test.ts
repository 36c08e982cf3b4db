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
  ])("broadcasts [%o] and [%o] in either order", (a, b, expected) => {
    expect(broadcastShapes(a, b)).toEqual(expected);
    expect(broadcastShapes(b, a)).toEqual(expected);
  });

  it("rejects dimensions that differ and are not 1, including 0", () => {
    expect(() => broadcastShapes([2, 3], [2])).toThrow("shapes [2,3] and [2] do not broadcast");
    expect(() => broadcastShapes([0], [2])).toThrow("do not broadcast");
  });
});

describe("shape functions", () => {
  it("broadcastAxes() returns axes that are missing or have dimension 1", () => {
    expect(broadcastAxes([3, 1], [2, 3, 4])).toEqual([0, 2]);
    expect(broadcastAxes([3, 1], [3, 1])).toEqual([]);
    expect(broadcastAxes([], [2, 3])).toEqual([0, 1]);
    expect(broadcastAxes([1], [0])).toEqual([0]);
  });

  it("normalizeAxes() counts negative axes from the end, and rejects invalid and repeated ones", () => {
    expect(normalizeAxes(-1, 3)).toEqual([2]);
    expect(normalizeAxes([0, -2], 3)).toEqual([0, 1]);
    expect(normalizeAxes([], 0)).toEqual([]);
    expect(() => normalizeAxes(0, 0)).toThrow("axes [0] of a tensor of rank 0");
    expect(() => normalizeAxes([1, -1], 2)).toThrow("axes [1,-1] of a tensor of rank 2");
  });

  it("reducedShape() drops axes, or keeps them with dimension 1", () => {
    expect(reducedShape([2, 3, 4], [0, 2], false)).toEqual([3]);
    expect(reducedShape([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1]);
  });

  it("sizeOf() and stridesOf() count elements", () => {
    expect([sizeOf([]), sizeOf([2, 3]), sizeOf([2, 0])]).toEqual([1, 6, 0]);
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
  });
});
