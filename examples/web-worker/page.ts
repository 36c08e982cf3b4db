// Classifies sentences in a Web Worker, so that the page stays responsive.
import type { Answer, Request } from "./worker.ts";

const form = document.querySelector("form")!;
const output = document.querySelector("output")!;
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = new FormData(form);
  const request: Request = {
    model: new URL(String(fields.get("model")), document.baseURI).href,
    sentences: String(fields.get("sentences")).split(/\r?\n/).filter(Boolean),
    wasmPaths: new URL("../../node_modules/onnxruntime-web/dist/", document.baseURI).href,
  };
  output.textContent = "Loading…";
  worker.postMessage(request);
});

worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
  output.textContent = "error" in data ? data.error : JSON.stringify(data.labels, null, 2);
});
