import { type CompiledProgram, float32, gather, grad, int32, mul, sum, trace } from "@bertie/engine";
import { bertForSequenceClassification } from "@bertie/model";
import { probabilities } from "@bertie/optim";
import type { LiveModel } from "./live.ts";

export interface TextPair {
  readonly text: string;
  readonly pair: string | undefined;
  /** The label whose score is explained; by default the most probable one. */
  readonly label: number | undefined;
}

/** What a model says of a text. Lists of tokens have an entry for each, [CLS] and [SEP] included. */
export interface Explanation {
  readonly labels: readonly string[];
  /** By label, in the order of their ids. */
  readonly probabilities: readonly number[];
  /** The label that is explained. */
  readonly label: number;
  readonly tokens: readonly string[];
  readonly typeIds: readonly number[];
  readonly specialTokensMask: readonly number[];
  readonly offsets: readonly (readonly [start: number, end: number])[];
  /** What each token contributed to the label's logit against the mean of the others. */
  readonly contributions: readonly number[];
}

/** Programs are compiled for lengths that are multiples of this. */
const MULTIPLE = 16;
const WORDS = "bert.embeddings.word_embeddings.weight";

/** Explains texts by one model. */
export function createExplainer({ facts, tokenizer, classifier, executor }: LiveModel) {
  const { config, labels } = facts;
  const programs = new Map<number, Promise<CompiledProgram>>();

  /**
   * The logits of one text, and of the score Σ logits · target its gradient times input: for each token, the inner product
   * of its word embedding with the score's gradient by it (Simonyan et al., 2013; Shrikumar et al., 2016).
   *
   * The model is given the text's own embeddings in the place of its table, and the places 0, 1, 2, … as ids: so each
   * token has a row of its own to differentiate by, though words repeat.
   */
  function programOf(length: number): Promise<CompiledProgram> {
    const made = programs.get(length) ?? executor.compile(traceExplanation(length));
    programs.set(length, made);
    return made;
  }

  function traceExplanation(length: number) {
    return trace((tracer) => {
      const shapes = new Map(classifier.parameters.map(({ name, shape }) => [name, shape]));
      const state = (name: string) => tracer.state(name, "float32", shapes.get(name)!);
      const embedded = gather(state(WORDS), tracer.feed("ids", "int32", [length]));
      const inputs = {
        inputIds: tracer.feed("places", "int32", [1, length]),
        inputMask: tracer.feed("mask", "int32", [1, length]),
        segmentIds: tracer.feed("segments", "int32", [1, length]),
      };
      const parameters = (name: string) => (name === WORDS ? embedded : state(name));
      const logits = bertForSequenceClassification(parameters, config, inputs, false);
      const score = sum(mul(logits, tracer.feed("target", "float32", [1, labels.length])));
      const [gradient] = grad(score, [embedded]);
      return { outputs: { logits, contributions: sum(mul(gradient!, embedded), [1]) } };
    });
  }

  return async ({ text, pair, label: asked }: TextPair): Promise<Explanation> => {
    const encoding = tokenizer.encode(text, { pair, maxLength: facts.maxLength });
    const count = encoding.ids.length;
    const length = Math.min(Math.ceil(count / MULTIPLE) * MULTIPLE, config.maxPositionEmbeddings);
    const program = await programOf(length);
    const padded = (values: readonly number[]) => Int32Array.from({ length }, (_, i) => values[i] ?? 0);
    const run = (target: Float32Array) =>
      program.run({
        ids: int32(padded(encoding.ids)),
        places: int32(padded(Array.from({ length }, (_, i) => i)), [1, length]),
        mask: int32(padded(encoding.attentionMask), [1, length]),
        segments: int32(padded(encoding.typeIds), [1, length]),
        target: float32(target, [1, labels.length]),
      });
    const logits = Float32Array.from((await run(new Float32Array(labels.length))).logits!.data);
    const label = asked ?? logits.indexOf(Math.max(...logits));
    const { contributions } = await run(targetOf(label, labels.length));
    return {
      labels,
      probabilities: [...probabilities(logits, 1)],
      label,
      tokens: encoding.tokens,
      typeIds: encoding.typeIds,
      specialTokensMask: encoding.specialTokensMask,
      offsets: encoding.offsets,
      contributions: Array.from(contributions!.data.slice(0, count)),
    };
  };
}

/** The label's logit against the mean of the others'. */
function targetOf(label: number, count: number): Float32Array {
  return new Float32Array(count).fill(count > 1 ? -1 / (count - 1) : 0).fill(1, label, label + 1);
}
