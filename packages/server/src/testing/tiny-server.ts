import { tinyModel } from "../../../classifier/src/testing/tiny-model.ts";
import { type BertieServer, createServer } from "../index.ts";
import type { ModelRequest } from "../loaded-model.ts";
import type { ServerOptions } from "../options.ts";

export const labels = ["bad", "good", "so-so"];

/** Files of a classifier with random weights that reads at most 12 tokens. */
export const model = tinyModel({ labels, record: { task_name: null, pairs: false, max_seq_length: 12 } });

/** Starts a server of tiny classifiers on the reference engine. */
export function tinyServer(options: ServerOptions = {}, ...models: ModelRequest[]): Promise<BertieServer> {
  const given = models.length > 0 ? models : [{ name: "tiny", model }];
  return createServer(
    given.map((request) => ({ engine: "reference", ...request }) as const),
    options,
  );
}

/** Sends a JSON body to a path of a server, without a port. */
export async function send(
  { fetch }: Pick<BertieServer, "fetch">,
  path: string,
  body: unknown,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly json: unknown }> {
  const response = await fetch(
    new Request(`http://localhost${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...init.headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(init.signal && { signal: init.signal }),
    }),
  );
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === "" ? undefined : JSON.parse(text) };
}

/** Sends a GET request to a path of a server, without a port. */
export async function get({ fetch }: Pick<BertieServer, "fetch">, path: string, headers = {}): Promise<Response> {
  return fetch(new Request(`http://localhost${path}`, { headers }));
}
