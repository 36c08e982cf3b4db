import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fineTune, simulateShards, speedupOn } from "../../scripts/experiments/scale/simulate.js";

const job = { bytesIn: 1e12, bytesOut: 5e11, computeSeconds: 1e4, startUpSeconds: 1, mergeBytesPerSecond: 5e8 };
const ideal = {
  cores: 16,
  shardsPerCore: 4,
  storeBytesPerSecond: 1e15,
  streamBytesPerSecond: 1e15,
  sigma: 0,
  failureRate: 0,
  seed: 1,
};

describe("simulateShards()", () => {
  it("divides the work exactly without limits", () => {
    const { seconds, coreSeconds, mergeSeconds, shares } = simulateShards(job, ideal);
    expect(seconds).toBeCloseTo(1e4 / 16 + 4, 9);
    expect(coreSeconds).toBeCloseTo(1e4 + 64, 6);
    expect(mergeSeconds).toBe(1000);
    expect(shares.stragglers).toBeCloseTo(0, 12);
  });

  it("is limited by the bandwidth of the store", () => {
    const { seconds, shares } = simulateShards(job, { ...ideal, storeBytesPerSecond: 1e9 });
    expect(seconds).toBeCloseTo(1.5e12 / 1e9 + 4, 6);
    expect(shares.store).toBeGreaterThan(0.5);
  });

  it("never ends before the work is done, and accounts for all time, whatever the cluster", () => {
    const clusters = fc.record({
      ...{ cores: fc.integer({ min: 1, max: 40 }), shardsPerCore: fc.integer({ min: 1, max: 8 }) },
      ...{ storeBytesPerSecond: fc.double({ min: 1e8, max: 1e12, noNaN: true }), seed: fc.nat(1000) },
      ...{
        sigma: fc.double({ min: 0, max: 0.5, noNaN: true }),
        failureRate: fc.double({ min: 0, max: 0.5, noNaN: true }),
      },
    });
    fc.assert(
      fc.property(clusters, (cluster) => {
        const all = { ...ideal, ...cluster };
        const result = simulateShards(job, all);
        expect(simulateShards(job, all)).toEqual(result);
        expect(result.seconds * cluster.cores).toBeGreaterThanOrEqual(result.coreSeconds * (1 - 1e-9));
        expect(Object.values(result.shares).reduce((sum, share) => sum + share)).toBeCloseTo(1, 6);
        expect(result.seconds * all.storeBytesPerSecond).toBeGreaterThan((job.bytesIn + job.bytesOut) * (1 - 1e-9));
      }),
      { numRuns: 50 },
    );
  });
});

describe("fineTune()", () => {
  const training = { examples: 1e6, epochs: 3, batchSize: 32, stepSeconds: 2, speedupOnTwo: 2, parameters: 1e8 };
  const cluster = {
    cores: 1,
    coresPerMachine: 16,
    networkBytesPerSecond: 1e9,
    latencySeconds: 1e-4,
    sigma: 0,
    seed: 1,
  };

  it("multiplies updates by their time on one core", () => {
    expect(fineTune(training, cluster)).toEqual({ seconds: 93_750 * 2, coreSeconds: 93_750 * 2, communication: 0 });
  });

  it("adds the exchange of the gradients on several machines", () => {
    const { seconds, communication } = fineTune(training, { ...cluster, cores: 64 });
    const exchange = (6 / 4) * 0.4 + 6e-4;
    expect(seconds).toBeCloseTo(93_750 * (2 / 4 / 16 + exchange), 3);
    expect(communication).toBeCloseTo(exchange / (2 / 64 + exchange), 9);
  });

  it("speedupOn() follows Amdahl's law", () => {
    expect([speedupOn(1, 1.5), speedupOn(2, 1.5), speedupOn(64, 2), speedupOn(8, 1)]).toEqual([
      1,
      expect.closeTo(1.5, 9),
      64,
      1,
    ]);
  });
});
