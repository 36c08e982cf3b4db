import process from "node:process";
import type { BertTokenizer, Lines } from "@bertie/tokenizer-wasm";

/**
 * Times the tokenizer on the lines of a text in memory.
 *
 * @param passes number of passes after the first
 * @returns the speed of the first pass and the median speed of the later passes, in MB of UTF-8 per second; the number of
 * tokens; the peak memory in MiB
 */
export function benchmarkTokenizer(tokenizer: BertTokenizer, text: Uint8Array, passes: number) {
  const times: number[] = [];
  let lines: Lines | undefined;
  for (let pass = 0; pass <= passes; pass++) {
    const start = performance.now();
    lines = tokenizer.encodeLines(text, { reuse: lines });
    times.push(performance.now() - start);
  }
  const [first, ...later] = times as [number, ...number[]];
  const speed = (milliseconds: number) => Math.round(text.length / milliseconds / 100) / 10;
  return {
    mb_per_second: speed(later.sort((a, b) => a - b)[later.length >> 1]!),
    first_mb_per_second: speed(first),
    tokens: lines!.ids.length,
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 102.4) / 10,
  };
}
