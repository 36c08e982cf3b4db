import { BertieError } from "@bertie/common";
import {
  add,
  type CompiledProgram,
  crossEntropy,
  type Executor,
  float32,
  gather,
  grad,
  int32,
  mul,
  oneHot,
  type Program,
  reshape,
  sub,
  sum,
  type Tensor,
  trace,
} from "@bertie/engine";
import type { Classifier } from "@bertie/optim";
import { fullBatch, paddedLength } from "../batch-shapes.ts";
import type { ExplainedModel, ExplainRequest, Explanation } from "./explanation.ts";
import { gaussLegendre } from "./quadrature.ts";
import { buildRow, logitsOfRows, type Row } from "./rows.ts";
import { areIndependent, labelIndex, labelScores, logOdds } from "./scores.ts";
import { maskIdOf, tokenizeRequest } from "./words.ts";

/** BERT model whose gradients can be computed: its parameters are in the state of the executor. */
export interface DifferentiableModel extends ExplainedModel {
  readonly executor: Pick<Executor, "compile">;
  readonly classifier: Classifier;
}

/** Text to explain, and options of integrated gradients. */
export interface IntegratedGradientsRequest extends ExplainRequest {
  /** Number of points on the path at which gradients are computed, from 1 to 1,000. @default 32 */
  readonly steps?: number | undefined;
}

/** Explanation by integrated gradients. */
export interface IntegratedGradients extends Explanation {
  /** Log-odds of the label for the baseline. The sum of all contributions is `logOdds - baselineLogOdds`. */
  readonly baselineLogOdds: number;
}

/** Names of the word embeddings, which depend on the architecture. */
const WORD_EMBEDDINGS = /^\w+\.embeddings\.word_embeddings\.weight$/;
/** Added to the logit of the explained label to exclude the label from a softmax. */
const EXCLUDED = -1e9;

/**
 * Creates a function that explains classifications by integrated gradients (Sundararajan et al., 2017). Compiled
 * programs are cached for later calls.
 *
 * The baseline is the text with every token replaced by `[MASK]`; `[CLS]`, `[SEP]`, positions and segments are
 * unchanged. The contribution of a word is the gradient of the label's log-odds with respect to the embeddings of the
 * word, integrated along the straight path from the baseline to the text and multiplied by the difference of the
 * embeddings. The sum of all contributions equals the difference of the log-odds of text and baseline, up to the
 * integration error.
 *
 * The created function throws the errors of `explainByOcclusion()`, and BertieError "explain/steps" if `steps` is out
 * of range.
 */
export function createIntegratedGradients(
  model: DifferentiableModel,
): (request: IntegratedGradientsRequest) => Promise<IntegratedGradients> {
  const { tokenizer, labels, maxLength, problemType, executor } = model;
  const programs = new Map<string, Promise<CompiledProgram>>();
  const programFor = (size: number, length: number): Promise<CompiledProgram> => {
    const key = `${size} ${length}`;
    const program = programs.get(key) ?? executor.compile(tracePath(model, size, length));
    programs.set(key, program);
    return program;
  };

  /** Returns Σ weight · gradient · (text − baseline) over all steps, for each token of the row. */
  async function integrate(
    text: Row,
    baseline: Row,
    label: number,
    { steps = 32, signal }: IntegratedGradientsRequest,
  ): Promise<Float64Array> {
    const length = paddedLength(text.ids.length, maxLength);
    const size = Math.ceil(steps / Math.ceil(steps / fullBatch(length)));
    const program = await programFor(size, length);
    const feeds = pathFeeds(text, baseline, { label, labels: labels.length, size, length });
    const { nodes, weights } = gaussLegendre(steps);
    const totals = new Float64Array(length);
    for (let at = 0; at < steps; at += size) {
      signal?.throwIfAborted();
      const alpha = Float32Array.from({ length: size }, (_, i) => nodes[at + i] ?? 0);
      const { contributions } = await program.run({ ...feeds, alpha: float32(alpha) });
      contributions!.data.forEach((value, i) => {
        totals[i % length]! += value * (weights[at + Math.floor(i / length)] ?? 0);
      });
    }
    signal?.throwIfAborted();
    return totals;
  }

  return async (request) => {
    checkSteps(request.steps);
    const mask = maskIdOf(tokenizer);
    const { texts, lengths, words, truncated } = tokenizeRequest(model, request);
    const text = buildRow(tokenizer, texts, maxLength);
    const masks = texts.map((ids) => ids.map(() => mask));
    const baseline = buildRow(tokenizer, masks, maxLength);
    const [logits, baselineLogits] = (await logitsOfRows(model, [text, baseline], request.signal)) as [
      Float32Array,
      Float32Array,
    ];
    const label = labelIndex(labels, logits, request.label);
    const contributions = await integrate(text, baseline, label, request);
    const { starts } = text;
    return {
      labels: labelScores(labels, logits, problemType),
      label: labels[label]!,
      logOdds: logOdds(logits, label, problemType),
      baselineLogOdds: logOdds(baselineLogits, label, problemType),
      words: words.map(({ from, to, ...word }) => {
        const start = starts[word.part]!;
        const tokens = contributions.subarray(start + from, start + Math.min(to, lengths[word.part]!));
        return { ...word, contribution: tokens.reduce((total, value) => total + value, 0) };
      }),
      truncated,
    };
  };
}

/**
 * Traces the product of the gradient of the log-odds and the difference of text and baseline, at `size` points of the
 * path.
 *
 * The embeddings of all points replace the word embedding table of the model, and row numbers replace the token ids.
 * Each token at each point therefore has a separate row of the table, with respect to which the gradient is computed.
 *
 * Output: `contributions`, `[size, length]`.
 */
function tracePath({ classifier, labels, problemType }: DifferentiableModel, size: number, length: number): Program {
  return trace((tracer) => {
    const shapes = new Map(classifier.parameters.map(({ name, shape }) => [name, shape]));
    const state = (name: string) => tracer.state(name, "float32", shapes.get(name)!);
    const wordEmbeddings = classifier.parameters.find(({ name }) => WORD_EMBEDDINGS.test(name))!.name;
    const table = state(wordEmbeddings);
    const hidden = table.shape[1]!;
    const baseline = gather(table, tracer.feed("baselineIds", "int32", [length]));
    const difference = sub(gather(table, tracer.feed("textIds", "int32", [length])), baseline);
    const alpha = reshape(tracer.feed("alpha", "float32", [size]), [size, 1, 1]);
    const points = reshape(add(mul(alpha, difference), baseline), [size * length, hidden]);
    const inputs = {
      inputIds: tracer.feed("rowNumbers", "int32", [size, length]),
      inputMask: tracer.feed("inputMask", "int32", [size, length]),
      segmentIds: tracer.feed("segmentIds", "int32", [size, length]),
    };
    const parameters = (name: string) => (name === wordEmbeddings ? points : state(name));
    const logits = classifier.logits(parameters, inputs, false);
    const target = tracer.feed("target", "float32", [1, labels.length]);
    const other = tracer.feed("other", "int32", [size]);
    const explained = areIndependent(labels, problemType)
      ? sum(mul(logits, target))
      : sumOfLogOdds(logits, target, other);
    const [gradient] = grad(explained, [points]);
    return { outputs: { contributions: sum(mul(reshape(gradient!, [size, length, hidden]), difference), [2]) } };
  });
}

/**
 * Returns the sum over all rows of the log-odds: the logit of the label minus the logsumexp of the other logits. The
 * logsumexp is computed from the cross-entropy with any other label: logsumexp = crossEntropy(others, other) +
 * logit[other].
 *
 * @param target 1 for the label, 0 for the others, `[1, labels]`
 * @param other index of another label for each row, `[size]`
 */
function sumOfLogOdds(logits: Tensor, target: Tensor, other: Tensor): Tensor {
  const others = add(logits, mul(target, EXCLUDED));
  const otherLogits = mul(logits, oneHot(other, logits.shape[1]!));
  return sub(sub(sum(mul(logits, target)), sum(otherLogits)), sum(crossEntropy(others, other)));
}

/** Returns the feeds that are the same for all points of the path. */
function pathFeeds(
  text: Row,
  baseline: Row,
  { label, labels, size, length }: { label: number; labels: number; size: number; length: number },
) {
  const count = text.ids.length;
  const padded = (ids: readonly number[]) => int32(Int32Array.from({ length }, (_, i) => ids[i] ?? 0));
  const matrix = (value: (position: number) => number) =>
    int32(
      Int32Array.from({ length: size * length }, (_, i) => value(i % length)),
      [size, length],
    );
  return {
    textIds: padded(text.ids),
    baselineIds: padded(baseline.ids),
    rowNumbers: int32(
      Int32Array.from({ length: size * length }, (_, i) => i),
      [size, length],
    ),
    inputMask: matrix((position) => (position < count ? 1 : 0)),
    segmentIds: matrix((position) => text.typeIds[position] ?? 0),
    target: float32(
      Float32Array.from({ length: labels }, (_, i) => (i === label ? 1 : 0)),
      [1, labels],
    ),
    other: int32(new Int32Array(size).fill(label === 0 ? 1 : 0)),
  };
}

function checkSteps(steps = 32): void {
  if (Number.isInteger(steps) && steps >= 1 && steps <= 1000) return;
  throw new BertieError("explain/steps", `steps is ${steps}: expected an integer from 1 to 1000.`);
}
