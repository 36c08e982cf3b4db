import { type MinimizeOptions, minimize, type Objective } from "./lbfgs.ts";
import { BLOCK, createRowBlock } from "./row-block.ts";

/**
 * Kind of outputs: classes that exclude each other ("softmax", cross-entropy), independent labels ("sigmoid", binary
 * cross-entropy) or numbers ("identity", half the squared error).
 */
export type Link = "softmax" | "sigmoid" | "identity";

/** Examples that a linear head is fitted to. */
export interface HeadData {
  /** Features of all rows, `[rows, columns]`, row-major. */
  readonly features: Float32Array;
  /** Number of features per row. */
  readonly columns: number;
  /** Targets, `[rows, outputs]`, row-major: probabilities of classes, 0 or 1 per label, or numbers. */
  readonly targets: Float64Array;
  /** Number of outputs. */
  readonly outputs: number;
  /** Weights of the rows in the mean of the losses, `[rows]`. @default 1 */
  readonly weights?: Float64Array | undefined;
}

/** Linear head: logits are `weight · features + bias`. */
export interface LinearHead {
  /** `[outputs, columns]`, row-major. */
  readonly weight: Float64Array;
  /** `[outputs]` */
  readonly bias: Float64Array;
}

/** Options of {@link fitLinearHead}. */
export interface FitOptions extends MinimizeOptions {
  readonly link: Link;
  /**
   * Factor of half the squared norm of the weights, which is added to the mean loss. The bias is not penalized. In
   * scikit-learn's terms, `penalty` is `1 / (C · rows)`.
   */
  readonly penalty: number;
  /** Indices of the rows to fit. @default all rows */
  readonly rows?: ArrayLike<number>;
  /** Head to start from, such as the head for a similar penalty. @default zeros */
  readonly start?: LinearHead | undefined;
}

/**
 * Fits a linear head with an L2 penalty: multinomial logistic regression ("softmax"), one logistic regression per label
 * ("sigmoid") or ridge regression ("identity"). The result does not depend on `start` within the tolerance.
 *
 * With two classes, the weights of the classes have opposite signs, and their difference is penalized, as in
 * scikit-learn.
 *
 * @returns weights and biases, float64
 *
 * @example
 * ```ts
 * import { fitLinearHead, headLogits } from "@bertie/optim";
 *
 * const features = Float32Array.of(-1, -2, 1, 2); // 4 rows with one feature
 * const targets = Float64Array.of(1, 0, 1, 0, 0, 1, 0, 1); // the first two rows have class 0, the others class 1
 * const data = { features, columns: 1, targets, outputs: 2 };
 * const head = fitLinearHead(data, { link: "softmax", penalty: 0.1 });
 * const [logit0 = 0, logit1 = 0] = headLogits(head, Float32Array.of(3), 1);
 * console.log(logit1 > logit0); // true
 * ```
 */
export function fitLinearHead(data: HeadData, { link, penalty, rows, start, ...options }: FitOptions): LinearHead {
  const { columns, outputs } = data;
  const all = rows ?? Uint32Array.from({ length: data.targets.length / outputs }, (_, row) => row);
  if (link === "softmax" && outputs === 2) {
    const targets = data.targets.filter((_, i) => i % 2 === 1);
    const single = start && {
      weight: start.weight.subarray(columns).map((weight) => 2 * weight),
      bias: start.bias.subarray(1).map((bias) => 2 * bias),
    };
    const binary = { ...data, targets, outputs: 1 };
    const { weight, bias } = fitLinearHead(binary, { link: "sigmoid", penalty, rows: all, start: single, ...options });
    return { weight: opposites(weight), bias: opposites(bias) };
  }
  const parameters = new Float64Array(outputs * columns + outputs);
  if (start !== undefined) {
    parameters.set(start.weight);
    parameters.set(start.bias, outputs * columns);
  }
  const { x } = minimize(createObjective(data, all, link, penalty), parameters, options);
  return { weight: x.slice(0, outputs * columns), bias: x.slice(outputs * columns) };
}

/** Returns half of the values with opposite signs, followed by half of the values. */
function opposites(values: Float64Array): Float64Array {
  return Float64Array.from({ length: 2 * values.length }, (_, i) =>
    i < values.length ? -values[i]! / 2 : values[i - values.length]! / 2,
  );
}

/**
 * Computes the logits of a linear head, `[rows, outputs]`, row-major.
 *
 * @param head weights and biases
 * @param features `[all rows, columns]`, row-major
 * @param columns number of features per row
 * @param rows indices of the rows to compute, in this order; by default, all rows
 *
 * @example
 * ```ts
 * import { headLogits } from "@bertie/optim";
 *
 * const head = { weight: Float64Array.of(2), bias: Float64Array.of(1) };
 * console.log(headLogits(head, Float32Array.of(0, 3), 1)); // Float64Array [ 1, 7 ]
 * ```
 */
export function headLogits(
  head: LinearHead,
  features: Float32Array,
  columns: number,
  rows: ArrayLike<number> = Uint32Array.from({ length: features.length / columns }, (_, row) => row),
): Float64Array {
  const outputs = head.bias.length;
  const logits = new Float64Array(rows.length * outputs);
  const block = createRowBlock(features, columns);
  const products = new Float64Array(BLOCK);
  for (let start = 0; start < rows.length; start += BLOCK) {
    block.select(rows, start);
    for (let k = 0; k < outputs; k++) {
      block.dot(head.weight, k * columns, products, 0);
      for (let i = 0; i < BLOCK && start + i < rows.length; i++)
        logits[(start + i) * outputs + k] = products[i]! + head.bias[k]!;
    }
  }
  return logits;
}

/** Returns the mean loss of some rows, plus the penalty, as a function of the weights, followed by the biases. */
export function createObjective(data: HeadData, rows: ArrayLike<number>, link: Link, penalty: number): Objective {
  const { features, columns, targets, outputs, weights } = data;
  let total = 0;
  for (let i = 0; i < rows.length; i++) total += weights?.[rows[i]!] ?? 1;
  const block = createRowBlock(features, columns);
  const logits = new Float64Array(outputs);
  const blockLogits = new Float64Array(BLOCK * outputs);
  const biases = outputs * columns;
  return (parameters, gradient) => {
    gradient.fill(0);
    let value = 0;
    for (let start = 0; start < rows.length; start += BLOCK) {
      block.select(rows, start);
      for (let k = 0; k < outputs; k++) block.dot(parameters, k * columns, blockLogits, k * BLOCK);
      for (let i = 0; i < BLOCK; i++) {
        const row = rows[start + i];
        const share = row === undefined ? 0 : (weights?.[row] ?? 1) / total;
        if (share === 0) {
          for (let k = 0; k < outputs; k++) blockLogits[k * BLOCK + i] = 0;
          continue;
        }
        for (let k = 0; k < outputs; k++) logits[k] = blockLogits[k * BLOCK + i]! + parameters[biases + k]!;
        value += share * applyLoss(link, logits, targets, row! * outputs);
        for (let k = 0; k < outputs; k++) {
          const residual = share * logits[k]!;
          blockLogits[k * BLOCK + i] = residual;
          gradient[biases + k]! += residual;
        }
      }
      for (let k = 0; k < outputs; k++) block.addTo(gradient, k * columns, blockLogits, k * BLOCK);
    }
    for (let i = 0; i < biases; i++) {
      const weight = parameters[i]!;
      value += (penalty / 2) * weight * weight;
      gradient[i]! += penalty * weight;
    }
    return value;
  };
}

/** Returns the loss of one row of logits, and replaces the logits by the derivatives of the loss. */
function applyLoss(link: Link, logits: Float64Array, targets: Float64Array, offset: number): number {
  let loss = 0;
  if (link === "softmax") {
    let largest = Number.NEGATIVE_INFINITY;
    for (const logit of logits) if (logit > largest) largest = logit;
    let sum = 0;
    for (let k = 0; k < logits.length; k++) {
      loss -= targets[offset + k]! * (logits[k]! - largest);
      logits[k] = Math.exp(logits[k]! - largest);
      sum += logits[k]!;
    }
    for (let k = 0; k < logits.length; k++) logits[k] = logits[k]! / sum - targets[offset + k]!;
    return loss + Math.log(sum);
  }
  for (let k = 0; k < logits.length; k++) {
    const [logit, target] = [logits[k]!, targets[offset + k]!];
    if (link === "identity") {
      loss += (logit - target) ** 2 / 2;
      logits[k] = logit - target;
    } else {
      loss += Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
      logits[k] = 1 / (1 + Math.exp(-logit)) - target;
    }
  }
  return loss;
}

/**
 * Returns the mean loss of logits, without a penalty.
 *
 * @param logits `[rows, outputs]`, row-major
 * @param targets `[rows, outputs]`, row-major
 */
export function meanLoss(link: Link, logits: Float64Array, targets: Float64Array, outputs: number): number {
  let sum = 0;
  for (let start = 0; start < logits.length; start += outputs)
    sum += applyLoss(link, logits.slice(start, start + outputs), targets, start);
  return (sum * outputs) / logits.length;
}
