#!/usr/bin/env node
// Times a training step beside PyTorch's, alternately in one run, and prints the ratio of the medians.
//
//   npm run bench [-- --rounds 5]      (PYTHON names a Python that has torch and transformers)
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, steps: { type: "string", default: "7" } },
});
const bertie = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
const torchStep = fileURLToPath(new URL("torch_step.py", import.meta.url));
const shape =
  "--layers 4 --hidden-size 312 --heads 12 --intermediate-size 1248 --vocab-size 21128 --batch-size 32 --seq-length 128 --threads 2";

const contenders = {
  bertie: [process.execPath, [bertie, "bench", "step", ...shape.split(" "), "--steps", values.steps, "--json"]],
  torch: [process.env.PYTHON ?? "python3", [torchStep, ...shape.split(" "), "--steps", values.steps]],
};
const results = { bertie: [], torch: [] };
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, [command, args]] of Object.entries(contenders)) {
    const stdout = execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    const result = JSON.parse(stdout.trim().split("\n").at(-1));
    results[name].push(result);
    console.log(
      `${name.padEnd(7)} ${result.median_ms.toFixed(0).padStart(6)} ms  ${result.peak_rss_mb.toFixed(0).padStart(6)} MB`,
    );
  }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const summary = (key) => {
  const [ours, theirs] = [median(results.bertie.map((r) => r[key])), median(results.torch.map((r) => r[key]))];
  return { ours, theirs, ratio: ours / theirs };
};
const time = summary("median_ms");
const memory = summary("peak_rss_mb");
console.log(`\n${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}, ${results.torch[0].engine}`);
console.log(
  `step    ${time.ours.toFixed(0)} ms against ${time.theirs.toFixed(0)} ms: ${time.ratio.toFixed(2)} x torch`,
);
console.log(
  `memory  ${memory.ours.toFixed(0)} MB against ${memory.theirs.toFixed(0)} MB: ${memory.ratio.toFixed(2)} x torch`,
);
