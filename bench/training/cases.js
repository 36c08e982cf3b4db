// The benchmark cases: training steps and forward passes of two sizes of BERT.

/** Model sizes: "small" is a distilled Chinese BERT, "base" is BERT base. */
export const SIZES = {
  small: { layers: 4, "hidden-size": 312, heads: 12, "intermediate-size": 1248, "batch-size": 32 },
  base: { layers: 12, "hidden-size": 768, heads: 12, "intermediate-size": 3072, "batch-size": 8 },
};

/** Number of measured steps per process, which take about 10 s in total. */
const STEPS = { step: { small: 7, base: 4 }, inference: { small: 15, base: 7 } };

/**
 * Returns all combinations of the given values, such as { what: "step", size: "small", precision: "fp32", threads: 2 }.
 */
export function cases({ precisions, threads, sizes }) {
  return Object.keys(STEPS).flatMap((what) =>
    sizes.flatMap((size) =>
      precisions.flatMap((precision) => threads.map((threads) => ({ what, size, precision, threads }))),
    ),
  );
}

/** Returns the name of a case, such as "step, small, fp32, 2 threads". */
export const nameOf = ({ what, size, precision, threads }) =>
  `${what}, ${size}, ${precision}, ${threads} ${threads === 1 ? "thread" : "threads"}`;

/** Returns the command-line arguments of a case. All implementations accept the same ones. */
export function argumentsOf({ what, size, precision, threads }) {
  const options = {
    ...SIZES[size],
    "vocab-size": 21128,
    "seq-length": 128,
    threads,
    precision,
    steps: STEPS[what][size],
    "warmup-steps": 2,
  };
  return [what, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
}
