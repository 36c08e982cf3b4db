import { TRAINING } from "./measure.js";
import { fineTune, simulateShards } from "./simulate.js";

/** Assumptions about the cluster. */
export const ASSUMPTIONS = {
  pricePerCoreHour: 0.05,
  shardsPerCore: 4,
  storeBytesPerSecond: 10e9,
  streamBytesPerSecond: 100e6,
  sigma: 0.2,
  failureRate: 0.01,
  seed: 1,
  coresPerMachine: 16,
  networkBytesPerSecond: 1.25e9,
  latencySeconds: 1e-4,
};

const CORES = [1, 16, 256, 4096];
/** Bytes of a text of 64 tokens, and of its line of predictions. */
const TEXT_BYTES = 200;
const PREDICTION_BYTES = 40;
/** Time to load a model, in addition to the start of the command. */
const MODEL_START_SECONDS = 2;

const LIMITS = { store: "object store", startUp: "start-up", failures: "failed shards", stragglers: "stragglers" };

/** Returns the tables of the page, in Markdown, from measured speeds. */
export function scaleTables(measured, assumptions = ASSUMPTIONS) {
  return [
    measuredTable(measured),
    measuredModels(measured),
    shardTable(measured, assumptions),
    trainingTable(measured, assumptions),
    assumptionTable(assumptions),
  ].join("\n\n");
}

function table(header, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(header), `|---|${"---:|".repeat(header.length - 1)}`, ...rows.map(line)].join("\n");
}

function measuredTable({ tokenize }) {
  const rows = Object.entries(tokenize).map(([language, each]) => [
    language,
    megabytes(each.bytesPerSecond),
    megabytes(each.bytesPerSecondOfTwo),
    `${(each.bytesPerSecondOfTwo / each.bytesPerSecond).toFixed(2)}x`,
    `${each.startUpSeconds.toFixed(1)} s`,
    each.bytesOutPerByte.toFixed(2),
    megabytes(each.mergeBytesPerSecond),
  ]);
  const header = [
    "`bertie tokenize`, MB/s",
    "1 process",
    "2 processes",
    "scaling",
    "start-up",
    "bytes out per byte",
    "merge",
  ];
  return table(header, rows);
}

function measuredModels({ models, settings }) {
  const { inference, training } = settings;
  const rows = Object.entries(models).map(([name, each]) => [
    name === "base" ? "BERT base" : "small BERT (4 layers, hidden size 312)",
    each.textsPerSecond.toFixed(1),
    each.textsPerSecondOfTwo.toFixed(1),
    `${(each.textsPerSecondOfTwo / each.textsPerSecond).toFixed(2)}x`,
    `${each.stepSeconds.toFixed(2)} s`,
    `${each.speedupOnTwo.toFixed(2)}x`,
  ]);
  const header = [
    `ONNX Runtime, fp32`,
    `texts/s of ${inference.tokens} tokens, 1 process`,
    "2 processes",
    "scaling",
    `training step of ${training.batch} × ${training.tokens} tokens, 1 core`,
    "2 cores",
  ];
  return table(header, rows);
}

function shardTable({ tokenize, models }, assumptions) {
  const jobs = [
    ...Object.entries(tokenize).map(([language, each]) => [
      `Tokenize 1 TB of ${language}`,
      {
        ...{ bytesIn: 1e12, bytesOut: 1e12 * each.bytesOutPerByte, computeSeconds: 1e12 / perCore(each) },
        ...{ startUpSeconds: each.startUpSeconds, mergeBytesPerSecond: each.mergeBytesPerSecond },
      },
    ]),
    ...Object.entries(models).map(([name, each]) => [
      `Classify 1 billion texts, ${name === "base" ? "BERT base" : "small BERT"}`,
      {
        ...{ bytesIn: 1e9 * TEXT_BYTES, bytesOut: 1e9 * PREDICTION_BYTES },
        computeSeconds: 1e9 / Math.min(each.textsPerSecond, each.textsPerSecondOfTwo / 2),
        startUpSeconds: MODEL_START_SECONDS + tokenize.Chinese.startUpSeconds,
        mergeBytesPerSecond: tokenize.Chinese.mergeBytesPerSecond,
        readsAll: true,
      },
    ]),
  ];
  const rows = jobs.flatMap(([name, { readsAll, ...job }]) =>
    CORES.map((cores) => {
      // Every shard of `bertie predict` reads the whole input.
      const amplification = readsAll ? cores * assumptions.shardsPerCore : 1;
      const result = simulateShards({ ...job, bytesIn: job.bytesIn * amplification }, { ...assumptions, cores });
      const [limit, share] = Object.entries(result.shares)
        .filter(([each]) => each !== "compute")
        .reduce((most, each) => (each[1] > most[1] ? each : most));
      const coreHours = result.coreSeconds / 3600;
      return [
        name,
        cores.toLocaleString("en"),
        duration(result.seconds),
        duration(result.mergeSeconds),
        Math.round(coreHours).toLocaleString("en"),
        money(coreHours, assumptions),
        `${LIMITS[limit]} (${(100 * share).toFixed(0)}%)`,
      ];
    }),
  );
  return table(["job", "cores", "time", "merge", "core-hours", "cost", "largest loss"], rows);
}

/** Returns the speed of one of two processes, which share caches and memory like the processes of a busy machine. */
function perCore({ bytesPerSecond, bytesPerSecondOfTwo }) {
  return Math.min(bytesPerSecond, bytesPerSecondOfTwo / 2);
}

function trainingTable({ models }, assumptions) {
  const rows = Object.entries(models).flatMap(([name, each]) =>
    [1, 16, 64, 256].map((cores) => {
      const job = { examples: 1e6, epochs: 3, batchSize: TRAINING.batch, ...each };
      const { seconds, coreSeconds, communication } = fineTune(job, { ...assumptions, cores });
      const coreHours = coreSeconds / 3600;
      return [
        name === "base" ? "BERT base" : "small BERT",
        cores.toLocaleString("en"),
        duration(seconds),
        Math.round(coreHours).toLocaleString("en"),
        money(coreHours, assumptions),
        `${(100 * communication).toFixed(0)}%`,
      ];
    }),
  );
  return table(
    ["fine-tune on 1 million examples, 3 epochs", "cores", "time", "core-hours", "cost", "communication"],
    rows,
  );
}

function assumptionTable(assumptions) {
  const rows = [
    ["price of a core-hour", `$${assumptions.pricePerCoreHour.toFixed(2)}`],
    ["shards per core", assumptions.shardsPerCore],
    ["bandwidth of the object store, all cores", `${assumptions.storeBytesPerSecond / 1e9} GB/s`],
    ["bandwidth of the object store, one core", `${assumptions.streamBytesPerSecond / 1e6} MB/s`],
    ["spread of the time of shards and machines (sigma, log-normal)", assumptions.sigma],
    ["shards that fail once", `${100 * assumptions.failureRate}%`],
    ["cores per machine, for training", assumptions.coresPerMachine],
    [
      "network between machines",
      `${assumptions.networkBytesPerSecond / 1e9} GB/s, ${1000 * assumptions.latencySeconds} ms`,
    ],
  ];
  return table(["assumption", "value"], rows);
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(0);
}

function money(coreHours, { pricePerCoreHour }) {
  const dollars = coreHours * pricePerCoreHour;
  return `$${dollars < 10 ? dollars.toFixed(2) : Math.round(dollars).toLocaleString("en")}`;
}

function duration(seconds) {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 100 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86400).toFixed(1)} days`;
}
