// Downloads from a hub in a process of its own, because the task "test" may not use the network.
import { startHub } from "../../../packages/hub/src/testing/hub-server.js";
import { CUT, checkResumed, downloadFromHub, HUB_MODEL, hubFiles } from "../hub.js";

const cacheDir = await Deno.makeTempDir();
const hub = await startHub({ [HUB_MODEL]: hubFiles() });
hub.state.cut = { file: "model.safetensors", after: CUT, times: 1 };
hub.state.corrupt = "vocab.txt";
try {
  await downloadFromHub({ endpoint: hub.url, cacheDir });
  checkResumed(hub.requests);
} finally {
  await hub.close();
  await Deno.remove(cacheDir, { recursive: true });
}
