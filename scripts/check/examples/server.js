// Runs servers of the examples.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const LIMIT_MS = 60_000;

/** Returns a port that no program of this machine uses. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts a server, waits until it answers, and calls a function. Then ends the server and all processes that it started.
 *
 * @param command program and arguments
 * @param address URL at which the server answers, with any status
 * @returns the result of `use`
 */
export async function withServer([program, ...args], { cwd, env, address }, use) {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  try {
    await waitFor(address, child);
    return await use(address);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.stack : error}\n${output}`);
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL"); // the process group
  }
}

async function waitFor(address, child) {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await delay(200)) {
    if (child.exitCode !== null) throw new Error(`the server ended with exit status ${child.exitCode}`);
    const answered = await fetch(address).then(
      () => true,
      () => false,
    );
    if (answered) return;
  }
  throw new Error(`${address} does not answer`);
}
