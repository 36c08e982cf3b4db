import type { OptionTable } from "./table.ts";

/** Options that select the model and its weights. */
export const modelOptions = {
  model: {
    group: "Model",
    kind: "path",
    argument: "dir",
    help: "Local directory of a BERT, ERNIE, ELECTRA or DistilBERT model in Hugging Face's layout or in the layout of Google's releases of 2018, or a cache of the Hugging Face Hub that contains one model; otherwise, the name of a model on the Hub, such as user/model or user/model@revision, which is downloaded to the cache",
  },
  bertConfigFile: {
    group: "Model",
    kind: "path",
    argument: "file",
    help: "Model configuration, instead of config.json in --model",
  },
  vocabFile: {
    group: "Model",
    kind: "path",
    argument: "file",
    help: "Vocabulary, instead of vocab.txt or tokenizer.json in --model",
  },
  initCheckpoint: {
    group: "Model",
    kind: "path",
    argument: "file",
    help: "Initial weights (a .bin or .safetensors file, an .index.json file of split weights, or a TensorFlow checkpoint such as bert_model.ckpt), instead of the weights in --model; to resume a run, use --resume",
  },
  doLowerCase: {
    group: "Model",
    kind: "flag",
    help: 'Lowercase all text, as models named "uncased" require; needed for single files and for models of 2018 (bert_config.json)',
    defaultText: "the setting of --model, as in transformers; off for files of 2018",
  },
  newLabels: {
    group: "Model",
    kind: "flag",
    help: "Train a new classifier for the labels of the training data, if --model was fine-tuned on other labels",
    defaultText: "keep the labels of --model",
  },
  randomWeights: {
    group: "Model",
    kind: "flag",
    help: "Start from random weights; of --model, only the configuration and the vocabulary are read",
    defaultText: "start from the weights of --model or --init-checkpoint",
  },
} as const satisfies OptionTable;
