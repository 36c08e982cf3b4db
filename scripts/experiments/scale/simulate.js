// Simulates jobs of many shards on a cluster, and data-parallel fine-tuning. Everything is computed from measured speeds and
// stated assumptions, and the same inputs always give the same result.

/** Returns a generator of numbers from 0 (inclusive) to 1 (exclusive) (mulberry32). */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a factor around 1 by which a shard is slower: log-normal with median 1 (Box and Muller). */
function slowdown(random, sigma) {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(sigma * normal);
}

/** Removes and returns the index of the smallest number. */
function earliest(times) {
  let best = 0;
  for (let i = 1; i < times.length; i++) if (times[i] < times[best]) best = i;
  return best;
}

/**
 * Simulates the shards of `bertie tokenize` or `bertie predict`. Each core takes the next shard as soon as it is free, starts a
 * process, and reads, computes and writes at the same time. A shard that fails is lost at a random time, and started again after
 * all others.
 *
 * @returns the time in seconds until the last shard ends and until the shards are merged, the core-seconds that were used, and
 *   the shares of time that are lost to each limit
 */
export function simulateShards(job, cluster) {
  const { bytesIn, bytesOut, computeSeconds, startUpSeconds, mergeBytesPerSecond } = job;
  const { cores, shardsPerCore, storeBytesPerSecond, streamBytesPerSecond, sigma, failureRate, seed } = cluster;
  const shards = cores * shardsPerCore;
  const random = createRandom(seed);
  const share = Math.min(streamBytesPerSecond, storeBytesPerSecond / cores);
  const transfer = (bytesIn + bytesOut) / shards / share;
  const waiting = Array.from({ length: shards }, () => ({
    compute: (computeSeconds / shards) * slowdown(random, sigma),
    fails: random() < failureRate,
  }));
  const free = new Array(cores).fill(0);
  let [busy, computed, started, waited, lost] = [0, 0, 0, 0, 0];
  for (let next = 0; next < waiting.length; next++) {
    const { compute, fails } = waiting[next];
    const core = earliest(free);
    let seconds = startUpSeconds + Math.max(compute, transfer);
    if (fails) {
      seconds *= random();
      lost += seconds;
      waiting.push({ compute, fails: false });
    } else {
      computed += compute;
      started += startUpSeconds;
      waited += Math.max(0, transfer - compute);
    }
    free[core] += seconds;
    busy += seconds;
  }
  const seconds = Math.max(...free);
  const mergeSeconds = bytesOut / Math.min(mergeBytesPerSecond, streamBytesPerSecond);
  return {
    seconds,
    mergeSeconds,
    coreSeconds: busy,
    shares: {
      compute: computed / (seconds * cores),
      store: waited / (seconds * cores),
      startUp: started / (seconds * cores),
      failures: lost / (seconds * cores),
      stragglers: (seconds * cores - busy) / (seconds * cores),
    },
  };
}

/** Returns the speedup on a number of cores by Amdahl's law, from the speedup on two. */
export function speedupOn(cores, speedupOnTwo) {
  const serial = Math.min(1, Math.max(0, 2 / speedupOnTwo - 1));
  return 1 / (serial + (1 - serial) / cores);
}

/**
 * Computes the time of data-parallel fine-tuning: every machine computes its part of the batch, and then the gradients are
 * added in a ring. The slowest machine determines each update.
 *
 * @returns the time in seconds, the core-seconds, and the share of time that is communication
 */
export function fineTune(job, cluster) {
  const { examples, epochs, batchSize, stepSeconds, speedupOnTwo, parameters } = job;
  const { cores, coresPerMachine, networkBytesPerSecond, latencySeconds, sigma, seed } = cluster;
  const used = Math.min(cores, coresPerMachine);
  const machines = Math.min(Math.ceil(cores / coresPerMachine), batchSize);
  const updates = Math.ceil((examples * epochs) / batchSize);
  const random = createRandom(seed);
  const draws = 1000;
  let slowest = 0;
  for (let draw = 0; draw < draws; draw++) {
    let factor = 0;
    for (let machine = 0; machine < machines; machine++) factor = Math.max(factor, slowdown(random, sigma));
    slowest += factor / draws;
  }
  const perMachine = Math.ceil(batchSize / machines) / batchSize;
  const compute = (stepSeconds * perMachine * (machines > 1 ? slowest : 1)) / speedupOn(used, speedupOnTwo);
  const hops = 2 * (machines - 1);
  const communicate = (hops / machines) * ((4 * parameters) / networkBytesPerSecond) + hops * latencySeconds;
  const seconds = updates * (compute + communicate);
  return { seconds, coreSeconds: seconds * used * machines, communication: communicate / (compute + communicate) };
}
