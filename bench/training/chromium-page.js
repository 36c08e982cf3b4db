// Page of chromium.js. Trains in a worker, so that the page stays responsive.
globalThis.time = (options) => {
  const worker = new Worker("/chromium-worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(options);
  });
};
