import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, request as sendRequest } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import S3rver from "@20minutes/s3rver";

/** The access key that the store accepts. */
const KEY = "S3RVER";

/**
 * Starts an S3-compatible store with a bucket "corpora", behind a proxy that can disturb its answers. The server is s3rver, or
 * s3s-fs at the path in BERTIE_TEST_STORE.
 */
export async function startStore() {
  const directory = mkdtempSync(join(tmpdir(), "bertie-store-"));
  const { BERTIE_TEST_STORE: command } = process.env;
  const server = command === undefined ? await startS3rver(directory) : await startS3s(command, directory);
  const proxy = await startFaultyProxy(server.port);
  return {
    ...proxy,
    env: {
      AWS_ENDPOINT_URL: proxy.url,
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: KEY,
      AWS_EC2_METADATA_DISABLED: "true",
      HOME: directory,
    },
    async close() {
      await proxy.close();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function startS3rver(directory) {
  const configureBuckets = [{ name: "corpora" }];
  const store = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory, configureBuckets });
  const { port } = await store.run();
  return { port, close: () => store.close() };
}

async function startS3s(command, directory) {
  mkdirSync(join(directory, "corpora"));
  const port = await freePort();
  const args = ["--host", "127.0.0.1", "--port", `${port}`, "--access-key", KEY, "--secret-key", KEY, directory];
  const child = spawn(command, args, { stdio: "ignore" });
  const closed = once(child, "close");
  while (!(await fetch(`http://127.0.0.1:${port}`).catch(() => undefined))) await setTimeout(50);
  return {
    port,
    async close() {
      child.kill();
      await closed;
    },
  };
}

async function freePort() {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** Starts a proxy for an HTTP server on this machine. */
export async function startFaultyProxy(port) {
  const state = { fault: () => undefined, requests: [] };
  const proxy = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const { range } = headers;
    const received = { method, url, range };
    state.requests.push(received);
    const fault = state.fault(received) ?? {};
    if (fault.status !== undefined) {
      incoming.resume();
      outgoing.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    const upstream = sendRequest({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
      if (fault.loseAnswer) {
        answer.resume().on("end", () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode, { ...answer.headers, ...fault.headers });
      let left = fault.dropAfter ?? fault.stallAfter ?? Number.POSITIVE_INFINITY;
      answer.on("data", (chunk) => {
        if (left === 0) return;
        const piece = chunk.subarray(0, left);
        left -= piece.length;
        const end = () => {
          if (left > 0) return;
          if (fault.dropAfter === undefined) return; // stalls
          outgoing.destroy();
        };
        if (!outgoing.write(piece, end)) {
          answer.pause();
          outgoing.once("drain", () => answer.resume());
        }
      });
      answer.on("end", () => left > 0 && outgoing.end());
    });
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    state,
    async close() {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, "close");
    },
  };
}
