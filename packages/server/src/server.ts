import { setTimeout } from "node:timers/promises";
import type { ServerState } from "./answer-call.ts";
import { createApp } from "./app.ts";
import { type Listener, type ListenOptions, listen } from "./listen.ts";
import type { ModelRequest } from "./loaded-model.ts";
import { createMetrics } from "./metrics.ts";
import { limitsOf, type ServerOptions } from "./options.ts";
import { loadModels } from "./served-models.ts";

/** Facts about a served model. */
export interface ServedModelInfo {
  readonly name: string;
  /** "classifier", or "encoder" for sentence embeddings. */
  readonly kind: "classifier" | "encoder";
  /** Maximum length of a text in tokens. */
  readonly maxLength: number;
  /** Engine that runs the model, such as "onnx". */
  readonly engine: string;
  readonly device: string;
  /** Notes about the model, such as where the pooling of an encoder comes from, one line per note. */
  readonly notes: readonly string[];
}

/** Server of classifiers and sentence encoders. {@link createServer} creates instances. */
export interface BertieServer {
  /** Models, in the order in which they were given. */
  readonly models: readonly ServedModelInfo[];
  /** Answers a request. Pass this function to any server that uses `Request` and `Response`. */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Listens on a port, in Node or Deno.
   *
   * @returns the address, with the port that was chosen for port 0
   * @throws BertieError "server/address" if the address cannot be used
   */
  listen(options?: ListenOptions): Promise<{ readonly host: string; readonly port: number; readonly url: string }>;
  /**
   * Loads all models again from their directories, one after the other. Requests are answered meanwhile: by the previous
   * model until the new one is loaded and has classified a text. A model that cannot be loaded leaves the previous one in
   * place.
   *
   * @throws the errors of `TextClassifier.load()`
   */
  reload(): Promise<void>;
  /**
   * Stops the server: accepts no more connections, answers the requests that it has accepted, and releases the models. May
   * be called repeatedly.
   */
  stop(): Promise<void>;
  /** Calls {@link BertieServer.stop}. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a server of classifiers and sentence encoders, with the requests and responses of text-embeddings-inference.
 *
 * @param models path of a model directory, or several models with their options
 * @throws BertieError "server/option" or "server/model-name" if an option or a name is invalid
 * @throws the errors of `TextClassifier.load()` and `SentenceEncoder.load()` if a model cannot be loaded
 *
 * @example
 * ```ts
 * import { createTrainer } from "@bertie/classifier";
 * import { createServer } from "@bertie/server";
 *
 * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
 * const trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, epochs: 1 });
 * for await (const _event of trainer.run());
 *
 * await using server = await createServer([{ name: "reviews", model: trainer.storage }]); // or the path of a directory
 * const { url } = await server.listen({ port: 0 });
 * const headers = { "content-type": "application/json" };
 * const response = await fetch(`${url}/predict`, { method: "POST", headers, body: JSON.stringify({ inputs: "很好" }) });
 * console.log(((await response.json()) as object[]).length); // 2: one score per label
 * ```
 */
export async function createServer(
  models: string | readonly (string | ModelRequest)[],
  options: ServerOptions = {},
): Promise<BertieServer> {
  const limits = limitsOf(options);
  const metrics = createMetrics();
  const given = typeof models === "string" ? [models] : models;
  const requests = given.map((model) => (typeof model === "string" ? { model } : model));
  const loaded = await loadModels(requests, limits, metrics);
  const { autoTruncate = true } = options;
  const state: ServerState = { models: loaded, limits, autoTruncate, metrics, active: 0, isStopping: false };
  for (const { name, current } of loaded.all) for (const text of current.warnings) options.warn?.(`${name}: ${text}`);
  const app = createApp(state, options);
  const listeners: Listener[] = [];
  let reloading: Promise<void> = Promise.resolve();
  let stopped: Promise<void> | undefined;

  const handle = async (request: Request): Promise<Response> => {
    const response = await app.fetch(request);
    if (state.isStopping) response.headers.set("connection", "close");
    return response;
  };

  async function reloadAll(): Promise<void> {
    for (const { name } of loaded.all) {
      try {
        await loaded.reload(name);
        metrics.count("bertie_reloads", { result: "success" });
      } catch (error) {
        metrics.count("bertie_reloads", { result: "failure" });
        throw error;
      }
    }
  }

  async function stop(): Promise<void> {
    state.isStopping = true;
    const graceMs = 1000 * limits.requestTimeout + 5000;
    await Promise.all(listeners.map((listener) => listener.close(graceMs)));
    await reloading.catch(() => {});
    while (state.active > 0) await setTimeout(10);
    await loaded.dispose();
  }

  const stopOnce = () => {
    stopped ??= stop();
    return stopped;
  };
  return {
    get models() {
      return loaded.all.map(({ name, current }) => {
        const { kind, maxLength, engine, device, notes } = current;
        return { name, kind, maxLength, engine, device, notes };
      });
    },
    fetch: handle,
    async listen(address) {
      const listener = await listen(handle, address);
      listeners.push(listener);
      const { host, port } = listener;
      return { host, port, url: `http://${host.includes(":") ? `[${host}]` : host}:${port}` };
    },
    reload() {
      reloading = reloading.catch(() => {}).then(reloadAll);
      return reloading;
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  };
}
