// Runs `bertie serve` with the permissions of its task, sends requests, and stops it. Ends with an error if an answer is wrong.
// Tests run it as a program of its own, because they may not use the network. It does not use `deno task`, which does not pass
// signals on.
import { tinyModel } from "../../../packages/classifier/src/testing/tiny-model.ts";

const root = new URL("../../../", import.meta.url);
const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root))) as { tasks: { serve: string } };

const directory = await Deno.makeTempDir({ prefix: "bertie-" });
const record = { task_name: null, pairs: false, max_seq_length: 12 };
for (const [name, contents] of tinyModel({ labels: ["bad", "good"], record }))
  await Deno.writeFile(`${directory}/${name}`, contents);

const args = [
  ...tasks.serve.split(" ").slice(1),
  `tiny=${directory}`,
  "--port",
  "0",
  "--device",
  "cpu",
  "--engine",
  "onnx",
];
const server = new Deno.Command(Deno.execPath(), { args, cwd: root, stdout: "null", stderr: "piped" }).spawn();
try {
  let log = "";
  const listening = Promise.withResolvers<string>();
  const ended = (async () => {
    for await (const part of server.stderr.pipeThrough(new TextDecoderStream())) {
      log += part;
      const [, url] = /listening on (\S+);/.exec(log) ?? [];
      if (url !== undefined) listening.resolve(url);
    }
    listening.reject(new Error(`the server has ended: ${log}`));
  })();
  listening.promise.catch(() => {});
  const url = await listening.promise;

  const post = async (body: object) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/predict`, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, json: (await response.json()) as { label: string; score: number }[] };
  };
  const { status, json } = await post({ inputs: "good room" });
  const total = json.reduce((sum, { score }) => sum + score, 0);
  if (status !== 200 || json.length !== 2 || Math.abs(total - 1) > 1e-6)
    throw new Error(`status ${status}: ${JSON.stringify(json)}`);
  const bad = await post({});
  if (bad.status !== 422) throw new Error(`status ${bad.status} instead of 422`);

  server.kill("SIGTERM");
  const { code } = await server.status;
  await ended;
  if (code !== 0 || !log.endsWith("stopped\n")) throw new Error(`exit code ${code}: ${log}`);
} finally {
  try {
    server.kill("SIGKILL");
  } catch {
    // The server has ended.
  }
  await Deno.remove(directory, { recursive: true });
}
