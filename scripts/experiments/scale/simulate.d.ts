export interface ShardJob {
  /** Bytes that all shards read and write together. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Time of all shards on one core. */
  readonly computeSeconds: number;
  readonly startUpSeconds: number;
  readonly mergeBytesPerSecond: number;
}

export interface ShardCluster {
  readonly cores: number;
  readonly shardsPerCore: number;
  /** Bandwidth of the object store for all cores together, and for one. */
  readonly storeBytesPerSecond: number;
  readonly streamBytesPerSecond: number;
  /** Standard deviation of the logarithm of a shard's time. */
  readonly sigma: number;
  /** Probability that a shard fails. */
  readonly failureRate: number;
  readonly seed: number;
}

export function simulateShards(
  job: ShardJob,
  cluster: ShardCluster,
): {
  readonly seconds: number;
  readonly mergeSeconds: number;
  readonly coreSeconds: number;
  readonly shares: Readonly<Record<"compute" | "store" | "startUp" | "failures" | "stragglers", number>>;
};

export function speedupOn(cores: number, speedupOnTwo: number): number;

export interface TrainingJob {
  readonly examples: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Time of an update on one core. */
  readonly stepSeconds: number;
  readonly speedupOnTwo: number;
  readonly parameters: number;
}

export interface TrainingCluster {
  readonly cores: number;
  readonly coresPerMachine: number;
  readonly networkBytesPerSecond: number;
  readonly latencySeconds: number;
  readonly sigma: number;
  readonly seed: number;
}

export function fineTune(
  job: TrainingJob,
  cluster: TrainingCluster,
): { readonly seconds: number; readonly coreSeconds: number; readonly communication: number };
