import type { Loaded } from "../files/fetch-cached.ts";
import { modelWorker } from "../model/client.ts";
import type { ModelSummary } from "../model/model-service.ts";
import { trainedExamples } from "./stored-examples.ts";

let restored: Promise<ModelSummary | undefined> | undefined;

/**
 * Trains the classifier of the last visit again, which has the same result, if its examples and the encoder are still
 * stored in this browser. Returns undefined otherwise. Repeated calls return the same model.
 */
export function restoreTypedModel(onProgress: (loaded: Loaded) => void): Promise<ModelSummary | undefined> {
  restored ??= restore(onProgress);
  return restored;
}

async function restore(onProgress: (loaded: Loaded) => void): Promise<ModelSummary | undefined> {
  const examples = trainedExamples();
  if (examples === undefined) return undefined;
  const missing = await modelWorker().call("missingBytes", examples.language);
  return missing > 0 ? undefined : modelWorker().call("trainOnTyped", examples, onProgress);
}
