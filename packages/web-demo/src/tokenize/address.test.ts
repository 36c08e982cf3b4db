import fc, { constantFrom, record, string } from "fast-check";
import { expect, it } from "vitest";
import { hashOf, stateOf } from "./address.ts";

const states = record(
  {
    text: string({ unit: "grapheme", maxLength: 50 }),
    pair: string({ unit: "grapheme", minLength: 1, maxLength: 50 }),
    vocabulary: constantFrom("zh" as const, "en" as const),
    second: constantFrom("zh" as const, "en" as const),
    maxLength: fc.integer({ min: 2, max: 1000 }),
  },
  { requiredKeys: ["text"] },
);

it("stateOf() returns the state that hashOf() wrote", () => {
  fc.assert(
    fc.property(states, fc.boolean(), fc.boolean(), (state, lowercase, special) => {
      expect(stateOf(hashOf({ ...state, lowercase, special })!)).toEqual({ ...state, lowercase, special });
    }),
  );
});

it("stateOf() ignores values that are not valid, and other addresses", () => {
  expect(stateOf("#tokenize?text=a+b&vocabulary=xx&length=1&lowercase=maybe")).toEqual({
    ...{ text: "a b", lowercase: true, special: true },
  });
  for (const hash of ["", "#tokenize", "#classify?text=a"]) expect(stateOf(hash)).toBeUndefined();
});

it("hashOf() returns undefined if the address would be too long", () => {
  expect(hashOf({ text: "a".repeat(5000) })).toHaveLength("#tokenize?text=".length + 5000);
  expect(hashOf({ text: "好".repeat(5000) })).toBeUndefined();
});
