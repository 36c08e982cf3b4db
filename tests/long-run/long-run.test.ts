import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { tensorflowAvailable } from "../../packages/engine/src/testing/tensorflow-available.ts";

const script = fileURLToPath(new URL("two-thousand-steps.js", import.meta.url));
const minutes = 60_000;

describe("2,000 training steps", () => {
  const expectNoLeak = async (engine: string) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, engine]);
    const { megabytes } = JSON.parse(stdout) as { megabytes: number[] };
    // The batch and the masks of a step take 100 KB on average. A leak of them would add 150 MB.
    expect(megabytes.at(-1)! - megabytes[0]!).toBeLessThan(40);
  };
  it("leak no memory on onnx", { timeout: 5 * minutes }, () => expectNoLeak("onnx"));
  it.skipIf(!tensorflowAvailable)(
    "leak no memory on tensorflow (skipped: npm run setup:native has not been run)",
    { timeout: 5 * minutes },
    () => expectNoLeak("tensorflow"),
  );
});
