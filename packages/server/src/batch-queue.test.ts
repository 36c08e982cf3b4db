import { describe, expect, it } from "vitest";
import { createBatchQueue, type QueueItem } from "./batch-queue.ts";

const never = new AbortController().signal;
const item = (input: string, length = input.length): QueueItem<string> => ({ input, length, rows: 1 });

/** A queue whose batches are recorded, and finish when the test lets them. */
function recordedQueue(maxBatchTokens: number, maxQueue = 100) {
  const batches: string[][] = [];
  const finish: (() => void)[] = [];
  const queue = createBatchQueue<string, string>({
    maxBatchTokens,
    maxQueue,
    async run(inputs) {
      batches.push([...inputs]);
      await new Promise<void>((resolve) => finish.push(resolve));
      return inputs.map((input) => input.toUpperCase());
    },
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
  return {
    queue,
    batches,
    settle,
    async next() {
      await settle();
      finish.shift()?.();
      await settle();
    },
  };
}

const outputs = async (results: Promise<{ readonly output: string }[]>) => (await results).map(({ output }) => output);

describe("createBatchQueue()", () => {
  it("puts the texts of several requests into one batch, and returns them to their requests in order", async () => {
    const { queue, batches, next } = recordedQueue(100);
    const results = [queue.add([item("bb"), item("a")], never), queue.add([item("ccc")], never)].map(outputs);
    await next();
    expect(await Promise.all(results)).toEqual([["BB", "A"], ["CCC"]]);
    expect(batches.map((batch) => batch.toSorted())).toEqual([["a", "bb", "ccc"]]);
  });

  it("limits the tokens of a batch with padding, and runs a longer text by itself", async () => {
    const { queue, batches, next } = recordedQueue(10);
    const result = outputs(queue.add([item("aaaaa"), item("bbbbb"), item("c"), item("d".repeat(50))], never));
    for (let i = 0; i < 3; i++) await next();
    expect(await result).toEqual(["AAAAA", "BBBBB", "C", "D".repeat(50)]);
    expect(batches).toEqual([["aaaaa", "bbbbb"], ["c"], ["d".repeat(50)]]);
  });

  it("prefers texts of similar length, but always runs the text that has waited longest", async () => {
    const { queue, batches, next } = recordedQueue(16);
    const texts = ["a".repeat(8), "b", "c".repeat(8), "d", "e".repeat(8)];
    const result = outputs(
      queue.add(
        texts.map((text) => item(text)),
        never,
      ),
    );
    for (let i = 0; i < 4; i++) await next();
    await result;
    expect(batches).toEqual([[texts[0], texts[2]], [texts[1], texts[3]], [texts[4]]]);
  });

  it("counts the rows of a text in windows, and separates texts with different keys", async () => {
    const { queue, batches, next } = recordedQueue(10);
    const windows = { input: "windows", length: 5, rows: 2 };
    const keyed = { ...item("keyed"), key: "other" };
    const result = outputs(queue.add([windows, item("a"), keyed, item("b")], never));
    for (let i = 0; i < 3; i++) await next();
    await result;
    expect(batches).toEqual([["windows"], ["a", "b"], ["keyed"]]);
  });

  it("removes the waiting texts of a canceled request, and no others", async () => {
    const { queue, batches, next, settle } = recordedQueue(3);
    const controller = new AbortController();
    const kept = outputs(queue.add([item("one")], never));
    await settle();
    const canceled = queue.add([item("two"), item("six")], controller.signal);
    const last = outputs(queue.add([item("ten")], never));
    controller.abort(new Error("left"));
    await expect(canceled).rejects.toThrow("left");
    expect(queue.size).toBe(1);
    for (let i = 0; i < 2; i++) await next();
    expect([await kept, await last]).toEqual([["ONE"], ["TEN"]]);
    expect(batches).toEqual([["one"], ["ten"]]);
    await expect(queue.add([item("no")], controller.signal)).rejects.toThrow("left");
  });

  it("accepts all texts of a request or none, and says when to try again", async () => {
    const { queue, next, settle } = recordedQueue(1, 2);
    const first = queue.add([item("a")], never);
    await settle();
    const second = queue.add([item("b")], never);
    await expect(queue.add([item("c"), item("d")], never)).rejects.toMatchObject({
      status: 429,
      headers: { "retry-after": "1" },
    });
    const third = queue.add([item("c")], never);
    for (let i = 0; i < 3; i++) await next();
    expect((await Promise.all([first, second, third])).flat().map(({ output }) => output)).toEqual(["A", "B", "C"]);
  });

  it("rejects only the requests of a batch that fails, and runs the next batch", async () => {
    const queue = createBatchQueue<string, string>({
      maxBatchTokens: 1,
      maxQueue: 10,
      async run([input]) {
        if (input === "x") throw new Error("failed");
        return [input!];
      },
    });
    const results = await Promise.allSettled([queue.add([item("x")], never), queue.add([item("y")], never)]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });
});
