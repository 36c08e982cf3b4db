import process from "node:process";
import { readInput } from "@bertie/classifier/node";
import type { Command } from "commander";
import { addOptions, resolveOptions, suggestOnErrors } from "../options/command-line.ts";
import { loadTokenizer } from "../tokenize/vocabulary.ts";
import type { BenchResult } from "./benchmark.ts";
import { type BenchOptions, benchOptions, inferenceBenchOptions, tokenizerBenchOptions } from "./options.ts";

/** Adds `bertie bench`, which measures a model of a given size on random input, or the tokenizer on a file. */
export function addBenchCommand(program: Command): void {
  const bench = suggestOnErrors(program.command("bench")).description(
    "Measure the speed of training, inference or tokenization on this machine",
  );
  addOptions(bench.command("step"), benchOptions)
    .description("Measure a training step (forward pass, backward pass and BertAdam update) with dropout 0.1")
    .action(async (_, command: Command) => {
      const { options } = await resolveOptions(command, benchOptions);
      const { benchmark } = await import("./benchmark.ts");
      report(await benchmark("step", options), options);
    });
  addOptions(bench.command("inference"), inferenceBenchOptions)
    .description(
      'Measure a forward pass as in "bertie predict", on random input; with --model, accuracy and speed of a precision on tables',
    )
    .argument("[table...]", "With --model: tables of labeled texts")
    .action(async (tables: readonly string[], _, command: Command) => {
      const { options } = await resolveOptions(command, inferenceBenchOptions);
      if (tables.length > 0 || options.model !== undefined) {
        const { benchmarkPrecisions } = await import("./precisions.ts");
        return benchmarkPrecisions(tables, options);
      }
      const { benchmark } = await import("./benchmark.ts");
      report(await benchmark("inference", options), options);
    });
  addOptions(bench.command("tokenize"), tokenizerBenchOptions)
    .description("Measure the tokenization of a file's lines on one thread, excluding file input and output")
    .argument("<file>", "UTF-8 text file")
    .action(async (file: string, _, command: Command) => {
      const { options, given } = await resolveOptions(command, tokenizerBenchOptions);
      const { tokenizer } = await loadTokenizer(options, given);
      const { benchmarkTokenizer } = await import("./tokenizer.ts");
      const result = benchmarkTokenizer(tokenizer, await readInput(file), options.passes);
      const { mb_per_second, first_mb_per_second, tokens, peak_rss_mb } = result;
      const text = `${mb_per_second} MB/s, first pass ${first_mb_per_second} MB/s; ${tokens} tokens; peak memory ${peak_rss_mb} MiB\n`;
      process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : text);
    });
}

function report(result: BenchResult, { json, steps }: BenchOptions): void {
  const { median_ms, min_ms, peak_rss_mb, device, engine, precision } = result;
  const text = `${engine} on ${device}, ${precision}: median ${median_ms} ms, minimum ${min_ms} ms of ${steps} runs; peak memory ${peak_rss_mb} MiB\n`;
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text);
}
