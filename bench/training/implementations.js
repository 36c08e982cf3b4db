// The implementations to compare. The command of an implementation takes the arguments of a case (cases.js) and prints
// { median_ms, min_ms, peak_rss_mb } as its last line, and warmup_s if its first runs compile the model. The command of a run
// fine-tunes on the bundled reviews, evaluates, and prints the accuracy.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hasTensorflow } from "./tensorflow.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const bertie = [process.execPath, here("../../packages/cli/bin/bertie.js")];
const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ownPython = here("peers/python/.venv/bin/python");
const python = process.env.PYTHON ?? (existsSync(ownPython) ? ownPython : undefined);
const versions = pythonVersions(["torch", "transformers", "pytorch-pretrained-bert"]);

const withoutPrecision = (args) => args.filter((_, i) => args[i] !== "--precision" && args[i - 1] !== "--precision");

const hasTwoThreads = ({ threads }) => threads === 2;
const isFp32 = ({ precision }) => precision === "fp32";
const isSlowCase = ({ size, threads }) => size === "base" || threads === 1;

/**
 * `takes` returns whether the implementation supports a case. `version` is undefined if the implementation is not
 * installed, and `get` is the command that installs it. `isBound` marks an entry that does only a part of the previous
 * implementation's work, as a lower bound.
 */
export const implementations = [
  ours("tensorflow", "Bertie, TensorFlow", hasTensorflow, () => true),
  matmulsOf("tensorflow", hasTensorflow),
  ours("onnx", "Bertie, ONNX Runtime", true, isFp32),
  matmulsOf("onnx", true),
  ours("onnx-web", "Bertie, ONNX Runtime in WASM, Node", true, (c) => isFp32(c) && !isSlowCase(c)),
  {
    key: "chromium",
    label: "Bertie, ONNX Runtime in WASM, Chromium",
    ours: true,
    command: (args) => [process.execPath, here("chromium.js"), ...withoutPrecision(args)],
    takes: (c) => isFp32(c) && c.what === "step" && !isSlowCase(c),
    version: existsSync(chromium) ? "" : undefined,
  },
  peer("torch", "torch + transformers", ["torch", "transformers"], () => true, ["transformers"]),
  {
    // Compilation takes up to two minutes per process.
    ...peer("torch-compile", "torch + transformers, torch.compile", ["torch", "transformers"], hasTwoThreads, [
      "transformers",
      "--compile",
    ]),
    compiles: true,
  },
  peer("pretrained-bert", "pytorch-pretrained-bert", ["pytorch-pretrained-bert"], isFp32, ["pretrained_bert"]),
  {
    key: "tfjs",
    label: "plain tfjs-node",
    command: (args) => [process.execPath, here("peers/tfjs-step.cjs"), ...withoutPrecision(args)],
    takes: isFp32,
    version: hasTensorflow ? "4.22.0" : undefined,
    get: "npm run setup:native",
  },
];

function ours(engine, label, isInstalled, takes) {
  return {
    key: engine,
    label,
    ours: true,
    command: (args) => [...bertie, "bench", ...args, "--engine", engine, "--json"],
    takes,
    version: isInstalled ? "" : undefined,
    get: "npm run setup:native",
  };
}

/**
 * Returns an entry that measures only the matrix multiplications of an engine's step or forward pass, as a lower bound.
 */
function matmulsOf(engine, isInstalled) {
  const complete = ours(engine, "", isInstalled, (c) => isFp32(c) && hasTwoThreads(c));
  const command = (args) => [...complete.command(args), "--products-alone"];
  return {
    ...complete,
    key: `${engine} products`,
    label: "– only its matrix multiplications",
    ours: false,
    isBound: true,
    command,
  };
}

function peer(key, label, packages, takes, choice) {
  const installed = packages.map((name) => versions[name]);
  return {
    key,
    label,
    command: ([what, ...args]) => [python, here("peers/python/step.py"), what, "--implementation", ...choice, ...args],
    takes,
    version: installed.every(Boolean) ? packages.map((name) => `${name} ${versions[name]}`).join(", ") : undefined,
    get: "node bench/training/install-peers.js",
  };
}

/**
 * Returns complete fine-tuning runs: one epoch on 2,000 reviews, then an evaluation on 1,000.
 *
 * @param length maximum number of tokens per text
 */
export function runs({ length, precisions, scratch }) {
  const common = [
    "--data-dir",
    here("../../examples/data/reviews"),
    "--model",
    here("../../examples/models/bge-small-zh-v1.5"),
  ];
  const options = [...common, "--max-seq-length", String(length), "--max-train-samples", "2000"];
  const bertieCommand = (engine, precision) => [
    ...[...bertie, "train", "--task-name", "news", ...options, "--do-lower-case", "--do-train", "--do-eval"],
    ...["--num-train-epochs", "1", "--engine", engine, "--precision", precision],
    ...["--output-dir", `${scratch}/run-${engine}-${precision}`, "--overwrite-output-dir"],
  ];
  const accuracyPrinted = (stdout) => Number(stdout.match(/eval_accuracy = ([\d.]+)/)?.[1]);
  const accuracyInJson = (stdout) => JSON.parse(stdout.trim().split("\n").at(-1)).accuracy;
  const engines = [...(hasTensorflow ? [["tensorflow", "TensorFlow"]] : []), ["onnx", "ONNX Runtime"]];
  const bertieRuns = engines.flatMap(([engine, label]) =>
    precisions
      .filter((precision) => precision === "fp32" || engine === "tensorflow")
      .map((precision) => ({
        key: `${engine} ${precision}`,
        label: `Bertie, ${label}, ${precision}`,
        ours: true,
        command: bertieCommand(engine, precision),
        accuracyOf: accuracyPrinted,
      })),
  );
  const pythonRun = (script, label, packageName, more = []) =>
    versions[packageName] === undefined
      ? []
      : [
          {
            key: label,
            label,
            command: [python, here(`peers/python/${script}`), ...options, ...more],
            accuracyOf: accuracyInJson,
          },
        ];
  return [
    ...bertieRuns,
    ...pythonRun("run_classifier.py", "pytorch-pretrained-bert, fixed padding, fp32", "pytorch-pretrained-bert"),
    ...precisions.flatMap((precision) =>
      pythonRun("run_transformers.py", `torch + transformers, dynamic padding, ${precision}`, "transformers", [
        "--precision",
        precision,
      ]),
    ),
  ];
}

function pythonVersions(names) {
  if (python === undefined) return {};
  const code = `import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions() if d.name in ${JSON.stringify(names)}}))`;
  return JSON.parse(execFileSync(python, ["-c", code], { encoding: "utf8" }));
}
