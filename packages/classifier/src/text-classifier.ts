import { type Batch, BertieError, type ProblemType } from "@bertie/common";
import type { CompiledProgram } from "@bertie/engine";
import { type ModelDirectory, problemTypeOf } from "@bertie/model";
import { type Inference, readParameters, writeParameters } from "@bertie/optim";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import { checkChoice, checkCount, checkFraction } from "./check-options.ts";
import { FILES, writeTensors } from "./checkpoint/checkpoint.ts";
import { type ClassifierStages, createStages } from "./classifier-stages.ts";
import { mapInOrder } from "./classify-stream.ts";
import type { Examples } from "./data/examples.ts";
import { prepareEvaluationOf } from "./evaluate-model.ts";
import type { ExplainedModel, Explanation, LabelScore } from "./explain/explanation.ts";
import { createIntegratedGradients } from "./explain/integrated-gradients.ts";
import { explainByOcclusion } from "./explain/occlusion.ts";
import { type ExportSource, exportClassifier, exportPlan } from "./export/export-classifier.ts";
import type { ExportedModel, ExportOptions } from "./export/export-options.ts";
import { configFiles, type LoadedModel, loadModel, savedRecord } from "./load-model.ts";
import type { ModelInput } from "./model-input.ts";
import { queuedExecutor } from "./queued-executor.ts";
import { createSerialQueue } from "./serial-queue.ts";
import type { FileWriter, Storage } from "./storage/storage.ts";
import { writeModel } from "./storage/write-model.ts";
import type {
  ClassifyOptions,
  Evaluation,
  ExplainOptions,
  LoadOptions,
  StreamOptions,
  Text,
} from "./text-classifier-options.ts";

/**
 * Trained text classifier that is loaded into an engine. {@link TextClassifier.load} creates instances.
 *
 * @example
 * ```ts
 * import { createTrainer, TextClassifier } from "@bertie/classifier";
 *
 * const train = [
 *   { text: "房间很干净", label: "positive" },
 *   { text: "毛巾有霉味", label: "negative" },
 * ];
 * const trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, epochs: 5 });
 * for await (const _event of trainer.run());
 *
 * await using classifier = await TextClassifier.load(trainer.storage); // or the path or URL of a model directory
 * console.log(await classifier.classify("房间很干净"));
 * // [ { label: "positive", score: 0.905… }, { label: "negative", score: 0.094… } ]
 * ```
 */
export class TextClassifier {
  /** Name of the model in messages, such as the path of its directory. */
  readonly name: string;
  /** Names of the labels, in the order of their ids. */
  readonly labels: readonly string[];
  /** Kind of problem that the model solves. */
  readonly problemType: ProblemType;
  /** Maximum length of a text in tokens, including [CLS] and [SEP]. Longer texts are truncated. */
  readonly maxLength: number;
  /** Tokenizer of the model. */
  readonly tokenizer: BertTokenizer;
  /** Engine that runs the model, such as "onnx". */
  readonly engine: string;
  /** Device that runs the model, such as "cpu". */
  readonly device: string;
  /** Whether the model was trained on pairs of texts; undefined if its directory does not record this. */
  readonly pairs: boolean | undefined;
  /** Minimum probability at which a label is predicted, with several labels per text. */
  readonly threshold: number;
  /** Notes about how the model computes, one line per note. */
  readonly notes: readonly string[];
  /** Warnings about the model or its vocabulary, one line per warning. */
  readonly warnings: readonly string[];
  /** The stages of {@link classify} as separate functions, for programs that batch the texts of several callers. */
  readonly stages: ClassifierStages;

  readonly #model: LoadedModel;
  readonly #inference: Inference;
  /** Parameters that have not been written to the state of the executor yet. */
  #parameters: ReadonlyMap<string, Float32Array> | undefined;
  readonly #enqueue = createSerialQueue();
  #integratedGradients: ReturnType<typeof createIntegratedGradients> | undefined;
  /** Compiled programs of integrated gradients. */
  readonly #programs: CompiledProgram[] = [];
  #disposal: Promise<void> | undefined;

  private constructor(model: LoadedModel, inference: Inference, parameters: ReadonlyMap<string, Float32Array>) {
    const { directory, executor } = model;
    this.name = directory.name;
    this.labels = model.labels;
    this.problemType = problemTypeOf(directory.config, model.labels.length);
    this.maxLength = model.maxLength;
    this.tokenizer = model.tokenizer;
    this.engine = executor.engine;
    this.device = executor.device;
    this.pairs = directory.trained.pairs;
    this.threshold = model.threshold;
    this.notes = model.notes;
    this.warnings = model.warnings;
    this.#model = model;
    this.#inference = inference;
    this.#parameters = inference.isFrozen ? parameters : undefined;
    const { batchSize, longText, windowOverlap } = model;
    const run = (batch: Omit<Batch, "labelIds">) => this.#logits(batch);
    const settings = { batchSize, longText, windowOverlap, anyShape: inference.isFrozen, run };
    const { labels, tokenizer, maxLength, problemType, threshold } = this;
    this.stages = createStages({ labels, tokenizer, maxLength, problemType, threshold, ...settings });
  }

  /**
   * Loads a classifier from a model directory in the layout of Bertie and Hugging Face transformers.
   *
   * @param input path, URL, storage, files or directory handle of the model directory, or the result of
   *   `readModelDirectory()`
   * @param options engine, device, precision, truncation and labels
   * @throws BertieError "input/missing-file" if the directory or a file does not exist, "input/unreadable-file",
   *   "input/not-read" or "input/unreachable" if a file cannot be read, "input/not-a-model" if `input` is of another type
   * @throws BertieError "input/no-labels" or "weights/missing-tensor" if the model has not been fine-tuned for
   *   classification
   * @throws BertieError "config/…", "vocabulary/…", "weights/…" or "input/vocabulary-size" if the model is malformed or
   *   not supported
   * @throws BertieError "options/value" or "options/max-seq-length" if `maxLength` or `batchSize` is out of range
   * @throws BertieError "engine/…" if the engine, the device or the precision is not available
   * @throws the reason of `options.signal` if loading is canceled
   *
   * @example
   * ```ts
   * import { TextClassifier } from "@bertie/classifier";
   *
   * try {
   *   await TextClassifier.load("examples/models/bge-small-zh-v1.5"); // pre-trained only
   * } catch (error) {
   *   console.log((error as { code?: string }).code); // input/no-labels
   * }
   * ```
   */
  static async load(input: ModelInput | ModelDirectory, options: LoadOptions = {}): Promise<TextClassifier> {
    const { model, inference, parameters } = await loadModel(input, options);
    return new TextClassifier(model, inference, parameters);
  }

  /**
   * Classifies one or more texts. Texts are batched by length; concurrent calls run one after another.
   *
   * @param text text, pair of texts, or array of them; texts longer than `maxLength` are truncated
   * @returns the labels with their probabilities, most probable first; for an array, one list of labels per text. The
   *   probabilities of a multi-label model do not add up to 1, and the score of a regression is the value
   * @throws BertieError "input/not-text" if a text is not a string or `{ text, pair }`, "options/value" if `topK` is
   *   not a positive integer, "classify/not-a-number" if the model computes scores that are not finite,
   *   "classify/disposed" after {@link dispose}, "engine/…" if the device fails
   * @throws the reason of `options.signal` if it is aborted
   *
   * @example
   * ```ts
   * import { createTrainer, TextClassifier } from "@bertie/classifier";
   *
   * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
   * const trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, epochs: 1 });
   * for await (const _event of trainer.run());
   * await using classifier = await TextClassifier.load(trainer.storage);
   * console.log((await classifier.classify("房间很干净")).length); // 2 labels
   * console.log(await classifier.classify(["好", { text: "很好", pair: "很差" }], { topK: 1 })); // one label per text
   * ```
   */
  classify(text: Text, options?: ClassifyOptions): Promise<LabelScore[]>;
  classify(texts: readonly Text[], options?: ClassifyOptions): Promise<LabelScore[][]>;
  async classify(texts: Text | readonly Text[], options: ClassifyOptions = {}): Promise<LabelScore[] | LabelScore[][]> {
    const isArray = Array.isArray(texts);
    const results = await this.#classifyTexts(isArray ? texts : [texts as Text], options);
    return isArray ? results : results[0]!;
  }

  /**
   * Classifies a stream of texts, and yields one list of labels per text, in order. Texts that have arrived are batched
   * by length. The source is read only as fast as results are consumed, and closed when the consumer stops.
   *
   * The generator throws the errors of {@link classify}, and rethrows an error of the source after the results of the
   * preceding texts.
   *
   * @param texts iterable or async iterable of any length, such as the lines of a file
   *
   * @example
   * ```ts
   * import { createTrainer, TextClassifier } from "@bertie/classifier";
   *
   * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
   * const trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, epochs: 1 });
   * for await (const _event of trainer.run());
   * await using classifier = await TextClassifier.load(trainer.storage);
   * for await (const [best] of classifier.classifyStream(["房间很干净", "毛巾有霉味"])) console.log(best?.label, best?.score);
   * ```
   */
  classifyStream(
    texts: Iterable<Text> | AsyncIterable<Text>,
    options: StreamOptions = {},
  ): AsyncGenerator<LabelScore[]> {
    let count = 0;
    const classifyWindow = (window: readonly Text[]) => {
      count += window.length;
      return this.#classifyTexts(window, options, count - window.length);
    };
    return mapInOrder(texts, classifyWindow, options.signal, options.fullWindows);
  }

  /**
   * Computes how much each word of a text contributes to a label.
   *
   * With occlusion (Zeiler and Fergus, 2014), the contribution of a word is the log-odds of the label for the text
   * minus the log-odds for the text with the word replaced by `[MASK]`. A positive contribution supports the label.
   * Occlusion takes one forward pass per word. Integrated gradients (Sundararajan et al., 2017) are the alternative.
   *
   * @param text text to explain; for pairs, set `options.pair`
   * @param options label, unit (word or token) and method
   * @returns the probabilities of all labels, and the contribution of each word to the explained label
   * @throws BertieError "explain/no-mask" if the vocabulary has no `[MASK]` token, "explain/label" if the model has no
   *   such label, "options/value" if `unit` or `method` is unknown, "options/max-length" if `maxLength` is too small
   *   for a pair, "classify/disposed" after {@link dispose}, "engine/…" if the device fails
   * @throws the reason of `options.signal` if it is aborted
   *
   * @example
   * ```ts
   * import { createTrainer, TextClassifier } from "@bertie/classifier";
   *
   * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
   * const trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, epochs: 1 });
   * for await (const _event of trainer.run());
   * await using classifier = await TextClassifier.load(trainer.storage);
   * const { label, words } = await classifier.explain("房间很干净");
   * for (const { text, contribution } of words) console.log(label, text, contribution);
   * ```
   */
  async explain(text: string, options: ExplainOptions = {}): Promise<Explanation> {
    const { method = "occlusion", ...rest } = options;
    checkChoice("unit", options.unit, ["word", "token"]);
    checkChoice("method", method, ["occlusion", "integrated-gradients"]);
    const request = { text, ...rest };
    const { tokenizer, labels, maxLength } = this;
    const anyShape = this.#inference.isFrozen;
    const { problemType } = this;
    const logits: ExplainedModel["logits"] = (batch) => this.#logits(batch);
    const model: ExplainedModel = { tokenizer, labels, problemType, maxLength, anyShape, logits };
    if (method === "occlusion") return explainByOcclusion(model, request);
    const { classifier } = this.#model;
    await this.#run(() => this.#writeState());
    const executor = queuedExecutor(this.#model.executor, (job) => this.#run(job), this.#programs);
    this.#integratedGradients ??= createIntegratedGradients({ ...model, classifier, executor });
    return this.#integratedGradients(request);
  }

  /**
   * Evaluates the classifier on labeled examples.
   *
   * @param examples iterable or async iterable of `{ text, pair?, label }`, a table, or a file of a task
   * @returns accuracy, loss, further metrics and the confusion matrix
   * @throws BertieError "input/unknown-label" if an example has a label that the model does not have, "input/no-rows"
   *   if there are no examples, "input/not-examples" or "input/not-text" if `examples` or an example has the wrong
   *   type, other "input/…" codes or "config/unknown-task" if a file cannot be read or is malformed
   * @throws BertieError "classify/disposed" after {@link dispose}, "engine/…" if the device fails
   * @throws the reason of `signal` if it is aborted
   *
   * @example
   * ```ts
   * import { createTrainer, TextClassifier } from "@bertie/classifier";
   *
   * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
   * const trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, epochs: 1 });
   * for await (const _event of trainer.run());
   * await using classifier = await TextClassifier.load(trainer.storage);
   * const { accuracy, confusion } = await classifier.evaluate([{ text: "很好", label: "positive" }]);
   * console.log(accuracy, confusion);
   * ```
   */
  async evaluate(examples: Examples, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Evaluation> {
    const evaluate = await prepareEvaluationOf(this.#model, examples);
    const { executor, classifier } = this.#model;
    return this.#run(async () => {
      if (!this.#inference.isFrozen) return evaluate(undefined, signal);
      return evaluate(this.#parameters ?? (await readParameters(executor, classifier)), signal);
    });
  }

  /**
   * Writes the classifier as a model directory that Bertie and Hugging Face transformers can load.
   *
   * @param target path of an empty or missing directory, a storage, or a writer that receives the files one by one
   * @throws BertieError "output/not-empty" or "output/unfinished" if the target has contents, "output/locked" or
   *   "browser/other-tab" if another run is writing to it, "output/unusable", "output/not-written", "output/not-placed"
   *   or "browser/storage-full" if it cannot be written
   * @throws BertieError "train/not-finite" if a weight is not finite, "classify/disposed" after {@link dispose}
   *
   * @example
   * ```ts
   * import { createTrainer, memoryStorage, TextClassifier } from "@bertie/classifier";
   *
   * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
   * const trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, epochs: 1 });
   * for await (const _event of trainer.run());
   * await using classifier = await TextClassifier.load(trainer.storage);
   * const copy = memoryStorage(); // or a path
   * await classifier.save(copy);
   * console.log(await copy.state()); // finished
   * ```
   */
  save(target: string | Storage | FileWriter): Promise<void> {
    return writeModel(target, (writer) => this.#writeFiles(writer));
  }

  /**
   * Writes the classifier as ONNX files for transformers.js, optimum and ONNX Runtime, or in half precision. ONNX files are in the folder `onnx`. Inputs: `input_ids`, `attention_mask` and, unless the model is a DistilBERT,
   * `token_type_ids`, each int64 `[batch_size, sequence_length]`. Output: `logits`, float32 `[batch_size, labels]`.
   *
   * @param target path of an empty or missing directory, a storage, or a writer that receives the files one by one
   * @param options format, data types, texts for calibration, and examples to check the files on
   * @returns the files of weights with their sizes and, with `check`, their accuracy and differences
   * @throws BertieError "options/value" if the format or a data type is unknown, "export/too-large" or
   *   "weights/too-large" if a file would be too large, "input/…" if `check` cannot be read, and the errors of {@link save}
   * @throws the reason of `options.signal` if it is aborted
   *
   * @example
   * ```ts
   * import { createTrainer, memoryStorage, TextClassifier } from "@bertie/classifier";
   *
   * const train = [{ text: "好", label: "positive" }, { text: "差", label: "negative" }];
   * const trainer = await createTrainer({ model: "examples/models/bge-small-zh-v1.5", train, epochs: 1 });
   * for await (const _event of trainer.run());
   * await using classifier = await TextClassifier.load(trainer.storage);
   * const { files } = await classifier.export(memoryStorage(), { dtypes: ["int8"] }); // or a path
   * console.log(files[0]!.path); // onnx/model_quantized.onnx
   * ```
   */
  async export(target: string | Storage | FileWriter, options: ExportOptions = {}): Promise<ExportedModel> {
    exportPlan(options);
    const parameters = await this.#readParameters();
    const run: ExportSource["run"] = (batch) => this.#logits(batch);
    const source = { model: this.#model, problemType: this.problemType, parameters, run };
    return writeModel(target, (writer) => exportClassifier(source, writer, options), options.overwrite);
  }

  async #writeFiles(writer: FileWriter): Promise<void> {
    const { executor, classifier } = this.#model;
    for (const [name, contents] of configFiles(this.#model)) await writer.write(name, contents);
    await this.#run(async () => {
      await this.#writeState();
      await writeTensors(writer, FILES.weights, executor, classifier.parameters);
    });
    await writer.write("run.json", savedRecord(this.#model));
  }

  /**
   * Releases the model, and the executor if the classifier created it. Calls in progress complete first; later calls of
   * other methods throw BertieError "classify/disposed". May be called repeatedly.
   */
  dispose(): Promise<void> {
    this.#disposal ??= this.#enqueue(async () => {
      for (const program of this.#programs) await program.dispose();
      await this.#inference.dispose();
      if (this.#model.ownsExecutor) await this.#model.executor.dispose();
    });
    return this.#disposal;
  }

  /** Calls {@link dispose} at the end of an `await using` scope. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Classifies texts in batches. Messages add `offset`, the number of previous texts in the stream, to the index. */
  async #classifyTexts(texts: readonly Text[], options: ClassifyOptions, offset = 0): Promise<LabelScore[][]> {
    const { topK, threshold, signal } = options;
    checkCount("topK", topK);
    checkFraction("threshold", threshold);
    const logits = await this.stages.logits(this.stages.encode(texts, {}, offset), signal);
    return logits.map((each) => this.stages.rank(each, { topK, threshold }));
  }

  /** Returns the logits of a batch, `[size, labels]`. */
  #logits(batch: Omit<Batch, "labelIds">): Promise<Float32Array> {
    return this.#run(() => this.#inference.logits(batch));
  }

  /** Runs a job after all previous jobs. Rejects if the classifier has been disposed. */
  #run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#disposal === undefined) return this.#enqueue(job);
    const message = `${this.name}: the classifier has been disposed. Load the model again.`;
    return Promise.reject(new BertieError("classify/disposed", message));
  }

  /** Returns the parameters by name. */
  async #readParameters(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.#run(async () => this.#parameters ?? readParameters(this.#model.executor, this.#model.classifier));
  }

  /** Writes the parameters to the state of the executor, where evaluation, gradients and saving read them. */
  async #writeState(): Promise<void> {
    if (this.#parameters === undefined) return;
    const { executor, classifier } = this.#model;
    await writeParameters(executor, classifier, this.#parameters);
    this.#parameters = undefined;
  }
}
