// Tests of the built packages that run in Node, Deno and Chromium.
import { fineTuning } from "./fine-tuning.js";
import { goldenTokens } from "./golden-tokens.js";
import { goldenTraces, goldenTraining } from "./golden-training.js";

/**
 * Returns the test cases of a runtime.
 *
 * @param read reads a file by its path from the root of the repository: `(path: string) => Promise<Uint8Array>`
 * @param executors functions that create the executors of this runtime, by name
 * @returns cases `{ name, run }`; `run` throws if the case fails
 */
export function suite(read, executors) {
  const training = Object.entries(executors).flatMap(([engine, createExecutor]) => [
    ...goldenTraces.map((golden) => ({
      name: `train() and classify() on ${engine} follow the reference implementation's trace, ${golden.trace}`,
      run: () => goldenTraining(read, createExecutor, golden),
    })),
    {
      name: `a tiny BERT learns as well on ${engine} as on the reference engine`,
      run: () => fineTuning(createExecutor),
    },
  ]);
  return [
    { name: "BertTokenizer equals the reference on the golden records", run: () => goldenTokens(read) },
    ...training,
  ];
}

/** Returns an entry for the executors of `suite()` if an optional engine is installed, otherwise an empty object. */
export async function ifInstalled(engine, createExecutor) {
  try {
    await (await createExecutor()).dispose();
    return { [engine]: createExecutor };
  } catch (error) {
    if (error.code !== "engine/unavailable") throw error;
    console.log(`skipped: ${engine}. ${error.message}`);
    return {};
  }
}

/** Returns an entry for onnx on WebGPU if an environment variable names a GPU or an emulated one. */
export function ifWebgpu(environment, createExecutor) {
  if ((environment.BERTIE_WEBGPU ?? environment.VK_ICD_FILENAMES) !== undefined)
    return { "onnx on webgpu": createExecutor };
  console.log("skipped: onnx on webgpu, because neither BERTIE_WEBGPU nor VK_ICD_FILENAMES is set");
  return {};
}

/** Runs the cases, prints the results and the `cases:` line that scripts/check.sh counts, and returns whether all passed. */
export async function report(cases, print) {
  let failed = 0;
  for (const { name, run } of cases) {
    try {
      await run();
      print(`ok      ${name}`);
    } catch (error) {
      failed++;
      print(`FAILED  ${name}\n${error instanceof Error ? error.stack : error}`);
    }
  }
  print(`cases: ${cases.length - failed} passed, ${failed} failed`);
  return failed === 0;
}
