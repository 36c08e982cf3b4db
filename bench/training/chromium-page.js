// The page of chromium.js. It trains in a worker, as a page does that must stay responsive.
globalThis.time = (options) => {
  const worker = new Worker("/chromium-worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(options);
  });
};
