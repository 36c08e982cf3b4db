// Shows the progress of the download, and classifies sentences in a Web Worker.
import type { Answer, Request } from "./worker.ts";

const element = <T extends Element>(selector: string) => document.querySelector<T>(selector)!;
const form = element<HTMLFormElement>("form");
const progress = element<HTMLProgressElement>("progress");
const status = element<HTMLOutputElement>("[name=status]");
const output = element<HTMLOutputElement>("[name=answer]");
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });

worker.addEventListener("message", async ({ data }: MessageEvent<Answer>) => {
  if ("error" in data) status.textContent = data.error;
  else if ("labels" in data) output.textContent = JSON.stringify(data.labels, null, 2);
  else if ("loaded" in data) {
    progress.value = data.loaded / data.total;
    status.textContent = `${Math.round(data.loaded / 1e6)} of ${Math.round(data.total / 1e6)} MB`;
  } else {
    element<HTMLButtonElement>("button").disabled = false;
    status.textContent = "Ready";
    // The service worker lets the page itself open without a network.
    await navigator.serviceWorker.register(new URL("service-worker.js", import.meta.url));
    await navigator.serviceWorker.ready;
    status.textContent = "Ready, also offline";
  }
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const request: Request = String(new FormData(form).get("sentences")).split(/\r?\n/).filter(Boolean);
  output.textContent = "Classifying…";
  worker.postMessage(request);
});
