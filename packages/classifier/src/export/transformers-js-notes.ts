import type { LoadedModel } from "../load-model.ts";

/** Returns a line for each respect in which `pipeline()` of transformers.js does not suit an exported model. */
export function transformersJsNotes({ directory, labels }: LoadedModel): string[] {
  const { config, trained } = directory;
  return [
    config.modelType === "ernie" &&
      'transformers.js does not support the "model_type" ernie, and its pipeline() rejects the model. Load it with BertForSequenceClassification.from_pretrained().',
    labels.length === 1 &&
      config.problemType !== "multi_label_classification" &&
      "pipeline() of transformers.js gives every text the score 1, because the model has a single output. Read the logits of AutoModelForSequenceClassification instead.",
    trained.pairs === true &&
      "pipeline() of transformers.js does not take pairs of texts. Call AutoTokenizer with the option text_pair, and AutoModelForSequenceClassification with its result.",
  ].filter((note) => note !== false);
}
