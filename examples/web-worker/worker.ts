// Classifies the sentences of each message. The model stays loaded until a message requests another model.
import { type LabelScore, TextClassifier } from "bertie";

export interface Request {
  readonly model: string;
  readonly sentences: readonly string[];
  readonly wasmPaths: string;
}

export type Answer = { readonly labels: LabelScore[][] } | { readonly error: string };

let loaded: { readonly model: string; readonly classifier: Promise<TextClassifier> } | undefined;

addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  postMessage(await answer(data).catch((error: unknown): Answer => ({ error: String(error) })));
});

async function answer({ model, sentences, wasmPaths }: Request): Promise<Answer> {
  if (loaded?.model !== model) {
    await (await loaded?.classifier)?.dispose();
    loaded = { model, classifier: TextClassifier.load(model, { wasmPaths }) };
  }
  const classifier = await loaded.classifier;
  return { labels: await classifier.classify(sentences) };
}
