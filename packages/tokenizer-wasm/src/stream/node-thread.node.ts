import process from "node:process";
import { type MessagePort, parentPort, Worker } from "node:worker_threads";
import type { WorkerPort } from "./serve-blocks.ts";
import type { Thread } from "./worker-pool.ts";

interface Ports {
  readonly port1: MessagePort;
  readonly port2: MessagePort;
}

/**
 * Starts a worker thread of Node, Deno or Bun. Messages pass through a port of their own: Deno (2.9) copies the buffers of
 * messages to the worker itself, which takes 200 ms per megabyte.
 */
export function startNodeThread(url: URL): Thread {
  // A thread inherits the options of the process, of which this one only allows programs in the command line.
  const isEval = process.execArgv.some((option) => option.startsWith("--input-type"));
  const worker = new Worker(url, isEval ? { execArgv: [] } : {});
  const { port1: port, port2 } = new globalThis.MessageChannel() as unknown as Ports;
  worker.postMessage(port2, [port2]);
  worker.unref();
  let isEnding = false;
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    listen(onMessage, onFailure) {
      receive(port, onMessage);
      port.unref();
      worker.on("error", onFailure);
      worker.on("exit", (code) => {
        port.close();
        onFailure(new Error(`a worker thread exited unexpectedly with code ${code}`));
      });
    },
    keepAlive(isBusy) {
      // The port closes before the end of the thread is reported. Answers may still arrive after end().
      if (isEnding) return;
      for (const handle of [port, worker]) isBusy ? handle.ref() : handle.unref();
    },
    async end() {
      isEnding = true;
      port.close();
      // Otherwise, the process could end before the caller learns that the thread has ended.
      worker.ref();
      await worker.terminate();
    },
  };
}

/** Starts a thread with `line-worker.node.js`, or with `line-worker.node.ts` if this module runs from source. */
export function startLineThread(): Thread {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return startNodeThread(new URL(`./line-worker.node.${extension}`, import.meta.url));
}

/** Returns the connection of this thread to the thread that started it with {@link startNodeThread}. */
export async function openNodePort(): Promise<WorkerPort> {
  const port = await new Promise<MessagePort>((resolve) => parentPort!.once("message", resolve));
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    listen: (onMessage) => receive(port, onMessage),
  };
}

/** Calls a function with every message. The property is the interface of ports that all these runtimes have. */
function receive(port: MessagePort, onMessage: (message: unknown) => void): void {
  Object.assign(port, { onmessage: ({ data }: { readonly data: unknown }) => onMessage(data) });
}
