// Runs each job in its own process, in turn, and collects the results.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { median } from "../statistics.js";
import { sliceOf, vocabularyFiles } from "./data.js";
import { environmentOf } from "./implementations.js";

const run = promisify(execFile);
/** Number of passes per process, by number of threads. */
const PASSES = { 1: 4, 2: 3 };
/** Number of passes per process of slow implementations, which tokenize only a slice. */
const SLOW_PASSES = 2;

/** Runs a job and returns its result. */
export async function runJob(implementation, job) {
  const [command, ...args] = implementation.command;
  const request = { ...implementation.job, ...job };
  const { stdout } = await run(command, [...args, JSON.stringify(request)], {
    env: environmentOf(request),
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/**
 * Runs every implementation once per round, for each corpus, with one thread and with two. Implementations are
 * interleaved (A B C A B C …), so that noise of the machine affects all of them. The first pass of a process is the cold
 * sample; later passes are warm. Slow implementations run in the first round only.
 *
 * @returns by implementation, corpus and number of threads: median MB/s, cold and warm, and whether all ids match the
 *   reference
 */
export async function measure({ scratch, implementations, corpora, rounds, log }) {
  const results = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const corpus of corpora) {
      for (const implementation of implementations) {
        if (implementation.slice && round > 0) continue;
        for (const threads of implementation.threads ? [1, 2] : [1]) {
          const { path, size } = sliceOf(scratch, corpus, implementation.slice ?? Number.POSITIVE_INFINITY);
          const hash = round === 0 && threads === 1;
          const passes = implementation.slice ? SLOW_PASSES : PASSES[threads];
          const files = vocabularyFiles(scratch, corpus.language);
          const { seconds, sha256 } = await runJob(implementation, { ...files, corpus: path, passes, threads, hash });
          const key = keyOf(implementation, corpus, threads);
          const result = results.get(key) ?? {
            cold: [],
            warm: [],
            exact: sha256 && sha256 === (await corpus.hashOf(size)),
          };
          const speeds = seconds.map((time) => size / 1e6 / time);
          result.cold.push(speeds[0]);
          result.warm.push(...speeds.slice(1));
          results.set(key, result);
          log(`${round + 1}/${rounds} ${key}: ${speeds.map((speed) => speed.toFixed(1)).join(" ")} MB/s`);
        }
      }
    }
  }
  return new Map(
    [...results].map(([key, result]) => [key, { ...result, cold: median(result.cold), warm: median(result.warm) }]),
  );
}

export const keyOf = (implementation, corpus, threads) => `${implementation.key} ${corpus.name} ${threads}`;
