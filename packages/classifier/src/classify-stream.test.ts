import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerInOrder } from "./classify-stream.ts";

const WINDOW = 1024;

/** Answers a number by itself, after a pause that depends on the window. */
function answering(pauses: readonly number[] = []) {
  const windows: number[][] = [];
  return {
    windows,
    async answer(items: readonly number[]): Promise<number[]> {
      windows.push([...items]);
      await pause(pauses[windows.length % (pauses.length || 1)] ?? 0);
      return [...items];
    },
  };
}

/** Waits for some turns of the event loop; for 0, only for microtasks. */
async function pause(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A source of numbers from 0, with a pause before each; it records how far it was read and whether it was closed. */
function numbers(pauses: Iterable<number>, failure?: Error) {
  const seen = { read: 0, isClosed: false };
  const source = (async function* () {
    try {
      for (const turns of pauses) {
        await pause(turns);
        yield seen.read++;
      }
      if (failure) throw failure;
    } finally {
      seen.isClosed = true;
    }
  })();
  return { source, seen };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

async function collect<T>(answers: AsyncIterable<T>, into: T[] = []): Promise<T[]> {
  for await (const answer of answers) into.push(answer);
  return into;
}

describe("answerInOrder()", () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 80 });

  it("keeps the order, whenever items arrive and however long answers take", async () => {
    await fc.assert(
      fc.asyncProperty(pauses, pauses, pauses, async (arrivals, answers, consumer) => {
        const { source, seen } = numbers(arrivals);
        const { answer, windows } = answering(answers);
        const found: number[] = [];
        for await (const item of answerInOrder(source, answer)) {
          await pause(consumer[found.length] ?? 0);
          found.push(item);
        }
        expect(found).toEqual(upTo(arrivals.length));
        expect(windows.flat()).toEqual(found);
        expect(windows.every(({ length }) => length > 0 && length <= WINDOW)).toBe(true);
        expect(seen.isClosed).toBe(true);
      }),
    );
  });

  it("takes synchronous sources, and empty ones", async () => {
    expect(await collect(answerInOrder(upTo(3000), answering().answer))).toEqual(upTo(3000));
    expect(await collect(answerInOrder([], answering().answer))).toEqual([]);
  });

  it("throws the source's error after the answers of what came before it", async () => {
    await fc.assert(
      fc.asyncProperty(pauses, pauses, async (arrivals, answers) => {
        const { source } = numbers(arrivals, new Error("broken"));
        const found: number[] = [];
        await expect(collect(answerInOrder(source, answering(answers).answer), found)).rejects.toThrow("broken");
        expect(found).toEqual(upTo(arrivals.length));
      }),
    );
  });

  it("throws the error of an answer, and closes the source", async () => {
    const { source, seen } = numbers(new Array(5000).fill(0));
    const answers = answerInOrder(source, () => Promise.reject(new Error("no answer")));
    await expect(collect(answers)).rejects.toThrow("no answer");
    await pause(2);
    expect(seen.isClosed).toBe(true);
    expect(seen.read).toBeLessThanOrEqual(2 * WINDOW + 1);
  });

  it("closes the source when the consumer stops, and reads no more of it", async () => {
    await fc.assert(
      fc.asyncProperty(pauses, fc.integer({ min: 1, max: 40 }), async (arrivals, wanted) => {
        const { source, seen } = numbers([...arrivals, ...new Array(3 * WINDOW).fill(0)]);
        let count = 0;
        for await (const _ of answerInOrder(source, answering().answer)) if (++count === wanted) break;
        await pause(5);
        const { read } = seen;
        expect(seen.isClosed).toBe(true);
        await pause(5);
        expect(seen.read).toBe(read);
      }),
      { numRuns: 30 },
    );
  });

  it("does not ask a source for more once it has closed it", async () => {
    const calls: string[] = [];
    const source: AsyncIterableIterator<number> = {
      next: async () => {
        calls.push("next");
        return { done: false, value: 1 };
      },
      return: async () => {
        calls.push("return");
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => source,
    };
    for await (const _ of answerInOrder(source, answering([1]).answer)) {
      await pause(3); // the inbox is full by now
      break;
    }
    await pause(3);
    expect(calls.filter((call) => call === "return")).toHaveLength(1);
    expect(calls.at(-1)).toBe("return");
  });

  it("reads the source ahead by one window at most", async () => {
    const { source, seen } = numbers(new Array(6 * WINDOW).fill(0));
    let most = 0;
    let answered = 0;
    const answer = async (items: readonly number[]) => {
      await pause(3);
      most = Math.max(most, seen.read - answered - items.length);
      answered += items.length;
      return items;
    };
    expect(await collect(answerInOrder(source, answer))).toHaveLength(6 * WINDOW);
    expect(most).toBeGreaterThan(WINDOW / 2);
    expect(most).toBeLessThanOrEqual(WINDOW + 1); // one more has been asked for
  });

  it("is not read by a consumer that takes nothing", async () => {
    const { source, seen } = numbers(new Array(10).fill(0));
    const answers = answerInOrder(source, answering().answer);
    await pause(3);
    expect(seen.read).toBe(0);
    await answers.return(undefined);
  });

  it("answers a slow source item by item", async () => {
    const { answer, windows } = answering();
    const answered: number[] = [];
    const source = (async function* () {
      for (const item of upTo(5)) {
        yield item;
        await sleep(5);
        expect(answered).toEqual(upTo(item + 1)); // before the next item is there
      }
    })();
    for await (const item of answerInOrder(source, answer)) answered.push(item);
    expect(windows).toEqual(upTo(5).map((item) => [item]));
  });

  it("answers a fast source in full windows", async () => {
    const { answer, windows } = answering([2]);
    await collect(answerInOrder(upTo(8 * WINDOW), answer));
    expect(windows.map(({ length }) => length).filter((length) => length === WINDOW).length).toBeGreaterThan(4);
  });

  it("rejects promptly when it is aborted while it waits for a source that yields nothing", async () => {
    const controller = new AbortController();
    const never: AsyncIterable<number> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
    const answers = collect(answerInOrder(never, answering().answer, controller.signal));
    const start = performance.now();
    setTimeout(() => controller.abort(new Error("enough")), 5);
    await expect(answers).rejects.toThrow("enough");
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it("rejects when it is aborted before, while it answers, and between two answers", async () => {
    const isAborted = (signal: AbortSignal, source: Iterable<number> = upTo(100)) =>
      expect(collect(answerInOrder(source, answering([1]).answer, signal))).rejects.toThrow("enough");
    await isAborted(AbortSignal.abort(new Error("enough")));
    const during = new AbortController();
    setImmediate(() => during.abort(new Error("enough")));
    await isAborted(during.signal, upTo(1e6));
    const between = new AbortController();
    const { source, seen } = numbers(new Array(100).fill(0));
    const answers = answerInOrder(source, answering().answer, between.signal);
    await answers.next();
    between.abort(new Error("enough"));
    await expect(collect(answers)).rejects.toThrow("enough");
    await pause(2);
    expect(seen.isClosed).toBe(true);
  });
});
