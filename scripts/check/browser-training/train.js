import { createTrainer } from "bertie";

/**
 * Trains with the options of examples/train.ts in a page or a worker.
 *
 * @param origin URL of the folder with examples/ and node_modules/
 * @returns the SHA-256 of the weights in hexadecimal
 */
export async function train(origin, rows, threads) {
  const at = (path) => new URL(path, origin);
  const trainer = await createTrainer({
    model: at("/examples/models/bge-small-zh-v1.5/"),
    lowercase: true,
    train: { task: "news", set: "train", file: at("/examples/data/reviews/train.tsv"), first: rows },
    epochs: 1,
    maxLength: 64,
    threads,
    wasmPaths: at("/node_modules/onnxruntime-web/dist/").href,
  });
  for await (const event of trainer.run())
    if (event.type === "run-start" && event.engine !== "onnx-web") throw new Error(`trained on ${event.engine}`);
  const weights = await trainer.storage.read("model.safetensors");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", weights));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
