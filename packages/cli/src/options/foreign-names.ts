/**
 * Options of other programs, in kebab-case, with advice: Google's `run_classifier.py` of 2018, `run_glue.py` and
 * `TrainingArguments` of Hugging Face's transformers, and the names that scikit-learn, Keras and Lightning use. Each row
 * consists of names, separated by spaces, and the advice for them in order of preference: an option of Bertie, with an
 * argument if only one fits, or a sentence that explains the alternative. The first advice whose options exist in the
 * command is given.
 */
const ADVICE: readonly (readonly [names: string, ...advice: string[]])[] = [
  // Data
  [
    "train-data train-path train-csv training-file training-data trainset csv csv-file data-file data-path",
    "Pass the table as an argument, as in: bertie train reviews.csv. A second table for evaluation is given by --eval-file.",
  ],
  ["validation-file valid-file val-file dev-file validation-data eval-data val-data dev-data eval-path", "--eval-file"],
  ["test-data test-path test-csv", "--test-file"],
  ["predict-file predict-data", "To classify the lines of a file, run: bertie predict FILE --model DIR."],
  ["dataset-name dataset-config-name", "Datasets are not downloaded. Pass the path of a local table as an argument."],
  ["dataset data dataset-dir dataset-path", "--data-dir"],
  ["task processor", "--task-name"],
  [
    "text-column-name text-column-names text-col text-field sentence-column sentence1-key input-column feature-column text-key",
    "--text-column",
  ],
  ["text-pair-column text2-column sentence2-key second-text-column", "--pair-column"],
  ["label-column-name label-col label-field label-key target-column target class-column", "--label-column"],
  ["index-col id-col id-field", "--id-column"],
  ["sep separator", "--delimiter"],
  ["has-header skip-header headers", "--header"],
  [
    "test-size val-size dev-size eval-size validation-split val-split eval-split dev-split validation-fraction train-test-split",
    "--eval-fraction",
  ],
  [
    "cv n-splits k-folds num-folds kfold n-folds cross-validation",
    "--folds",
    'Cross-validation is an option of "bertie train".',
  ],
  [
    "multi-label multilabel multi-labels",
    "--problem-type multi",
    'The kind of problem is an option of "bertie train".',
  ],
  ["num-classes n-classes n-labels num-class nb-classes", "--num-labels"],
  [
    "max-length max-len max-sequence-length model-max-length max-tokens seq-length seq-len sequence-length max-seq-len maxlen",
    "--max-seq-length",
  ],
  [
    "truncation truncate",
    "Long texts are truncated to --max-seq-length tokens; --long-text selects other ways to handle them.",
    "Long texts are truncated to --max-seq-length tokens.",
  ],
  ["pad-to-max-length", "--padding max"],
  ["max-predict-samples", "To classify fewer rows, shorten test.tsv."],
  ["max-train-examples train-samples", "--max-train-samples"],
  ["max-eval-examples eval-samples max-val-samples", "--max-eval-samples"],
  // Model
  [
    "model-name-or-path model-name model-dir model-path pretrained-model pretrained pretrained-model-name-or-path pretrained-path base-model bert-model bert-dir m",
    "--model",
  ],
  ["model-type architecture", "The model type is read from config.json in --model."],
  ["config-name bert-config", "--bert-config-file"],
  ["config-file config-path", "--config"],
  ["tokenizer-name tokenizer-name-or-path tokenizer tokenizer-path vocab vocab-path vocabulary", "--vocab-file"],
  ["checkpoint checkpoint-path init-from load-from weights", "--init-checkpoint"],
  ["lowercase uncased do-lowercase lower-case lower", "--do-lower-case"],
  ["cased do-basic-tokenize", "Text is lowercased only with --do-lower-case, or as tokenizer_config.json states."],
  [
    "cache-dir hf-token use-auth-token model-revision revision trust-remote-code",
    "Models are not downloaded: pass a model directory with --model.",
  ],
  ["use-fast-tokenizer use-fast", "The tokenizer is always the fast one. Omit this option."],
  [
    "dropout hidden-dropout-prob hidden-dropout attention-dropout classifier-dropout",
    "Dropout is read from config.json in --model.",
  ],
  // Training
  ["epochs num-epochs n-epochs epoch max-epochs train-epochs nb-epoch e", "--num-train-epochs"],
  [
    "steps train-steps num-steps num-train-steps max-train-steps total-steps iterations n-iter max-iter training-steps",
    "--max-steps",
  ],
  [
    "batch-size bs batch train-batch per-device-train-batch-size per-gpu-train-batch-size mini-batch-size minibatch-size b",
    "--train-batch-size",
  ],
  [
    "per-device-eval-batch-size per-gpu-eval-batch-size predict-batch-size test-batch-size val-batch-size eval-batch",
    "--eval-batch-size",
  ],
  ["lr learning-rate-init base-lr peak-lr max-lr eta eta0 alpha learningrate step-size", "--learning-rate"],
  ["warmup-ratio warmup warm-up warmup-fraction", "--warmup-proportion"],
  ["warmup-steps num-warmup-steps warm-up-steps", "Warmup is a fraction of all updates: use --warmup-proportion."],
  ["weight-decay wd l2", "Weight decay is fixed at 0.01, and excludes biases and LayerNorm. Omit this option."],
  ["adam-epsilon epsilon", "BertAdam's epsilon is fixed at 1e-6. Omit this option."],
  ["adam-beta1 adam-beta2 betas momentum", "BertAdam's betas are fixed at 0.9 and 0.999. Omit this option."],
  [
    "max-grad-norm grad-clip clip gradient-clip-val clip-grad-norm",
    "Gradients are clipped to norm 1, each tensor separately. Omit this option.",
  ],
  [
    "lr-scheduler-type lr-scheduler scheduler lr-schedule",
    "--schedule",
    'The schedule of the learning rate is an option of "bertie train".',
  ],
  [
    "lr-decay layerwise-lr-decay layer-wise-lr-decay llrd lr-layer-decay",
    "--layer-decay",
    'Learning rates per layer are an option of "bertie train".',
  ],
  ["label-smoothing-factor smoothing", "--label-smoothing", 'Label smoothing is an option of "bertie train".'],
  [
    "class-weight balanced sample-weight pos-weight",
    "--class-weights",
    'Class weights are an option of "bertie train".',
  ],
  ["optim optimizer solver", "The optimizer is always BertAdam. Omit this option."],
  ["random-seed data-seed random-state rng-seed s", "--seed"],
  ["shuffle", "Rows are shuffled by default; --no-shuffle trains in file order."],
  [
    "accumulation-steps gradient-accumulation grad-accum grad-accumulation-steps accumulate-grad-batches accumulation",
    "--gradient-accumulation-steps",
  ],
  [
    "gradient-checkpointing",
    "Gradient checkpointing is not supported: to save memory, raise --gradient-accumulation-steps.",
  ],
  ["resume-from-checkpoint resume-from ckpt-path", "--resume"],
  ["freeze-encoder freeze freeze-base freeze-bert", "--head-only"],
  // Evaluation
  ["do-test", "--do-predict"],
  ["evaluate do-validation do-valid do-dev do-evaluate", "--do-eval"],
  [
    "eval-strategy evaluation-strategy eval-steps evaluate-during-training eval-every",
    "Evaluation runs at every checkpoint if --metric is given; --save-checkpoints-steps sets the interval.",
  ],
  ["metric-for-best-model scoring monitor metrics", "--metric"],
  [
    "load-best-model-at-end save-best save-best-only",
    "Use --metric NAME: the best weights by this metric are then saved.",
  ],
  ["early-stopping-patience patience early-stopping-rounds early-stop n-iter-no-change", "--early-stopping"],
  // Output
  [
    "out out-dir outdir output-path output-folder save-dir save-path save-to model-output results-dir result-dir o",
    "--output-dir",
    "--output",
  ],
  ["output", "--output-dir"],
  ["overwrite overwrite-output force", "--overwrite-output-dir"],
  ["save-steps save-every save-interval checkpoint-steps checkpoint-interval", "--save-checkpoints-steps"],
  ["save-strategy", "Checkpoints are written at intervals and after each epoch: use --save-checkpoints-steps."],
  ["save-total-limit keep-checkpoint-max max-checkpoints", "--keep-checkpoints"],
  ["logging-steps logging-interval print-every log-interval log-steps", "--log-every"],
  [
    "logging-dir report-to tensorboard wandb log-dir",
    "Metrics are written to metrics.jsonl and to TensorBoard events in --output-dir. Omit this option.",
  ],
  [
    "disable-tqdm no-progress progress progress-bar",
    "Progress bars appear only on a terminal. Redirect stderr for plain lines.",
  ],
  ["quiet silent q log-level verbosity", "The log is written to stderr. Redirect stderr to hide it."],
  ["push-to-hub hub-model-id", "Models are not uploaded: upload the directory of --output-dir yourself."],
  // Hardware
  ["use-cpu cpu no-gpu", "--device cpu"],
  ["cuda use-cuda", "--device cuda"],
  ["gpu use-gpu gpus", "Name the device: --device cuda or --device webgpu."],
  ["bf16 bfloat16", "--precision bf16"],
  ["fp16-opt-level half amp use-amp use-fp16 float16", "Use --precision fp16."],
  ["int8 q8 quantize quantized load-in-8bit", "--precision int8"],
  ["mixed-precision dtype", "--precision"],
  ["backend framework", "--engine"],
  [
    "use-tpu tpu-name num-tpu-cores tpu-zone gcp-project master iterations-per-loop",
    "TPUs are not supported. Omit this option.",
  ],
  ["dataloader-num-workers", "Batches need no worker processes; --threads sets the number of CPU threads."],
  ["torch-compile", "Models are always compiled. Omit this option."],
  [
    "deepspeed fsdp ddp ddp-backend ddp-find-unused-parameters n-gpu num-gpus gpus nproc-per-node nnodes node-rank num-nodes num-processes num-machines world-size rank strategy accelerator master-addr master-port server-ip server-port",
    "To train in several processes or on several GPUs, add --write-plan, and start integrations/torch/train.py with torchrun.",
    'Several processes train from the plan that "bertie train --write-plan" writes.',
  ],
  ["num-workers num-proc n-jobs jobs workers num-threads n-threads cpus cores j", "--threads"],
  // Tokenization
  ["input input-file inputs i", "Pass the input files as arguments, without an option name."],
  ["output-file", "--output"],
  ["output-format", "--format"],
  ["column", "--field"],
  ["add-special-tokens", "[CLS] and [SEP] are added unless --no-special-tokens is given."],
];

const FOREIGN_NAMES: ReadonlyMap<string, readonly string[]> = new Map(
  ADVICE.flatMap(([names, ...advice]) => names.split(" ").map((name) => [name, advice] as const)),
);

/**
 * Returns advice for an option of another program.
 *
 * @param name the option in kebab-case, without leading dashes
 * @param exists whether the command has an option of this name
 * @returns a sentence, or undefined if the name is unknown or its counterpart does not exist in the command
 */
export function foreignNameAdvice(name: string, exists: (option: string) => boolean): string | undefined {
  const optionsIn = (advice: string) => advice.match(/--[a-z][a-z0-9-]*/g) ?? [];
  const advice = FOREIGN_NAMES.get(name)?.find((each) => optionsIn(each).every((option) => exists(option.slice(2))));
  return advice?.startsWith("--") ? `Did you mean ${advice}?` : advice;
}

/** All foreign names, for tests. */
export const foreignNames: readonly string[] = [...FOREIGN_NAMES.keys()];

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
