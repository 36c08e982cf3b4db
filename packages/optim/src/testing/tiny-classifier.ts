import { type Batch, Random } from "@bertie/common";
import {
  add,
  cast,
  div,
  dropout,
  type Executor,
  gather,
  linear,
  mul,
  reshape,
  sizeOf,
  sum,
  type Tensor,
  tanh,
} from "@bertie/engine";
import { type Classifier, trainedParameters } from "../classifier.ts";
import { writeParameters } from "../stepper.ts";

export const words = 20;
export const classes = 3;
const [width, hidden] = [6, 5];

/** Returns a bag-of-words classifier with one hidden layer and dropout, for tests of training. */
export function tinyClassifier(rate = 0): Classifier {
  return {
    parameters: [
      { name: "words", shape: [words, width], decay: true },
      { name: "hidden.weight", shape: [hidden, width], decay: true },
      { name: "hidden.bias", shape: [hidden], decay: false },
      { name: "output.weight", shape: [classes, hidden], decay: true },
      { name: "output.bias", shape: [classes], decay: false },
    ],
    logits(p, { inputIds, inputMask, segmentIds }, training) {
      const [size, length] = inputIds.shape as [number, number];
      const dropped = (x: Tensor) => (training ? dropout(x, rate) : x);
      const rows = gather(p("words"), add(inputIds, segmentIds));
      const mask = reshape(cast(inputMask, rows.dtype), [size, length, 1]);
      const mean = div(sum(mul(rows, mask), 1), sum(mask, 1));
      const middle = tanh(linear(dropped(mean), p("hidden.weight"), p("hidden.bias")));
      return linear(dropped(middle), p("output.weight"), p("output.bias"));
    },
  };
}

/** Returns parameters drawn from N(0, 1). */
export function randomParameters({ parameters }: Classifier, seed = 1): Map<string, Float32Array> {
  const random = new Random(seed, "parameters");
  return new Map(
    parameters.map(({ name, shape }) => [
      name,
      Float32Array.from({ length: sizeOf(shape) }, () => random.nextNormal()),
    ]),
  );
}

/** Writes random parameters into an executor, and returns the executor. */
export async function withParameters(executor: Executor, classifier: Classifier, seed?: number): Promise<Executor> {
  await writeParameters(executor, classifier, randomParameters(classifier, seed));
  return executor;
}

/** Returns a labeled batch of random words. Rows have random lengths, except that the first row has no padding. */
export function randomBatch(seed: number, size: number, length = 4): Batch {
  const random = new Random(seed, "batch");
  const lengths = Array.from({ length: size }, (_, row) => (row === 0 ? length : 1 + random.nextInt(length)));
  const matrix = (draw: () => number) =>
    Int32Array.from({ length: size * length }, (_, i) => (i % length < lengths[Math.floor(i / length)]! ? draw() : 0));
  return {
    size,
    length,
    inputIds: matrix(() => 1 + random.nextInt(words - 2)),
    inputMask: matrix(() => 1),
    segmentIds: matrix(() => random.nextInt(2)),
    labelIds: Int32Array.from({ length: size }, () => random.nextInt(classes)),
  };
}

/** Concatenates the rows of batches of equal length. */
export function joinBatches(batches: readonly Batch[]): Batch {
  const all = (key: "inputIds" | "inputMask" | "segmentIds" | "labelIds") =>
    Int32Array.from(batches.flatMap((batch) => [...batch[key]]));
  return {
    size: batches.reduce((total, { size }) => total + size, 0),
    length: batches[0]!.length,
    inputIds: all("inputIds"),
    inputMask: all("inputMask"),
    segmentIds: all("segmentIds"),
    labelIds: all("labelIds"),
  };
}

/** Reads the trained parameters and their moments. */
export async function readState(executor: Executor, classifier: Classifier): Promise<Map<string, number[]>> {
  const names = trainedParameters(classifier).flatMap(({ name }) => [name, `${name}/m`, `${name}/v`]);
  const state = new Map<string, number[]>();
  for (const name of names) state.set(name, Array.from((await executor.read(name)).data));
  return state;
}

/** Returns the largest absolute difference between two sets of named arrays; NaN if either contains NaN. */
export function distance(a: ReadonlyMap<string, ArrayLike<number>>, b: ReadonlyMap<string, ArrayLike<number>>): number {
  const differences = [...a].flatMap(([name, values]) => Array.from(values, (x, i) => Math.abs(x - b.get(name)![i]!)));
  return Math.max(...differences);
}

/** Returns an executor that counts the compiled programs that have not been disposed of. */
export function countingExecutor(executor: Executor): Executor & { readonly open: () => number } {
  let open = 0;
  return {
    ...executor,
    open: () => open,
    async compile(program) {
      const compiled = await executor.compile(program);
      open++;
      return {
        run: compiled.run,
        async dispose() {
          open--;
          await compiled.dispose();
        },
      };
    },
  };
}
