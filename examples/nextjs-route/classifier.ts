import { TextClassifier } from "bertie";

let loading: Promise<TextClassifier> | undefined;

/** Returns the classifier of this process. The first call loads the model from the directory that MODEL names. */
export function classifier(): Promise<TextClassifier> {
  loading ??= TextClassifier.load(process.env.MODEL ?? "../../runs/quick-start").catch((error: unknown) => {
    loading = undefined; // The next request tries again.
    throw error;
  });
  return loading;
}
