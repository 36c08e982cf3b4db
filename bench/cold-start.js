// Measures how long a new Node process takes to load a model and return its first prediction, and its peak memory.
//
//   node bench/cold-start.js [MODEL] [ENGINE]
//
//   MODEL     model directory (default: runs/quick-start, which `npm start` trains)
//   ENGINE    auto, onnx, tensorflow, … (default: onnx)
import { execFileSync } from "node:child_process";
import { median } from "./statistics.js";

const RUNS = 5;
const PROGRAM = `
  const start = performance.now();
  const { TextClassifier } = await import("bertie");
  const imported = performance.now();
  const [model, engine] = process.argv.slice(-2);
  const classifier = await TextClassifier.load(model, { engine, device: "cpu" });
  const loaded = performance.now();
  await classifier.classify("房间很干净，服务也好");
  const classified = performance.now();
  await classifier.classify("房间很干净，服务也好");
  const classifiedAgain = performance.now();
  const peak = (process.resourceUsage().maxRSS * 1024) / 1e6;
  await classifier.dispose();
  console.log(JSON.stringify({
    engine: classifier.engine,
    "import, ms": imported - start,
    "TextClassifier.load(), ms": loaded - imported,
    "first classify(), ms": classified - loaded,
    "total until the first prediction, ms": classified - start,
    "second classify(), ms": classifiedAgain - classified,
    "peak RSS, MB": peak,
  }));
`;

const [model = "runs/quick-start", requestedEngine = "onnx"] = process.argv.slice(2);
const measured = Array.from({ length: RUNS }, () => {
  const args = ["--input-type=module", "--eval", PROGRAM, model, requestedEngine];
  const { engine, ...figures } = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  return { engine, figures };
});

console.log(`${model} on ${measured[0].engine}, Node ${process.version}, ${RUNS} processes\n`);
console.log("| measurement | median | minimum | maximum |\n|---|---:|---:|---:|");
for (const name of Object.keys(measured[0].figures)) {
  const values = measured.map(({ figures }) => figures[name]);
  const cells = [median(values), Math.min(...values), Math.max(...values)].map((value) => value.toFixed(0));
  console.log(`| ${name} | ${cells.join(" | ")} |`);
}
