import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { answerCall, CLIENT_LEFT, type Facts, type ServerState } from "./answer-call.ts";
import { createKeyCheck } from "./api-key.ts";
import { createDocsPage } from "./docs-page.ts";
import { createEndpoints } from "./endpoints/index.ts";
import { HttpError } from "./http-error.ts";
import { modelInfo, serverInfo } from "./info.ts";
import { openApi } from "./openapi.ts";
import type { ServerOptions } from "./options.ts";
import { unknownModel } from "./served-models.ts";

type Environment = { Variables: { facts: Facts } };

/** Paths that need no API key: they reveal nothing about the models, and probes and browsers send no key. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set(["/health", "/ping", "/docs", "/openapi.json"]);

/** Creates the routes of a server. */
export function createApp(state: ServerState, options: ServerOptions): Hono<Environment> {
  const app = new Hono<Environment>();
  const { limits, autoTruncate, models, metrics } = state;

  app.use(async (context, next) => {
    const start = performance.now();
    context.set("facts", {});
    await next();
    const { method, path } = context.req;
    const status = context.req.raw.signal.aborted ? CLIENT_LEFT.status : context.res.status;
    const ms = Math.round(10 * (performance.now() - start)) / 10;
    if (status === CLIENT_LEFT.status) metrics.count("bertie_canceled_requests");
    metrics.count("bertie_http_responses", { path: knownPaths.has(path) ? path : "other", status: String(status) });
    options.log?.({ time: new Date().toISOString(), method, path, status, ms, ...context.get("facts") });
  });

  const { corsOrigins = [], apiKey } = options;
  if (corsOrigins.length > 0) {
    const origin = corsOrigins.includes("*") ? "*" : [...corsOrigins];
    app.use(cors({ origin, allowMethods: ["GET", "POST"], allowHeaders: ["authorization", "content-type"] }));
  }

  if (apiKey !== undefined) {
    const isAllowed = createKeyCheck(apiKey);
    app.use(async (context, next) => {
      if (!PUBLIC_PATHS.has(context.req.path) && !(await isAllowed(context.req.header("authorization")))) {
        const text = "the API key is missing or wrong. Send the header Authorization: Bearer KEY.";
        throw new HttpError(401, "Unauthorized", text, { "www-authenticate": "Bearer" });
      }
      await next();
    });
  }

  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) =>
        formatError(
          context,
          new HttpError(
            405,
            "Validation",
            `${context.req.path} does not support ${context.req.method}: use ${methods.join(" or ")}.`,
            { allow: methods.join(", ") },
          ),
        ),
    }),
  );

  const endpoints = createEndpoints();
  const knownPaths = new Set([...endpoints.map(({ path }) => path as string), "/info", "/metrics", ...PUBLIC_PATHS]);
  for (const endpoint of endpoints) {
    app.post(endpoint.path, (context) => answerCall(context, endpoint, state));
    app.post(`/models/:name${endpoint.path === "/" ? "" : endpoint.path}`, (context) =>
      answerCall(context, endpoint, state),
    );
  }

  const health = (context: Context) =>
    state.isStopping ? formatError(context, new HttpError(503, "Unhealthy", "the server stops")) : context.body(null);
  app.get("/health", health).get("/ping", health).get("/", health);
  app.get("/info", (context) => context.json(serverInfo(models.all, limits, autoTruncate)));
  app.get("/models/:name/info", (context) => {
    const name = context.req.param("name");
    const model = models.all.find((each) => each.name === name);
    if (model === undefined)
      throw unknownModel(
        name,
        models.all.map((each) => each.name),
      );
    return context.json(modelInfo(model, limits, autoTruncate));
  });
  app.get("/metrics", (context) => {
    const te_queue_size = models.all.reduce((sum, { current }) => sum + current.queue.size, 0);
    const gauges = { te_queue_size, bertie_active_requests: state.active, ...residentMemory() };
    return context.text(metrics.render(gauges), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  });
  const specification = openApi();
  app.get("/openapi.json", (context) => context.json(specification));
  const page = createDocsPage(specification);
  app.get("/docs", (context) =>
    context.html(page, 200, { "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'" }),
  );

  app.notFound((context) => {
    const text = `no path ${context.req.path}. GET /docs lists the paths.`;
    return formatError(context, new HttpError(404, "Validation", text));
  });
  app.onError((error, context) => {
    const known = error instanceof HttpError ? error : new HttpError(500, "Backend", "internal error");
    if (known !== error) options.warn?.(`unexpected error: ${error.stack ?? error.message}`);
    return formatError(context, known);
  });

  /** Answers a request with an error. `/v1/embeddings` has OpenAI's form, as in text-embeddings-inference. */
  function formatError(context: Context<Environment>, { status, type, message, headers }: HttpError): Response {
    metrics.count("te_request_failure", { err: type.toLowerCase() });
    const facts = context.get("facts");
    if (facts !== undefined) facts.error = message;
    const isOpenAi = context.req.path.endsWith("/v1/embeddings");
    const body = isOpenAi ? { message, code: status, type } : { error: message, error_type: type };
    return context.json(body, status as ContentfulStatusCode, headers);
  }
  return app;
}

/** Returns the memory of the process, if the runtime tells it. */
function residentMemory(): { bertie_resident_memory_bytes?: number } {
  const { process } = globalThis as { process?: { memoryUsage?: { rss?: () => number } } };
  const rss = process?.memoryUsage?.rss?.();
  return rss === undefined ? {} : { bertie_resident_memory_bytes: rss };
}
