// What is measured: steps and forward passes of two sizes of BERT.

/** The small one is a distilled Chinese BERT's size, the base one BERT's; both with Chinese BERT's vocabulary. */
export const SIZES = {
  small: { layers: 4, "hidden-size": 312, heads: 12, "intermediate-size": 1248, "batch-size": 32 },
  base: { layers: 12, "hidden-size": 768, heads: 12, "intermediate-size": 3072, "batch-size": 8 },
};

/** Runs of a case that are measured in one turn: about ten seconds' worth. */
const STEPS = { step: { small: 7, base: 4 }, inference: { small: 15, base: 7 } };

/** All cases of these kinds, such as { what: "step", size: "small", precision: "fp32", threads: 2 }. */
export function cases({ precisions, threads, sizes }) {
  return Object.keys(STEPS).flatMap((what) =>
    sizes.flatMap((size) =>
      precisions.flatMap((precision) => threads.map((threads) => ({ what, size, precision, threads }))),
    ),
  );
}

export const nameOf = ({ what, size, precision, threads }) =>
  `${what}, ${size}, ${precision}, ${threads} ${threads === 1 ? "thread" : "threads"}`;

/** Returns a case as command-line options, which all implementations accept. */
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
