// Measures the same training step in plain TensorFlow.js with its ops, automatic differentiation and Adam. Uses the
// tfjs-node that `npm run setup:native` installs.
const { join } = require("node:path");
const util = require("node:util");
const { parseArgs } = require("node:util");

util.isNullOrUndefined ??= (value) => value === null || value === undefined; // tfjs-node 4.22 on Node 23 and later
process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";

const [what, ...rest] = process.argv.slice(2);
const numbers = { layers: 4, "hidden-size": 312, heads: 12, "intermediate-size": 1248, "vocab-size": 21128 };
const more = { "batch-size": 32, "seq-length": 128, threads: 2, steps: 5, "warmup-steps": 2 };
const options = Object.fromEntries(
  Object.entries({ ...numbers, ...more }).map(([name, value]) => [name, { type: "string", default: String(value) }]),
);
const { values } = parseArgs({ args: rest, options });
const of = (name) => Number(values[name]);
process.env.TF_NUM_INTRAOP_THREADS = process.env.TF_NUM_INTEROP_THREADS = values.threads;
const native = process.env.BERTIE_NATIVE ?? join(__dirname, "../../../native");
const tf = require(join(native, "tensorflow/node_modules/@tensorflow/tfjs-node"));

const [layers, hidden, heads] = [of("layers"), of("hidden-size"), of("heads")];
const [batch, length] = [of("batch-size"), of("seq-length")];
const size = hidden / heads;
const parameters = new Map();
const variable = (name, shape) => {
  if (!parameters.has(name)) parameters.set(name, tf.variable(tf.randomNormal(shape, 0, 0.02)));
  return parameters.get(name);
};

const linear = (x, name, inputs, outputs) =>
  tf.add(tf.matMul(x, variable(`${name}.weight`, [inputs, outputs])), variable(`${name}.bias`, [outputs]));
const norm = (x, name) => {
  const { mean, variance } = tf.moments(x, -1, true);
  const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-12)));
  return tf.add(tf.mul(normal, variable(`${name}.weight`, [hidden])), variable(`${name}.bias`, [hidden]));
};
const gelu = (x) => tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
const split = (x) => tf.transpose(tf.reshape(x, [batch, length, heads, size]), [0, 2, 1, 3]);

function logits(ids, positions, training) {
  const dropout = (x) => (training ? tf.dropout(x, 0.1) : x);
  const words = tf.gather(variable("words", [of("vocab-size"), hidden]), ids);
  let x = dropout(norm(tf.add(words, tf.gather(variable("positions", [512, hidden]), positions)), "embeddings"));
  for (let layer = 0; layer < layers; layer++) {
    const [query, key, value] = ["q", "k", "v"].map((name) => split(linear(x, `${layer}.${name}`, hidden, hidden)));
    const scores = tf.mul(tf.matMul(query, key, false, true), 1 / Math.sqrt(size));
    const context = tf.transpose(tf.matMul(dropout(tf.softmax(scores)), value), [0, 2, 1, 3]);
    const attended = linear(tf.reshape(context, [batch * length, hidden]), `${layer}.o`, hidden, hidden);
    x = norm(tf.add(dropout(attended), x), `${layer}.first`);
    const wide = gelu(linear(x, `${layer}.up`, hidden, of("intermediate-size")));
    x = norm(tf.add(dropout(linear(wide, `${layer}.down`, of("intermediate-size"), hidden)), x), `${layer}.second`);
  }
  const first = tf.reshape(tf.slice(tf.reshape(x, [batch, length, hidden]), [0, 0, 0], [batch, 1, hidden]), [
    batch,
    hidden,
  ]);
  return linear(dropout(tf.tanh(linear(first, "pooler", hidden, hidden))), "classifier", hidden, 2);
}

const random = (limit) => () => Math.floor(Math.random() * limit);
const ids = tf.tensor1d(Int32Array.from({ length: batch * length }, random(of("vocab-size"))), "int32");
const positions = tf.tensor1d(
  Int32Array.from({ length: batch * length }, (_, i) => i % length),
  "int32",
);
const labels = tf.oneHot(
  tf.tensor1d(
    Int32Array.from({ length: batch }, (_, i) => i % 2),
    "int32",
  ),
  2,
);
const optimizer = tf.train.adam(1e-4);
const runs = {
  step() {
    const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, logits(ids, positions, true)), true);
    loss.dataSync();
    loss.dispose();
  },
  inference: () => tf.tidy(() => void logits(ids, positions, false).dataSync()),
};

tf.tidy(() => void logits(ids, positions, false)); // creates the variables
const times = [];
for (let i = 0; i < of("warmup-steps") + of("steps"); i++) {
  const start = performance.now();
  runs[what]();
  if (i >= of("warmup-steps")) times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
const round = (value) => Math.round(value * 10) / 10;
console.log(
  JSON.stringify({
    median_ms: round(times[times.length >> 1]),
    min_ms: round(times[0]),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    engine: `tfjs-node ${tf.version["tfjs-core"]}`,
  }),
);
