// Classifies the lines of stdin as they arrive, in Deno. README.md lists the permissions.
import { TextClassifier } from "bertie";

const [model = "runs/quick-start"] = Deno.args;
const classifier = await TextClassifier.load(model);
for await (const labels of classifier.classifyStream(lines(Deno.stdin.readable))) console.log(JSON.stringify(labels));
await classifier.dispose();

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}
