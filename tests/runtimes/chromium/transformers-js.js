// Runs transformers.js in headless Chromium on a directory that the built packages exported. All files are local.
//   node tests/runtimes/chromium/transformers-js.js [/usr/bin/chromium]
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TextClassifier } from "@bertie/classifier";
import { Random } from "@bertie/common";
import {
  bertConfigFromJson,
  initializeParameters,
  modelFiles,
  parameterSpecs,
  parameterTensors,
  writeSafetensors,
} from "@bertie/model";
import { inChromium } from "../../../scripts/chromium.js";

/** Largest difference of a probability, by data type. */
const TOLERANCES = { fp32: 1e-5, q8: 0.04 };
const texts = ["很好", "The room is bad", "酒店 room，不大不小", "很差，酒店不好 room room room 好", ""];
const labels = ["bad", "good", "so-so"];

/** Returns the files of a small model with random weights, by name. */
async function smallModel() {
  const file = (path) => readFile(new URL(`../../../${path}`, import.meta.url));
  const sizes = JSON.parse(await file("packages/model/fixtures/tiny-bert/bert_config.json"));
  const config = bertConfigFromJson(JSON.stringify(sizes), "config.json");
  const specs = parameterSpecs(config, labels.length);
  const weights = initializeParameters(specs, 0.2, new Random(7, "small model"));
  const vocab = await file("tests/cli/fixtures/vocab.txt");
  const files = modelFiles({ config, labels, vocab, lowerCase: true, maxLength: 24 });
  return files.set("model.safetensors", writeSafetensors(parameterTensors(specs, weights)));
}

const folder = await mkdtemp(join(tmpdir(), "bertie-transformers-js-"));
try {
  const files = await smallModel();
  const read = async (path) => {
    const contents = files.get(path);
    return typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
  };
  const classifier = await TextClassifier.load({ name: "small", read });
  await classifier.export(join(folder, "model"), { dtypes: ["fp32", "int8"] });
  const expected = await classifier.classify(texts);
  await classifier.dispose();
  // transformers.js needs the files of its own version of ONNX Runtime.
  const library = createRequire(fileURLToPath(import.meta.resolve("@huggingface/transformers")));
  await symlink(dirname(library.resolve("onnxruntime-web")), join(folder, "ort"));

  const scripts = [fileURLToPath(new URL("transformers-js-page.js", import.meta.url))];
  await inChromium({ executablePath: process.argv[2], scripts, folder }, async (page, _browser, server) => {
    const [errors, requests] = [[], []];
    page.on("pageerror", (error) => errors.push(error.stack));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto("/");
    await page.waitForFunction("'classifyTexts' in globalThis");
    for (const [dtype, tolerance] of Object.entries(TOLERANCES)) {
      const actual = await page.evaluate(`classifyTexts(${JSON.stringify(texts)}, "${dtype}")`);
      const differences = actual.flatMap((scores, i) => {
        assert.equal(scores.length, labels.length);
        return scores.map(({ label, score }) => Math.abs(score - expected[i].find((own) => own.label === label).score));
      });
      const difference = Math.max(...differences);
      assert(difference < tolerance, `${dtype}: a probability differs by ${difference}, more than ${tolerance}`);
      console.log(`ok transformers.js in Chromium, ${dtype}: largest difference ${difference.toPrecision(2)}`);
    }
    const origin = `http://127.0.0.1:${server.address().port}/`;
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(origin) && !url.startsWith("blob:")),
      [],
    );
    for (const name of ["model.onnx", "model_quantized.onnx"])
      assert(requests.includes(`${origin}model/onnx/${name}`), `${name} was not requested`);
    assert.deepEqual(errors, []);
  });
} finally {
  await rm(folder, { recursive: true });
}
console.log(`cases: ${Object.keys(TOLERANCES).length} passed, 0 failed, 0 skipped`);
