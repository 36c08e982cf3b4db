// Runs jobs in turns, each in a process of its own, and gathers their figures.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { median } from "../statistics.js";
import { environmentOf } from "./contestants.js";
import { sliceOf, vocabularyFiles } from "./data.js";

const run = promisify(execFile);
/** How many passes a process makes, by threads; the slow ones, which read but a slice, make two. */
const PASSES = { 1: 4, 2: 3 };
const SLOW_PASSES = 2;

export async function ask(contestant, job) {
  const [command, ...args] = contestant.command;
  const request = { ...contestant.job, ...job };
  const { stdout } = await run(command, [...args, JSON.stringify(request)], {
    env: environmentOf(request),
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/**
 * Every contestant once a round, corpus by corpus, one thread and two: A B C A B C …, so that a machine's moods meet all.
 * A process's first pass is a cold sample, its later ones are warm. The slow ones take one turn.
 *
 * @returns for each contestant, corpus and number of threads: MB/s cold and warm (medians), and whether all ids are the reference's
 */
export async function measure({ scratch, contestants, corpora, rounds, log }) {
  const results = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const corpus of corpora) {
      for (const contestant of contestants) {
        if (contestant.slice && round > 0) continue;
        for (const threads of contestant.threads ? [1, 2] : [1]) {
          const { path, size } = sliceOf(scratch, corpus, contestant.slice ?? Number.POSITIVE_INFINITY);
          const hash = round === 0 && threads === 1;
          const passes = contestant.slice ? SLOW_PASSES : PASSES[threads];
          const files = vocabularyFiles(scratch, corpus.language);
          const { seconds, sha256 } = await ask(contestant, { ...files, corpus: path, passes, threads, hash });
          const key = keyOf(contestant, corpus, threads);
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

export const keyOf = (contestant, corpus, threads) => `${contestant.key} ${corpus.name} ${threads}`;
