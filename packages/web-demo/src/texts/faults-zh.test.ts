import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { faultInChinese } from "./faults-zh.ts";

/** Returns the sources in a folder of the packages, without tests, as one text. */
function sourcesOf(path: string): string {
  const folder = new URL(`../../../${path}/`, import.meta.url);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sources = names.filter((name) => /(?<!\.test)\.ts$/.test(name));
  return sources.map((name) => readFileSync(new URL(name, folder), "utf8")).join("");
}

it("faultInChinese() describes each problem that the data check finds", () => {
  const text = sourcesOf("data/src/check");
  const codes = [...new Set(Array.from(text.matchAll(/"((?:check|input)\/[a-z-]+)"/g), ([, code]) => code))];
  expect(codes.length).toBeGreaterThan(15);
  const general = [faultInChinese("check/other"), faultInChinese("input/other")];
  expect(codes.filter((code) => general.includes(faultInChinese(code as `${string}/${string}`)))).toEqual([]);
});

it("faultInChinese() describes the warning of each run and the note of each export", () => {
  const text = sourcesOf("classifier/src").replace(/^ *\* .*$/gm, "");
  const calls = Array.from(text.matchAll(/(?<!const )\bwarning\(/g));
  const coded = Array.from(text.matchAll(/\bwarning\([^;]*?"([a-z-]+\/[a-z-]+)",?\s*\)/g), ([, code]) => code);
  // A warning without a code would stay English on the Chinese page.
  expect(coded.length).toBe(calls.length);
  const notes = Array.from(text.matchAll(/code: "([a-z-]+\/[a-z-]+)"/g), ([, code]) => code);
  const codes = [...coded, ...notes] as `${string}/${string}`[];
  expect(codes.length).toBeGreaterThan(12);
  const generalOf = (code: string) => faultInChinese(`${code.split("/")[0]}/other` as `${string}/${string}`);
  expect(codes.filter((code) => faultInChinese(code) === generalOf(code))).toEqual([]);
});
