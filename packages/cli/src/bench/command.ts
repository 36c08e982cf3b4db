import process from "node:process";
import { readInput } from "@bertie/classifier/node";
import type { Command } from "commander";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import type { OptionTable } from "../options/table.ts";
import { loadTokenizer, vocabularyOptions } from "../tokenize/vocabulary.ts";
import type { BenchResult } from "./benchmark.ts";
import { type BenchOptions, benchOptions } from "./options.ts";

const tokenizeOptions = {
  ...vocabularyOptions,
  passes: { from: "bertie", kind: "integer", default: 5, min: 1, help: "over the text that are measured" },
  json: { from: "bertie", kind: "flag", help: "write one JSON object" },
} as const satisfies OptionTable;

/** `bertie bench`: times a model of the given size on made-up input, or the tokenizer on a file. */
export function addBenchCommand(program: Command): void {
  const bench = program.command("bench").description("measure how fast this machine is");
  const add = (name: "step" | "inference", description: string) =>
    addOptions(bench.command(name), benchOptions)
      .description(description)
      .action(async (_, command: Command) => {
        const { options } = await resolveOptions(command, benchOptions);
        const { benchmark } = await import("./benchmark.ts");
        report(await benchmark(name, options), options);
      });
  add("step", "a training step: forward, backward and BertAdam, with dropout 0.1");
  add("inference", "a forward pass, without dropout");
  addOptions(bench.command("tokenize"), tokenizeOptions)
    .description("the lines of a file as ids, from memory to memory, on one thread")
    .argument("<file>", "UTF-8")
    .action(async (file: string, _, command: Command) => {
      const { options, given } = await resolveOptions(command, tokenizeOptions);
      const { tokenizer } = await loadTokenizer(options, given);
      const { benchmarkTokenizer } = await import("./tokenizer.ts");
      const result = benchmarkTokenizer(tokenizer, await readInput(file), options.passes);
      const { mb_per_second, first_mb_per_second, tokens, peak_rss_mb } = result;
      const text = `${mb_per_second} MB/s, the first time ${first_mb_per_second}; ${tokens} tokens; ${peak_rss_mb} MB at most\n`;
      process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : text);
    });
}

function report(result: BenchResult, { json, steps }: BenchOptions): void {
  const { median_ms, min_ms, peak_rss_mb, device, engine, precision } = result;
  const text = `${engine} on ${device} in ${precision}: median ${median_ms} ms, least ${min_ms} ms of ${steps} runs; ${peak_rss_mb} MB at most\n`;
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : text);
}
