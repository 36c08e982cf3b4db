import { BertieError } from "@bertie/common";
import type { WorkerPort } from "./serve-blocks.ts";
import { threadKind } from "./thread-kind.ts";
import type { Thread } from "./worker-pool.ts";

/**
 * Starts a thread that runs a module of a worker: a worker thread in Node, Deno and Bun, otherwise a Web Worker.
 *
 * @param url address of the module
 */
export async function startThread(url: URL): Promise<Thread> {
  if (threadKind() === "web") return webThread(new Worker(url, { type: "module" }));
  const { startNodeThread } = await import("./node-thread.node.ts");
  return startNodeThread(url);
}

/**
 * Returns the connection of this worker to the thread that started it with {@link startThread}. Call it in the module of a worker.
 */
export async function openWorkerPort(): Promise<WorkerPort> {
  if (threadKind() === "node") return (await import("./node-thread.node.ts")).openNodePort();
  return {
    post: (message, transfer) => postMessage(message, { transfer }),
    listen: (onMessage) => addEventListener("message", ({ data }) => onMessage(data)),
  };
}

/**
 * Starts the threads of a stream.
 *
 * @throws BertieError "tokenizer/worker" if the environment does not start them
 */
export async function startLineThreads(count: number): Promise<Thread[]> {
  const threads: Thread[] = [];
  try {
    const start = threadKind() === "web" ? startWebThread : (await import("./node-thread.node.ts")).startLineThread;
    while (threads.length < count) threads.push(start());
    return threads;
  } catch (cause) {
    await Promise.all(threads.map((thread) => thread.end()));
    throw workerFailed(cause);
  }
}

/** Starts a Web Worker. Bundlers recognize this expression, and bundle the worker. */
function startWebThread(): Thread {
  return webThread(new Worker(new URL("./line-worker.js", import.meta.url), { type: "module" }));
}

function webThread(worker: Worker): Thread {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(onMessage, onFailure) {
      worker.addEventListener("message", ({ data }) => onMessage(data));
      worker.addEventListener("messageerror", () => onFailure(new Error("a message of a worker cannot be read")));
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        // An event without a message means that the worker's script was not loaded.
        onFailure(new Error(event.message || "the script of the worker cannot be loaded"));
      });
    },
    keepAlive() {},
    async end() {
      worker.terminate();
    },
  };
}

/** Returns the error for a failure of a worker. */
export function workerFailed(cause: unknown): BertieError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const text = `a worker of the stream failed: ${reason}. Check that the worker's script is beside the program and that the page's policy allows workers, or set workers to 0.`;
  return new BertieError("tokenizer/worker", text, { cause });
}
