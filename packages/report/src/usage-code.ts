/** Package that users install. */
const PACKAGE = "bertie";

/** Returns a program that classifies a text, or a pair of texts, with the model in a directory. */
export function usageCode(directory: string, pairs: boolean): string {
  const [name, path] = [PACKAGE, directory].map((text) => JSON.stringify(text));
  return `import { TextClassifier } from ${name};

const classifier = await TextClassifier.load(${path});
const labels = await classifier.classify(${pairs ? '{ text: "…", pair: "…" }' : '"…"'});`;
}
