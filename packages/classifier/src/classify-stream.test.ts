import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mapInOrder } from "./classify-stream.ts";

const WINDOW = 1024;

/** Creates an identity function for windows that pauses for a number of turns, and records its windows. */
function identity(pauses: readonly number[] = []) {
  const windows: number[][] = [];
  return {
    windows,
    async mapWindow(items: readonly number[]): Promise<number[]> {
      windows.push([...items]);
      await pause(pauses[windows.length % (pauses.length || 1)] ?? 0);
      return [...items];
    },
  };
}

/** Waits for a number of turns of the event loop; for 0, only for microtasks. */
async function pause(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Creates a source of numbers from 0, with a pause before each. It records how many were read and whether it was
 * closed.
 */
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

async function collect<T>(results: AsyncIterable<T>, into: T[] = []): Promise<T[]> {
  for await (const result of results) into.push(result);
  return into;
}

describe("mapInOrder() with full windows", () => {
  it("computes the same windows for any arrival times", async () => {
    const slowly = upTo(2 * WINDOW + 10).map((i) => (i % 300 === 0 ? 1 : 0));
    const { mapWindow, windows } = identity([2]);
    expect(await collect(mapInOrder(numbers(slowly).source, mapWindow, undefined, true))).toEqual(
      upTo(2 * WINDOW + 10),
    );
    expect(windows.map(({ length }) => length)).toEqual([WINDOW, WINDOW, 10]);
  });
});

describe("mapInOrder()", () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 80 });

  it("keeps the order for any arrival and computation times", async () => {
    await fc.assert(
      fc.asyncProperty(pauses, pauses, pauses, async (arrivals, results, consumer) => {
        const { source, seen } = numbers(arrivals);
        const { mapWindow, windows } = identity(results);
        const collected: number[] = [];
        for await (const item of mapInOrder(source, mapWindow)) {
          await pause(consumer[collected.length] ?? 0);
          collected.push(item);
        }
        expect(collected).toEqual(upTo(arrivals.length));
        expect(windows.flat()).toEqual(collected);
        expect(windows.every(({ length }) => length > 0 && length <= WINDOW)).toBe(true);
        expect(seen.isClosed).toBe(true);
      }),
    );
  });

  it("accepts synchronous and empty sources", async () => {
    expect(await collect(mapInOrder(upTo(3000), identity().mapWindow))).toEqual(upTo(3000));
    expect(await collect(mapInOrder([], identity().mapWindow))).toEqual([]);
  });

  it("rethrows an error of the source after the results of the items before it", async () => {
    await fc.assert(
      fc.asyncProperty(pauses, pauses, async (arrivals, results) => {
        const { source } = numbers(arrivals, new Error("broken"));
        const collected: number[] = [];
        await expect(collect(mapInOrder(source, identity(results).mapWindow), collected)).rejects.toThrow("broken");
        expect(collected).toEqual(upTo(arrivals.length));
      }),
    );
  });

  it("rethrows an error of mapWindow, and closes the source", async () => {
    const { source, seen } = numbers(new Array(5000).fill(0));
    const results = mapInOrder(source, () => Promise.reject(new Error("window failed")));
    await expect(collect(results)).rejects.toThrow("window failed");
    await pause(2);
    expect(seen.isClosed).toBe(true);
    expect(seen.read).toBeLessThanOrEqual(2 * WINDOW + 1);
  });

  it("closes the source when the consumer stops, and stops reading it", async () => {
    await fc.assert(
      fc.asyncProperty(pauses, fc.integer({ min: 1, max: 40 }), async (arrivals, limit) => {
        const { source, seen } = numbers([...arrivals, ...new Array(3 * WINDOW).fill(0)]);
        let count = 0;
        for await (const _ of mapInOrder(source, identity().mapWindow)) if (++count === limit) break;
        await pause(5);
        const { read } = seen;
        expect(seen.isClosed).toBe(true);
        await pause(5);
        expect(seen.read).toBe(read);
      }),
      { numRuns: 30 },
    );
  });

  it("does not call next() after return()", async () => {
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
    for await (const _ of mapInOrder(source, identity([1]).mapWindow)) {
      await pause(3); // until the inbox is full
      break;
    }
    await pause(3);
    expect(calls.filter((call) => call === "return")).toHaveLength(1);
    expect(calls.at(-1)).toBe("return");
  });

  it("reads ahead by at most one window", async () => {
    const { source, seen } = numbers(new Array(6 * WINDOW).fill(0));
    let maximum = 0;
    let count = 0;
    const mapWindow = async (items: readonly number[]) => {
      await pause(3);
      maximum = Math.max(maximum, seen.read - count - items.length);
      count += items.length;
      return items;
    };
    expect(await collect(mapInOrder(source, mapWindow))).toHaveLength(6 * WINDOW);
    expect(maximum).toBeGreaterThan(WINDOW / 2);
    expect(maximum).toBeLessThanOrEqual(WINDOW + 1); // one more item has been requested
  });

  it("does not read the source before the first result is requested", async () => {
    const { source, seen } = numbers(new Array(10).fill(0));
    const results = mapInOrder(source, identity().mapWindow);
    await pause(3);
    expect(seen.read).toBe(0);
    await results.return(undefined);
  });

  it("maps the items of a slow source one by one", async () => {
    const { mapWindow, windows } = identity();
    const results: number[] = [];
    const source = (async function* () {
      for (const item of upTo(5)) {
        yield item;
        await sleep(5);
        expect(results).toEqual(upTo(item + 1)); // before the next item arrives
      }
    })();
    for await (const item of mapInOrder(source, mapWindow)) results.push(item);
    expect(windows).toEqual(upTo(5).map((item) => [item]));
  });

  it("maps the items of a fast source in full windows", async () => {
    const { mapWindow, windows } = identity([2]);
    await collect(mapInOrder(upTo(8 * WINDOW), mapWindow));
    expect(windows.map(({ length }) => length).filter((length) => length === WINDOW).length).toBeGreaterThan(4);
  });

  it("rejects immediately when aborted while waiting for the source", async () => {
    const controller = new AbortController();
    const never: AsyncIterable<number> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
    const results = collect(mapInOrder(never, identity().mapWindow, controller.signal));
    const start = performance.now();
    setTimeout(() => controller.abort(new Error("enough")), 5);
    await expect(results).rejects.toThrow("enough");
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it("rejects when aborted before the start, while computing, and between two results", async () => {
    const isAborted = (signal: AbortSignal, source: Iterable<number> = upTo(100)) =>
      expect(collect(mapInOrder(source, identity([1]).mapWindow, signal))).rejects.toThrow("enough");
    await isAborted(AbortSignal.abort(new Error("enough")));
    const during = new AbortController();
    setImmediate(() => during.abort(new Error("enough")));
    await isAborted(during.signal, upTo(1e6));
    const between = new AbortController();
    const { source, seen } = numbers(new Array(100).fill(0));
    const results = mapInOrder(source, identity().mapWindow, between.signal);
    await results.next();
    between.abort(new Error("enough"));
    await expect(collect(results)).rejects.toThrow("enough");
    await pause(2);
    expect(seen.isClosed).toBe(true);
  });
});
