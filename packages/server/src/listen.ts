import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { BertieError } from "@bertie/common";

/** Address to listen on. */
export interface ListenOptions {
  /** Host name or IP address. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** TCP port; 0 for any free port. @default 8080 */
  readonly port?: number | undefined;
}

/** Open port. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Accepts no more connections, answers the requests of the open ones, and closes them: after `graceMs` at the latest. */
  close(graceMs: number): Promise<void>;
}

export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** Time for a client to send the headers of a request, and the whole request, in milliseconds. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
/** Longer than the idle timeout of common load balancers (60 s), which would otherwise use connections that are closed. */
const KEEP_ALIVE_TIMEOUT = 65_000;
/** Time that idle connections stay open after close(): requests that are under way then arrive and are answered. */
const LINGER_MS = 500;

/**
 * Listens on a port, in Node or Deno.
 *
 * @throws BertieError "server/address" if the address cannot be used
 */
export async function listen(
  fetch: FetchHandler,
  { host = "127.0.0.1", port = 8080 }: ListenOptions = {},
): Promise<Listener> {
  const { Deno } = globalThis as { Deno?: DenoRuntime };
  try {
    return Deno === undefined ? await listenOnNode(fetch, host, port) : listenOnDeno(Deno, fetch, host, port);
  } catch (error) {
    throw new BertieError("server/address", `cannot listen on ${host}, port ${port}: ${reasonOf(error)}`);
  }
}

async function listenOnNode(fetch: FetchHandler, host: string, port: number): Promise<Listener> {
  const { createAdaptorServer } = await import("@hono/node-server");
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server;
  server.headersTimeout = HEADERS_TIMEOUT;
  server.requestTimeout = REQUEST_TIMEOUT;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT;
  server.listen(port, host);
  await once(server, "listening");
  return {
    host,
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      const closed = once(server, "close");
      // Server.close() of node:http would close idle connections immediately, and lose the requests that are under way.
      NetServer.prototype.close.call(server);
      await delay(LINGER_MS);
      server.closeIdleConnections();
      const timer = setInterval(() => server.closeIdleConnections(), LINGER_MS);
      const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearInterval(timer);
      clearTimeout(deadline);
    },
  };
}

/** The part of Deno's API that is used here. */
interface DenoRuntime {
  serve(options: object, handler: FetchHandler): { addr: { port: number }; shutdown(): Promise<void> };
}

function listenOnDeno(deno: DenoRuntime, fetch: FetchHandler, host: string, port: number): Listener {
  const server = deno.serve({ hostname: host, port, onListen() {} }, fetch);
  return { host, port: server.addr.port, close: () => server.shutdown() };
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  if (code === "EADDRINUSE" || /in use/i.test(message)) return "another program uses the port. Choose another port.";
  if (code === "EACCES") return "the port requires more permissions. Choose a port from 1024 up.";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return "this machine does not have the address. Check the host.";
  return message;
}
