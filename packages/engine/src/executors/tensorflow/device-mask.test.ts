import { Random } from "@bertie/common";
import { describe, expect, it } from "vitest";
import { scalar, type TensorData } from "../../dtype.ts";
import { dropout } from "../../ops/composite.ts";
import { broadcastTo } from "../../ops/layout.ts";
import { compareExecutors } from "../../testing/compare-executors.ts";
import { randomProgram } from "../../testing/random-graph.ts";
import { tensorflowAvailable } from "../../testing/tensorflow-available.ts";
import { trace } from "../../trace.ts";
import { createReferenceExecutor } from "../reference/reference-executor.ts";
import { loadRuntime } from "./runtime.node.ts";
import { createTensorflowExecutor } from "./tensorflow-executor.ts";

const shapes = [[1], [7], [3, 5], [8, 4, 24, 24], [2, 3001]];
const masks = trace((t) => {
  const drawn = shapes.map((shape, i) => dropout(broadcastTo(t.feed(`x${i}`, "float32", []), shape), 0.3));
  return { outputs: Object.fromEntries(drawn.map((mask, i) => [`y${i}`, mask])) };
});
const feeds = Object.fromEntries(shapes.map((_, i) => [`x${i}`, scalar(1)]));

describe.skipIf(!tensorflowAvailable)(
  "the tensorflow executor with graphs for a GPU on the CPU (skipped unless npm run setup:native has been run)",
  () => {
    it("computes the same dropout masks of all sizes as the host, from a key of two words", async () => {
      const fed: (readonly number[])[] = [];
      const runtime = loadRuntime({ threads: 2 });
      const feed = (value: TensorData) => {
        fed.push(value.shape);
        return runtime.feed(value);
      };
      const tensorflow = await createTensorflowExecutor({ runtime: { ...runtime, hasGpu: true, feed } });
      const compiled = await tensorflow.compile(masks);
      const oracle = await createReferenceExecutor().compile(masks);
      for (const seed of [
        [42, 1],
        [42, 2],
        [-7, 123_456],
      ] as const) {
        const expected = await oracle.run(feeds, { dropoutSeed: seed });
        expect(await compiled.run(feeds, { dropoutSeed: seed })).toEqual(expected);
      }
      // Only scalars are fed: the program's feeds and the words of the key.
      expect(fed).toEqual(Array.from({ length: 3 * (shapes.length + 2) }, () => []));
      await expect(compiled.run(feeds)).rejects.toThrow("dropoutSeed");
      await tensorflow.dispose();
    });

    it("agrees with the reference on random training steps", async () => {
      const runtime = { ...loadRuntime({ threads: 2 }), hasGpu: true };
      const tensorflow = await createTensorflowExecutor({ runtime });
      for (let seed = 0; seed < 10; seed++) {
        const { program, feeds, state } = randomProgram(new Random(seed, "tensorflow"));
        await compareExecutors(createReferenceExecutor(), tensorflow, program, feeds, state, 1e-4);
      }
      await tensorflow.dispose();
    });
  },
);
