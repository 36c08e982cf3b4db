import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { faultInChinese } from "./faults-zh.ts";

it("faultInChinese() describes each problem that the data check finds", () => {
  const folder = new URL("../../../data/src/check/", import.meta.url);
  const sources = readdirSync(folder).filter((name) => /(?<!\.test)\.ts$/.test(name));
  const text = sources.map((name) => readFileSync(new URL(name, folder), "utf8")).join("");
  const codes = [...new Set(Array.from(text.matchAll(/"((?:check|input)\/[a-z-]+)"/g), ([, code]) => code))];
  expect(codes.length).toBeGreaterThan(15);
  const general = [faultInChinese("check/other"), faultInChinese("input/other")];
  expect(codes.filter((code) => general.includes(faultInChinese(code as `${string}/${string}`)))).toEqual([]);
});
