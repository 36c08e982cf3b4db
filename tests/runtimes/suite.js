// What the packages must show in every runtime, as users get them: thin, and the same in Node, Deno and Chromium.
import { fineTuning } from "./fine-tuning.js";
import { goldenTokens } from "./golden-tokens.js";
import { goldenTraces, goldenTraining } from "./golden-training.js";

/**
 * @param read reads a file of this repository, by its path in it: `(path: string) => Promise<Uint8Array>`
 * @param executors by name, functions that make the executors this runtime has
 * @returns cases, each `{ name, run }`; `run` throws where it does not hold
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

/** The executor of an optional engine by its name, where that engine is installed. */
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

/** The onnx engine on a GPU, where there is one, or a software driver for it: the environment's variables say so. */
export function ifWebgpu(environment, createExecutor) {
  if ((environment.BERTIE_WEBGPU ?? environment.VK_ICD_FILENAMES) !== undefined)
    return { "onnx on webgpu": createExecutor };
  console.log("skipped: onnx on webgpu, as neither BERTIE_WEBGPU nor VK_ICD_FILENAMES is set");
  return {};
}

/** Runs the cases in turn and prints what came of them, with the line that the gate counts by; true if all hold. */
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
