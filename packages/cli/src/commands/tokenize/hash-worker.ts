import { parentPort } from "node:worker_threads";
import { createStretchHasher, type HashAnswer, type HashRequest } from "./file-hashes.ts";

const port = parentPort!;
const hasher = createStretchHasher();

port.on("message", (request: HashRequest) => {
  if ("path" in request) {
    hasher.add(request);
  } else {
    const answer: HashAnswer = { ...request, sha256: hasher.digest(request.digestOf) };
    port.postMessage(answer);
  }
});
