import { expect, it } from "vitest";
import { concatBytes } from "./concat-bytes.ts";

it("concatBytes() joins its parts in order, and does not copy a single one", () => {
  const parts = [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)];
  expect(concatBytes(parts)).toEqual(Uint8Array.of(1, 2, 3));
  expect(concatBytes([])).toEqual(Uint8Array.of());
  expect(concatBytes([parts[0]!])).toBe(parts[0]);
});
