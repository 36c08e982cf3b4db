// The page of chromium.js: has its work done by a worker, as a page that wants to stay awake does.
globalThis.time = (options) => {
  const worker = new Worker("/chromium-worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(options);
  });
};
