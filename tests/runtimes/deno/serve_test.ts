import { tinyModel } from "../../../packages/classifier/src/testing/tiny-model.ts";

const root = new URL("../../../", import.meta.url);
const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root))) as { tasks: { serve: string } };

/** Sends requests from a process with access to the network, which tests do not have. */
async function request(
  url: string,
  body: object,
): Promise<{ status: number; json: { label: string; score: number }[] }> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const code = `const response = await fetch(${JSON.stringify(url)}, ${JSON.stringify(init)});
    console.log(JSON.stringify({ status: response.status, json: await response.json() }));`;
  const { stdout } = await new Deno.Command("deno", { args: ["eval", code] }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

// Runs the task without `deno task`, which does not pass signals on.
Deno.test("deno task serve answers requests, and exits with code 0 on SIGTERM", async () => {
  const directory = await Deno.makeTempDir({ prefix: "bertie-" });
  try {
    const record = { task_name: null, pairs: false, max_seq_length: 12 };
    for (const [name, contents] of tinyModel({ labels: ["bad", "good"], record }))
      await Deno.writeFile(`${directory}/${name}`, contents);
    const [, ...args] = tasks.serve.split(" ");
    const options = [`tiny=${directory}`, "--port", "0", "--device", "cpu", "--engine", "onnx"];
    const child = new Deno.Command("deno", {
      args: [...args, ...options],
      cwd: root,
      stdout: "piped",
      stderr: "piped",
    });
    const server = child.spawn();
    let log = "";
    let url: string | undefined;
    const ended = (async () => {
      for await (const part of server.stderr.pipeThrough(new TextDecoderStream())) {
        log += part;
        url ??= /listening on (\S+);/.exec(log)?.[1];
      }
    })();
    const drained = server.stdout.pipeTo(new WritableStream());
    while (url === undefined) {
      const isEnded = await Promise.race([ended.then(() => true), new Promise((resolve) => setTimeout(resolve, 50))]);
      if (isEnded) throw new Error(`the server has ended: ${log}`);
    }
    const { status, json } = await request(`${url}/predict`, { inputs: "good room" });
    const total = json.reduce((sum, { score }) => sum + score, 0);
    if (status !== 200 || json.length !== 2 || Math.abs(total - 1) > 1e-6)
      throw new Error(`status ${status}: ${JSON.stringify(json)}`);
    const bad = await request(`${url}/predict`, {});
    if (bad.status !== 422) throw new Error(`status ${bad.status} instead of 422`);
    server.kill("SIGTERM");
    const { code } = await server.status;
    await Promise.all([ended, drained]);
    if (code !== 0 || !log.endsWith("stopped\n")) throw new Error(`exit code ${code}: ${log}`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
