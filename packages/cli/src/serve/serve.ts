import process from "node:process";
import { type BertieServer, createServer, type ModelRequest } from "@bertie/server";
import { engineRequest } from "../options/engine-request.ts";
import type { OptionValues } from "../options/table.ts";
import { createServerLog, type ServerLog } from "./log.ts";
import type { serveOptions } from "./options.ts";

type ServeOptions = OptionValues<typeof serveOptions>;

/** Runs `bertie serve`: serves models until a signal arrives. */
export async function serve(models: readonly string[], options: ServeOptions): Promise<void> {
  const log = createServerLog(options.logFormat, process.stdout, process.stderr);
  const { autoTruncate, corsOrigin, host, port } = options;
  const { maxBatchTokens, maxConcurrentRequests, maxQueue, maxClientBatchSize } = options;
  const { maxTextLength, payloadLimit, requestTimeout } = options;
  const server = await createServer(
    models.map((model) => modelRequest(model, options)),
    {
      ...{ maxBatchTokens, maxConcurrentRequests, maxQueue, maxClientBatchSize },
      ...{ maxTextLength, payloadLimit, requestTimeout },
      ...(autoTruncate !== undefined && { autoTruncate }),
      apiKey: options.apiKey ?? (process.env.BERTIE_API_KEY || undefined),
      corsOrigins: corsOrigin,
      log: log.request,
      warn: log.warn,
    },
  );
  try {
    for (const { name, kind, maxLength, engine, device, notes } of server.models) {
      const title = kind === "encoder" ? "sentence encoder" : kind;
      log.info(`${name}: ${title}, at most ${maxLength} tokens per text, on ${engine} (${device})`);
      for (const note of notes) log.info(`${name}: ${note}`);
    }
    const { url } = await server.listen({ host, port });
    log.info(`listening on ${url}; the API is described at ${url}/docs`);
    await untilSignal(server, log);
  } finally {
    await server.stop();
  }
  log.info("stopped");
}

/** Parses `DIR` or `NAME=DIR`. */
function modelRequest(argument: string, options: ServeOptions): ModelRequest {
  const [, name, path] = /^([\w.-]+)=(.+)$/s.exec(argument) ?? [];
  const { precision, maxSeqLength, task } = options;
  return {
    name,
    model: path ?? argument,
    task,
    ...engineRequest(options),
    ...(precision !== undefined && { precision }),
    ...(maxSeqLength !== undefined && { maxLength: maxSeqLength }),
  };
}

/**
 * Waits for SIGTERM or SIGINT. A second signal, while the server answers the last requests, ends the process at once. SIGHUP
 * loads the models again.
 */
async function untilSignal(server: BertieServer, log: ServerLog): Promise<void> {
  const onReload = () => {
    server.reload().then(
      () => log.info("the models are loaded again"),
      (error: Error) => log.warn(`the previous model stays, because loading failed: ${error.message}`),
    );
  };
  process.on("SIGHUP", onReload);
  await new Promise<void>((resolve) => {
    let isStopping = false;
    const onSignal = (signal: "SIGINT" | "SIGTERM") => {
      if (isStopping) {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
        return;
      }
      isStopping = true;
      log.info(`${signal}: answering the accepted requests; a second signal ends the server at once`);
      resolve();
    };
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
  });
  process.off("SIGHUP", onReload);
}
