// Writes the bundled encoders with 8-bit weights to packages/web-demo/encoders, half as large as the files in
// examples/models, for the classifiers of the web page:
//
//   node scripts/quantize-encoders.js
//
// `npm run bundle -w packages/web-demo` runs this script.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { readSafetensors, tensorFromFloat32, writeSafetensors } from "@bertie/model";

const root = new URL("../", import.meta.url);
const models = { zh: "bge-small-zh-v1.5", en: "all-MiniLM-L6-v2" };
/** Minimum number of elements of a matrix to quantize. Biases and the weights of layer normalization keep their precision. */
const SMALLEST = 2 ** 16;

/** Returns the file of an encoder with 8-bit weights: int8 tensors, each with a tensor of one scale per row. */
export function quantizedEncoder(language) {
  return encoderWith(language, (name, { shape }, { integers, scales }) => [
    [name, { dtype: "int8", shape, toBytes: () => bytesOf(integers) }],
    [`${name}.scale`, tensorFromFloat32([scales.length], scales)],
  ]);
}

/** Returns the file of an encoder in float32 with the values of the 8-bit weights. */
export function roundedEncoder(language) {
  return encoderWith(language, (name, { shape }, { integers, scales }) => {
    const columns = shape[1];
    const values = Float32Array.from(integers, (value, i) => value * scales[Math.floor(i / columns)]);
    return [[name, tensorFromFloat32(shape, values)]];
  });
}

/** Returns the file of an encoder whose large matrices are replaced. */
function encoderWith(language, replace) {
  const path = `examples/models/${models[language]}/model.safetensors`;
  const tensors = readSafetensors(readFileSync(new URL(path, root)), path);
  const entries = [...tensors].flatMap(([name, tensor]) => {
    const { shape } = tensor;
    const isLarge = shape.length === 2 && shape[0] * shape[1] >= SMALLEST;
    return isLarge ? replace(name, tensor, quantized(tensor)) : [[name, tensor]];
  });
  return writeSafetensors(new Map(entries));
}

/** Returns the integers of a matrix and the scale of each row. */
function quantized({ shape: [rows, columns], toFloat32 }) {
  const values = toFloat32();
  const integers = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const [start, end] = [row * columns, (row + 1) * columns];
    let largest = 0;
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(values[i]));
    scales[row] = largest / 127 || 1;
    for (let i = start; i < end; i++) integers[i] = Math.round(values[i] / scales[row]);
  }
  return { integers, scales };
}

function bytesOf({ buffer }) {
  return new Uint8Array(buffer);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const folder = new URL("packages/web-demo/encoders/", root);
  mkdirSync(folder, { recursive: true });
  for (const language of Object.keys(models))
    writeFileSync(new URL(`${language}.safetensors`, folder), quantizedEncoder(language));
}
