import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "@bertie/model";
import { expect, it, vi } from "vitest";
import { scratchDirectory, TINY, TINY_WEIGHTS } from "./bertie.ts";
import { createTraining, QUICKLY, readJson } from "./training.ts";

const { train } = createTraining(scratchDirectory());
vi.setConfig({ testTimeout: 60_000 });

const tensorsOf = (path: string) => readSafetensors(readFileSync(path), path);

it("bertie train --freeze-layers keeps embeddings and lower layers byte for byte, and trains the other layers", async () => {
  const start = tensorsOf(TINY.weights);
  const options = [...QUICKLY, ...TINY_WEIGHTS, "--freeze-layers", "1"];
  const { run, stderr } = await train("frozen", ...options);
  expect(readJson(run, "run.json").options).toMatchObject({ freeze_layers: 1 });
  expect(stderr).toMatch(/^--freeze-layers: training \d+ of \d+ weights$/m);
  // The logits do not depend on the bias of the last layer's keys, so it does not change either.
  const unused = "bert.encoder.layer.1.attention.self.key.bias";
  for (const [name, tensor] of tensorsOf(join(run, "model.safetensors"))) {
    const isFrozen = name.startsWith("bert.embeddings.") || name.startsWith("bert.encoder.layer.0.");
    const isUnchanged = isFrozen || name === unused;
    expect([name, Buffer.compare(tensor.toBytes(), start.get(name)!.toBytes()) === 0]).toEqual([name, isUnchanged]);
  }
});
