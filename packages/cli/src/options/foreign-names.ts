/**
 * Options of other programs, in kebab-case: Google's `run_classifier.py` of 2018, and `run_glue.py` and `TrainingArguments`
 * of Hugging Face's transformers. Each value is the corresponding option of Bertie, with an argument if only one fits, or a
 * sentence that explains the alternative.
 */
const FOREIGN_NAMES: Readonly<Record<string, string>> = {
  // Data
  "validation-file": "Did you mean --eval-file?",
  "predict-file": "To classify the lines of a file, run: bertie predict FILE --model DIR.",
  "dataset-name": "Datasets are not downloaded: pass a directory of .tsv files with --data-dir.",
  "dataset-config-name": "Datasets are not downloaded: pass a directory of .tsv files with --data-dir.",
  dataset: "--data-dir",
  data: "--data-dir",
  task: "--task-name",
  "text-column-name": "Columns are selected by --task-name.",
  "text-column-names": "Columns are selected by --task-name.",
  "label-column-name": "Columns are selected by --task-name.",
  "max-length": "--max-seq-length",
  "max-len": "--max-seq-length",
  "max-sequence-length": "--max-seq-length",
  "model-max-length": "--max-seq-length",
  "pad-to-max-length": "--padding max",
  "max-predict-samples": "To classify fewer rows, shorten test.tsv.",
  // Model
  "model-name-or-path": "--model",
  "model-name": "--model",
  "model-dir": "--model",
  "model-type": "The model type is read from config.json in --model.",
  "pretrained-model": "--model",
  "config-name": "--bert-config-file",
  "config-file": "--config",
  "tokenizer-name": "--vocab-file",
  "tokenizer-name-or-path": "--vocab-file",
  checkpoint: "--init-checkpoint",
  lowercase: "--do-lower-case",
  uncased: "--do-lower-case",
  "cache-dir": "Models are not downloaded: pass a model directory with --model.",
  "use-fast-tokenizer": "The tokenizer is always the fast one. Omit this option.",
  // Training
  epochs: "--num-train-epochs",
  "num-epochs": "--num-train-epochs",
  "n-epochs": "--num-train-epochs",
  "batch-size": "--train-batch-size",
  "per-device-train-batch-size": "--train-batch-size",
  "per-gpu-train-batch-size": "--train-batch-size",
  "per-device-eval-batch-size": "--eval-batch-size",
  "per-gpu-eval-batch-size": "--eval-batch-size",
  "predict-batch-size": "--eval-batch-size",
  lr: "--learning-rate",
  "warmup-ratio": "--warmup-proportion",
  "warmup-steps": "Warmup is a fraction of all updates: use --warmup-proportion.",
  "num-warmup-steps": "Warmup is a fraction of all updates: use --warmup-proportion.",
  "weight-decay": "Weight decay is fixed at 0.01, and excludes biases and LayerNorm. Omit this option.",
  "adam-epsilon": "BertAdam's epsilon is fixed at 1e-6. Omit this option.",
  "adam-beta1": "BertAdam's betas are fixed at 0.9 and 0.999. Omit this option.",
  "adam-beta2": "BertAdam's betas are fixed at 0.9 and 0.999. Omit this option.",
  "max-grad-norm": "Gradients are clipped to norm 1, each tensor separately. Omit this option.",
  "lr-scheduler-type": "The learning rate always rises and falls linearly. Omit this option.",
  optim: "The optimizer is always BertAdam. Omit this option.",
  "random-seed": "--seed",
  "data-seed": "--seed",
  "accumulation-steps": "--gradient-accumulation-steps",
  "gradient-checkpointing":
    "Gradient checkpointing is not supported: to save memory, raise --gradient-accumulation-steps.",
  "resume-from-checkpoint": "--resume",
  "freeze-encoder": "--freeze-layers",
  // Evaluation
  "do-test": "--do-predict",
  evaluate: "--do-eval",
  "eval-strategy":
    "Evaluation runs at every checkpoint if --metric is given; --save-checkpoints-steps sets the interval.",
  "evaluation-strategy":
    "Evaluation runs at every checkpoint if --metric is given; --save-checkpoints-steps sets the interval.",
  "eval-steps": "Evaluation runs at every checkpoint if --metric is given; --save-checkpoints-steps sets the interval.",
  "metric-for-best-model": "--metric",
  "load-best-model-at-end": "Use --metric NAME: the best weights by this metric are then saved.",
  "early-stopping-patience": "--early-stopping",
  patience: "--early-stopping",
  // Output
  output: "--output-dir",
  overwrite: "--overwrite-output-dir",
  "save-steps": "--save-checkpoints-steps",
  "save-strategy": "Checkpoints are written at intervals and after each epoch: use --save-checkpoints-steps.",
  "save-total-limit": "--keep-checkpoints",
  "logging-steps": "--log-every",
  "logging-dir": "Metrics are written to metrics.jsonl in --output-dir. Omit this option.",
  "report-to": "Metrics are written to metrics.jsonl in --output-dir. Omit this option.",
  "push-to-hub": "Models are not uploaded: upload the directory of --output-dir yourself.",
  // Hardware
  "use-cpu": "--device cpu",
  cpu: "--device cpu",
  cuda: "--device cuda",
  gpu: "Name the device: --device cuda or --device webgpu.",
  "use-gpu": "Name the device: --device cuda or --device webgpu.",
  bf16: "--precision bf16",
  "fp16-opt-level": "Use --precision fp16.",
  "mixed-precision": "--precision",
  "use-tpu": "TPUs are not supported. Omit this option.",
  "tpu-name": "TPUs are not supported. Omit this option.",
  "num-tpu-cores": "TPUs are not supported. Omit this option.",
  "iterations-per-loop": "TPUs are not supported. Omit this option.",
  "dataloader-num-workers": "Batches need no worker processes; --threads sets the number of CPU threads.",
  "torch-compile": "Models are always compiled. Omit this option.",
  deepspeed: "Distributed training is not supported yet.",
  // Tokenization
  input: "Pass the input files as arguments, without an option name.",
  "input-file": "Pass the input files as arguments, without an option name.",
  "output-file": "--output",
  "output-format": "--format",
  column: "--field",
  "text-column": "--field",
  "num-workers": "--threads",
  "num-proc": "--threads",
  "add-special-tokens": "[CLS] and [SEP] are added unless --no-special-tokens is given.",
};

/**
 * Returns advice for an option of another program.
 *
 * @param name the option in kebab-case, without leading dashes
 * @param exists whether the command has an option of this name
 * @returns a sentence, or undefined if the name is unknown or its counterpart does not exist in the command
 */
export function foreignNameAdvice(name: string, exists: (option: string) => boolean): string | undefined {
  const advice = Object.hasOwn(FOREIGN_NAMES, name) ? FOREIGN_NAMES[name] : undefined;
  const options = advice?.match(/--[a-z][a-z0-9-]*/g) ?? [];
  if (advice === undefined || !options.every((option) => exists(option.slice(2)))) return undefined;
  return advice.startsWith("--") ? `Did you mean ${advice}?` : advice;
}

/** All foreign names with their advice, for tests. */
export const foreignNames = Object.entries(FOREIGN_NAMES);

/** Bertie's commands by names that other programs use. */
const FOREIGN_COMMANDS: Readonly<Record<string, string>> = {
  "fine-tune": "train",
  finetune: "train",
  fit: "train",
  "run-glue": "train",
  evaluate: "eval",
  validate: "eval",
  test: "eval",
  classify: "predict",
  infer: "predict",
  inference: "predict",
  encode: "tokenize",
  tokenise: "tokenize",
  benchmark: "bench",
  check: "doctor",
  devices: "doctor",
  info: "doctor",
};

/** Returns the command that corresponds to a name from another program; undefined if the name is unknown. */
export function foreignCommand(name: string): string | undefined {
  return Object.hasOwn(FOREIGN_COMMANDS, name) ? FOREIGN_COMMANDS[name] : undefined;
}
