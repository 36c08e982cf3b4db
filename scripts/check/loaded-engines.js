// Prints which native engines a process has loaded after importing bertie, and after classifying with "onnx" (Linux only).
//   node scripts/check/loaded-engines.js MODEL
import { readFileSync } from "node:fs";

function loadedEngines() {
  const libraries = readFileSync("/proc/self/maps", "utf8").matchAll(/\/(?:lib)?(onnxruntime|tensorflow)[\w.-]*$/gm);
  return [...new Set([...libraries].map(([, engine]) => engine))];
}

const { TextClassifier } = await import("bertie");
const imported = loadedEngines();
const classifier = await TextClassifier.load(process.argv.at(-1), { engine: "onnx" });
await classifier.classify("房间很干净");
console.log(JSON.stringify({ imported, classified: loadedEngines() }));
await classifier.dispose();
