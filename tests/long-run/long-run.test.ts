import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { tensorflowAvailable } from "../../packages/engine/src/testing/tensorflow-available.ts";

const script = fileURLToPath(new URL("two-thousand-steps.js", import.meta.url));
const minutes = 60_000;

describe("2,000 steps", () => {
  const leakNothing = async (engine: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, engine]);
    const { megabytes } = JSON.parse(stdout) as { megabytes: number[] };
    // A step's batch and masks are 100 KB on average: to keep them would be 150 MB from the first figure to the last.
    expect(megabytes.at(-1)! - megabytes[0]!).toBeLessThan(40);
  };
  it("leak nothing on onnx", { timeout: 5 * minutes }, () => leakNothing("onnx"));
  it.skipIf(!tensorflowAvailable)(
    "leak nothing on tensorflow (skipped where npm run setup:native has not been run)",
    { timeout: 5 * minutes },
    () => leakNothing("tensorflow"),
  );
});
