import { parentPort } from "node:worker_threads";
import { createBlockReader } from "./file-block.ts";
import { createHashes, type Stretch } from "./input-hashes.ts";

const port = parentPort!;
const hashes = createHashes();
const reader = createBlockReader();

port.on("message", (message: Stretch | "digests") => {
  if (message === "digests") port.postMessage(hashes.digests());
  else hashes.update(message.input, reader.stretch(message));
});
