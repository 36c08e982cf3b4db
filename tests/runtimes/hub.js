// Downloads from a hub: a file that is cut once and resumed, a damaged file, and the cache without a connection.
import { openHubModel } from "@bertie/hub";

export const HUB_MODEL = "ann/tiny";
/** Number of bytes after which the server cuts the weights once. */
export const CUT = 30_000;

/** Returns the files of the model that the server must offer. The server damages vocab.txt. */
export function hubFiles() {
  const weights = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 251);
  return { "config.json": '{"model_type": "bert"}\n', "model.safetensors": weights, "vocab.txt": "[PAD]\n" };
}

const failureOf = (result) =>
  result.then(
    () => "none",
    (error) => error.code ?? String(error),
  );

function assertEqual(found, expected) {
  if (found !== expected) throw new Error(`expected ${expected}, found ${found}`);
}

/** Runs the downloads. Throws if one of them behaves otherwise. */
export async function downloadFromHub(options) {
  const text = async (bytes) => new TextDecoder().decode(await bytes);
  const { "config.json": config, "model.safetensors": weights } = hubFiles();
  const online = { ...options, offline: false };
  assertEqual(await failureOf(openHubModel(HUB_MODEL, { ...options, offline: true })), "hub/offline");
  assertEqual(await failureOf(openHubModel("ann/none", online)), "hub/not-found");
  const model = await openHubModel(HUB_MODEL, { ...online, retries: 0 });
  assertEqual(await failureOf(model.read("model.safetensors")), "hub/not-reached");
  assertEqual((await model.read("model.safetensors")).join(), weights.join());
  assertEqual(await failureOf(model.read("vocab.txt")), "hub/corrupt");
  assertEqual(await text(model.read("config.json")), config);
  const cached = await openHubModel(HUB_MODEL, { ...options, offline: true });
  assertEqual(cached.name, model.name);
  assertEqual((await cached.list("")).join(), "config.json,model.safetensors");
  assertEqual(await text(cached.read("config.json")), config);
  assertEqual((await cached.read("model.safetensors")).length, weights.length);
}

/** Throws unless the server was asked only for the rest of the weights after the cut. */
export function checkResumed(requests) {
  const ranges = requests.filter(({ path, host }) => path.endsWith(".safetensors") && host.startsWith("localhost"));
  assertEqual(ranges.map(({ range }) => range ?? "all").join(), `all,bytes=${CUT}-`);
}
