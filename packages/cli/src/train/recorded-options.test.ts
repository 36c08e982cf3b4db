import { resolve } from "node:path";
import { expect, it } from "vitest";
import type { RunOptions } from "../options/run-options.ts";
import { recordedOptions } from "./recorded-options.ts";

it("recordedOptions() makes paths absolute, and keeps locations, stdin and other options", () => {
  const options = { trainFile: ["a.tsv", "s3://corpora/b.tsv", "https://example.com/c.tsv", "-"], outputDir: "run" };
  const trainFile = [resolve("a.tsv"), ...options.trainFile.slice(1)];
  const recorded = recordedOptions({ ...options, seed: 1 } as unknown as RunOptions);
  expect(recorded).toEqual({ trainFile, outputDir: resolve("run"), seed: 1 });
});
