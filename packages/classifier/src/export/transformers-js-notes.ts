import type { LoadedModel } from "../load-model.ts";
import type { ExportNote } from "./export-options.ts";

/** Returns a note for each respect in which `pipeline()` of transformers.js does not suit an exported model. */
export function transformersJsNotes({ directory, labels }: LoadedModel): ExportNote[] {
  const { config, trained } = directory;
  const notes: (ExportNote | false)[] = [
    config.modelType === "ernie" && {
      code: "note/ernie",
      message:
        'transformers.js does not support the "model_type" ernie, and its pipeline() rejects the model. Load it with BertForSequenceClassification.from_pretrained().',
    },
    labels.length === 1 &&
      config.problemType !== "multi_label_classification" && {
        code: "note/single-output",
        message:
          "pipeline() of transformers.js gives every text the score 1, because the model has a single output. Read the logits of AutoModelForSequenceClassification instead.",
      },
    trained.pairs === true && {
      code: "note/pairs",
      message:
        "pipeline() of transformers.js does not take pairs of texts. Call AutoTokenizer with the option text_pair, and AutoModelForSequenceClassification with its result.",
    },
  ];
  return notes.filter((note) => note !== false);
}
