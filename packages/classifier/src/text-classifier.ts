import { type Batch, BertieError } from "@bertie/common";
import { convertExamplesToFeatures, type InputExample, makeBatch } from "@bertie/data";
import { type CompiledProgram, choosePrecision, createExecutor, type Executor } from "@bertie/engine";
import {
  loadClassifierParameters,
  type ModelDirectory,
  modelFiles,
  readModelDirectory,
  requireVocab,
} from "@bertie/model";
import { type Classifier, type Inference, prepareInference, probabilities, writeParameters } from "@bertie/optim";
import type { BertTokenizer } from "@bertie/tokenizer-wasm";
import { groupByLength } from "./batch-shapes.ts";
import { checkChoice, checkCount } from "./check-options.ts";
import { FILES, writeTensors } from "./checkpoint/checkpoint.ts";
import { answerInOrder } from "./classify-stream.ts";
import { tokenizeSet } from "./data/data-set.ts";
import { type Examples, readExampleSet } from "./data/examples.ts";
import type { ExplainedModel, Explanation, LabelScore } from "./explain/explanation.ts";
import { createIntegratedGradients } from "./explain/integrated-gradients.ts";
import { explainByOcclusion } from "./explain/occlusion.ts";
import { fileSourceOf, type ModelInput } from "./model-input.ts";
import { modelTokenizer } from "./model-tokenizer.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { evaluateOn, readyToClassify } from "./run/classify-sets.ts";
import { trainingDefaults } from "./run/options.ts";
import { formatJson } from "./run/output-files.ts";
import { bertClassifier, checkLength } from "./run/prepare.ts";
import { directoryStorage } from "./storage/directory.ts";
import type { FileWriter, Storage } from "./storage/storage.ts";
import type { ClassifyOptions, Evaluation, ExplainOptions, LoadOptions, Text } from "./text-classifier-options.ts";

/**
 * A trained text classifier, loaded into an engine.
 *
 * @example
 * ```ts ignore
 * await using classifier = await TextClassifier.load("runs/quick-start");
 * await classifier.classify("房间很干净"); // [{ label: "positive", score: 0.97 }, { label: "negative", score: 0.03 }]
 * ```
 */
export class TextClassifier implements AsyncDisposable {
  /** The name of the model in messages, such as its directory's path. */
  readonly name: string;
  /** In the order of their ids. */
  readonly labels: readonly string[];
  /** Texts are truncated to this many tokens, [CLS] and [SEP] included. */
  readonly maxLength: number;
  readonly tokenizer: BertTokenizer;
  /** The engine and the device that run the model, such as "onnx" and "cpu". */
  readonly engine: string;
  readonly device: string;
  /** Whether the model was trained on pairs of texts; undefined where its directory does not say. */
  readonly pairs: boolean | undefined;
  /** Warnings about the model or its vocabulary, one line each. */
  readonly warnings: readonly string[];

  readonly #model: Loaded;
  readonly #inference: Inference;
  /** The parameters, until the executor's state holds them. */
  #parameters: ReadonlyMap<string, Float32Array> | undefined;
  readonly #alone = oneAtATime();
  #integratedGradients: ReturnType<typeof createIntegratedGradients> | undefined;
  /** The programs of integrated gradients. */
  readonly #programs: CompiledProgram[] = [];
  /** Compiles and runs programs while the engine does nothing else. */
  readonly #sharedExecutor: Pick<Executor, "compile"> = {
    compile: async (program) => {
      const compiled = await this.#run(async () => {
        const made = await this.#model.executor.compile(program);
        this.#programs.push(made);
        return made;
      });
      return {
        run: (feeds, options) => this.#run(() => compiled.run(feeds, options)),
        dispose: () => this.#run(() => compiled.dispose()),
      };
    },
  };
  #disposal: Promise<void> | undefined;

  private constructor(model: Loaded, inference: Inference, parameters: ReadonlyMap<string, Float32Array>) {
    const { directory, executor } = model;
    this.name = directory.name;
    this.labels = model.labels;
    this.maxLength = model.maxLength;
    this.tokenizer = model.tokenizer;
    this.engine = executor.engine;
    this.device = executor.device;
    this.pairs = directory.trained.pairs;
    this.warnings = model.warnings;
    this.#model = model;
    this.#inference = inference;
    this.#parameters = inference.isFrozen ? parameters : undefined;
  }

  /**
   * Loads a classifier from a model directory, as Bertie and Hugging Face's transformers write it.
   *
   * @param input a path, an address, a storage, files, a directory handle, or a directory that was read before
   * @throws BertieError "input/missing-file", "input/no-labels" and "weights/missing-tensor" where the directory is not a
   *   fine-tuned classifier's, "engine/…" where the engine or the device is not available
   */
  static async load(input: ModelInput | ModelDirectory, options: LoadOptions = {}): Promise<TextClassifier> {
    const { signal } = options;
    checkCount("maxLength", options.maxLength, 3); // [CLS] and two [SEP]
    checkCount("batchSize", options.batchSize);
    const directory = isModelDirectory(input) ? input : await readModelDirectory(fileSourceOf(input));
    signal?.throwIfAborted();
    requireVocab(directory);
    const { labels, specs, parameters } = loadClassifierParameters(directory, {
      labels: options.labels,
      requireTrained: true,
    });
    const lowerCase = options.lowercase ?? directory.lowerCase ?? false;
    const trainedLength = directory.trained.maxSeqLength ?? trainingDefaults.maxLength;
    if (options.maxLength !== undefined) checkLength(options.maxLength, directory);
    const maxLength = options.maxLength ?? Math.min(trainedLength, directory.config.maxPositionEmbeddings);
    const made = modelTokenizer(directory, lowerCase);
    const tokenizer = await made.get();
    const executor = options.executor ?? (await createExecutor(options));
    const isOwn = options.executor === undefined;
    try {
      const precision = choosePrecision({ precision: options.precision }, executor);
      const classifier = bertClassifier(directory.config, specs);
      const inference = await prepareInference(executor, classifier, parameters, {
        precision: precision.type,
        maxLength,
      });
      if (signal?.aborted) {
        await inference.dispose();
        signal.throwIfAborted();
      }
      const { config, vocab, name, trained } = directory;
      const kept = { config, vocab, name, trained };
      const warnings = made.warnings();
      const model = { directory: kept, labels, lowerCase, maxLength, tokenizer, classifier, executor, isOwn, warnings };
      return new TextClassifier({ ...model, precision, batchSize: options.batchSize }, inference, parameters);
    } catch (error) {
      if (isOwn) await executor.dispose();
      throw error;
    }
  }

  /**
   * Classifies a text, or several.
   *
   * @returns the labels with their probabilities, the most probable first; for several texts, one such list each
   * @throws BertieError "input/not-text", "classify/not-a-number" where the weights are broken
   *
   * @example
   * ```ts ignore
   * const [best] = await classifier.classify("房间很干净");
   * const answers = await classifier.classify(["房间很干净", { text: "问题", pair: "答案" }], { topK: 1 });
   * ```
   */
  classify(text: Text, options?: ClassifyOptions): Promise<LabelScore[]>;
  classify(texts: readonly Text[], options?: ClassifyOptions): Promise<LabelScore[][]>;
  async classify(texts: Text | readonly Text[], options: ClassifyOptions = {}): Promise<LabelScore[] | LabelScore[][]> {
    const many = Array.isArray(texts);
    const answers = await this.#answer(many ? texts : [texts as Text], options);
    return many ? answers : answers[0]!;
  }

  /**
   * Classifies a stream of texts, and yields the answers in its order. Texts that are waiting are batched by length; the
   * source is read only as fast as answers are taken.
   *
   * @example
   * ```ts ignore
   * for await (const [best] of classifier.classifyStream(lines)) console.log(best.label);
   * ```
   */
  classifyStream(
    texts: Iterable<Text> | AsyncIterable<Text>,
    options: ClassifyOptions = {},
  ): AsyncGenerator<LabelScore[]> {
    let answered = 0;
    const answer = async (window: readonly Text[]) => {
      const answers = await this.#answer(window, options, answered);
      answered += window.length;
      return answers;
    };
    return answerInOrder(texts, answer, options.signal);
  }

  /**
   * Measures how much each word of a text supports a label.
   *
   * By occlusion (Zeiler and Fergus, 2014), a word's contribution is the label's log-odds for the text minus those for the
   * text with the word replaced by `[MASK]`: positive where the word supports the label. Integrated gradients (Sundararajan
   * et al., 2017) are an option.
   *
   * @throws BertieError "explain/no-mask" where the vocabulary has no `[MASK]`, "explain/label" where the model has no such label
   *
   * @example
   * ```ts ignore
   * const { label, words } = await classifier.explain("房间很干净");
   * for (const { text, contribution } of words) console.log(text, contribution);
   * ```
   */
  async explain(text: string, options: ExplainOptions = {}): Promise<Explanation> {
    const { method = "occlusion", ...rest } = options;
    checkChoice("unit", options.unit, ["word", "token"]);
    checkChoice("method", method, ["occlusion", "integrated-gradients"]);
    const request = { text, ...rest };
    const { tokenizer, labels, maxLength } = this;
    const anyShape = this.#inference.isFrozen;
    const model: ExplainedModel = { tokenizer, labels, maxLength, anyShape, logits: (batch) => this.#logits(batch) };
    if (method === "occlusion") return explainByOcclusion(model, request);
    const { classifier } = this.#model;
    await this.#run(() => this.#writeState());
    this.#integratedGradients ??= createIntegratedGradients({ ...model, classifier, executor: this.#sharedExecutor });
    return this.#integratedGradients(request);
  }

  /**
   * Evaluates the classifier on labelled examples.
   *
   * @throws BertieError "input/unknown-label", "input/no-rows"
   */
  async evaluate(examples: Examples, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Evaluation> {
    const { labels, executor, classifier, maxLength, precision, directory } = this.#model;
    const read = await readExampleSet("evaluation", examples);
    const set = tokenizeSet("dev", read, labels, { maxLength, onBadRow: read.onBadRow }, this.tokenizer);
    const { taskName } = directory.trained;
    const data = { taskName, pairs: false, labels, train: undefined, evaluations: [set], predict: undefined };
    const options = { ...trainingDefaults, maxLength };
    const evaluator = { options, executor, classifier, precision, data };
    return this.#run(async () => {
      await this.#writeState();
      const ready = await readyToClassify(evaluator, set);
      try {
        const events = evaluateOn(evaluator, ready, signal);
        let next = await events.next();
        while (!next.done) next = await events.next();
        const { accuracy = 0, loss = 0 } = next.value.scores;
        const { examples: count, scores: metrics, confusion } = next.value;
        return { examples: count, accuracy, loss, metrics, labels, confusion };
      } finally {
        await ready.options.programs?.dispose();
      }
    });
  }

  /**
   * Writes the classifier as a model directory that Bertie and Hugging Face's transformers load.
   *
   * @param target a directory's path, which must be empty or not exist; a storage; or a writer of files, which gets them as they
   *   are made
   * @throws BertieError "output/…"
   */
  async save(target: string | Storage | FileWriter): Promise<void> {
    if (typeof target !== "string" && "write" in target) return this.#writeFiles(target);
    const storage = typeof target === "string" ? directoryStorage(target) : target;
    const workspace = await storage.open();
    try {
      await workspace.checkTarget({ overwrite: false });
      await this.#writeFiles(workspace);
      await workspace.commit({ overwrite: false });
    } finally {
      await workspace.close();
    }
  }

  async #writeFiles(writer: FileWriter): Promise<void> {
    const { directory, labels, lowerCase, maxLength, executor, classifier } = this.#model;
    const { config, vocab, trained } = directory;
    const files = modelFiles({ config, vocab, labels, lowerCase, maxLength });
    for (const [name, contents] of files) await writer.write(name, contents);
    await this.#run(async () => {
      await this.#writeState();
      await writeTensors(writer, FILES.weights, executor, classifier.parameters);
    });
    const record = {
      task_name: trained.taskName ?? null,
      ...(trained.pairs !== undefined && { pairs: trained.pairs }),
      labels,
      do_lower_case: lowerCase,
      max_seq_length: maxLength,
    };
    await writer.write("run.json", formatJson(record));
  }

  /** Releases the model, and the engine if the classifier created it, after the batches that were given to it before. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#alone(async () => {
      for (const program of this.#programs) await program.dispose();
      await this.#inference.dispose();
      if (this.#model.isOwn) await this.#model.executor.dispose();
    });
    return this.#disposal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** @param before how many texts of the stream were answered before */
  async #answer(texts: readonly Text[], { topK, signal }: ClassifyOptions, before = 0): Promise<LabelScore[][]> {
    checkCount("topK", topK);
    const examples = Array.from(texts, (text, i) => exampleOf(text, before + i));
    const features = convertExamplesToFeatures(examples, [], this.maxLength, this.tokenizer);
    const lengths = features.map(({ inputIds }) => inputIds.length);
    const answers: LabelScore[][] = new Array(texts.length);
    const { batchSize } = this.#model;
    const shapes = { maxLength: this.maxLength, batchSize, anyShape: this.#inference.isFrozen };
    for (const { rows, length } of groupByLength(lengths, shapes)) {
      signal?.throwIfAborted();
      const scores = probabilities(await this.#logits(makeBatch(features, rows, { padTo: length })), rows.length);
      for (const [i, row] of rows.entries()) {
        const own = scores.subarray(i * this.labels.length, (i + 1) * this.labels.length);
        answers[row] = rank(this.labels, own).slice(0, topK);
      }
    }
    return answers;
  }

  /** Logits [size, labels] of one batch; an engine runs one at a time. */
  #logits(batch: Omit<Batch, "labelIds">): Promise<Float32Array> {
    return this.#run(() => this.#inference.logits({ ...batch, labelIds: new Int32Array(batch.size).fill(-1) }));
  }

  /** Runs a job when those before it are done, unless the classifier was disposed of. */
  #run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#disposal === undefined) return this.#alone(job);
    return Promise.reject(new BertieError("classify/disposed", `${this.name}: was disposed of; load it again`));
  }

  /** Writes the parameters to the executor's state, where evaluation, gradients and saving read them. */
  async #writeState(): Promise<void> {
    if (this.#parameters === undefined) return;
    const { executor, classifier } = this.#model;
    await writeParameters(executor, classifier, this.#parameters);
    this.#parameters = undefined;
  }
}

interface Loaded {
  readonly directory: Pick<ModelDirectory, "config" | "vocab" | "name" | "trained">;
  readonly labels: readonly string[];
  readonly lowerCase: boolean;
  readonly maxLength: number;
  readonly tokenizer: BertTokenizer;
  readonly classifier: Classifier;
  readonly executor: Executor;
  /** Whether the executor was created for this classifier. */
  readonly isOwn: boolean;
  readonly precision: ReturnType<typeof choosePrecision>;
  readonly warnings: readonly string[];
  readonly batchSize: number | undefined;
}

function isModelDirectory(input: ModelInput | ModelDirectory): input is ModelDirectory {
  return typeof input === "object" && input !== null && "config" in input;
}

function exampleOf(text: Text, index: number): InputExample {
  const { text: textA, pair }: Partial<Exclude<Text, string>> = typeof text === "string" ? { text } : (text ?? {});
  if (typeof textA === "string" && (pair === undefined || typeof pair === "string"))
    return { guid: `text-${index}`, textA, ...(pair !== undefined && { textB: pair }) };
  throw new BertieError("input/not-text", `text ${index + 1}: must be a string, or an object with text and pair`);
}

function rank(labels: readonly string[], scores: Float32Array): LabelScore[] {
  return labels.map((label, id) => ({ label, score: scores[id]! })).sort((a, b) => b.score - a.score);
}
