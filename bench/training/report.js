// Renders the page docs/performance/training.md.
import { nameOf } from "./cases.js";

const row = (cells) => `| ${cells.join(" | ")} |`;
const table = (head, rows) =>
  [row(head), row(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n");
const bold = ({ ours, label }) => (ours ? `**${label}**` : label);

export function report({ machine, peers, absent, implementations, cases, results, wholes }) {
  return `<!-- Written by \`npm run bench:training\`; do not edit by hand. -->

# Training and inference speed

![Milliseconds of a training step](training.svg)

${machine}

${peers.map(({ label, version }) => `${label}: ${version}`).join("; ")}.
${absent.length > 0 ? `Not installed: ${absent.map(({ label }) => label).join(", ")}.\n` : ""}
To repeat the measurement, run \`npm run setup:native\`, \`node bench/training/install-peers.js\` and \`npm run bench:training\`.

A training step is the forward pass, the backward pass and the update of a classifier with dropout 0.1, on a batch without
padding; inference is a forward pass. The small model has 4 layers, hidden size 312 and batches of 32 × 128 tokens. The base model
has 12 layers, hidden size 768 and batches of 8 × 128 tokens. Both have a vocabulary of 21,128. Times are medians over the
rounds of the median of each turn. Ratios are to torch + transformers in the same precision; below 1, the implementation is
faster. Memory is the peak of the process. The row below an engine is the time of its matrix multiplications without all
other ops, a lower bound of a step.

${cases.map((each) => caseSection(each, implementations, results.get(nameOf(each)))).join("\n\n")}

${wholes.map(wholeSection).join("\n")}`;
}

function caseSection(each, implementations, figures) {
  const torch = figures.get("torch");
  const rows = implementations
    .filter(({ key }) => figures.has(key))
    .map((implementation) => {
      const { milliseconds, megabytes } = figures.get(implementation.key);
      return [
        bold(implementation),
        milliseconds.toFixed(0),
        torch ? (milliseconds / torch.milliseconds).toFixed(2) : "",
        Number.isNaN(megabytes) ? "" : megabytes.toFixed(0),
      ];
    });
  const name = nameOf(each);
  return `## ${name[0].toUpperCase()}${name.slice(1)}\n\n${table(["Implementation", "ms", "× torch", "MB"], rows)}`;
}

const SCRIPT_DEFAULT = 128;

function wholeSection({ length, entrants, figures }) {
  const seconds = (key) => figures.get(key)?.seconds;
  const script = entrants.find(({ key }) => key.startsWith("pytorch-pretrained-bert"))?.key;
  const dynamic = entrants.find(({ key }) => key.startsWith("torch + transformers"))?.key;
  const ratio = (key, other) => (seconds(other) ? (seconds(key) / seconds(other)).toFixed(2) : "");
  const rows = entrants.map((entrant) => [
    bold(entrant),
    seconds(entrant.key).toFixed(1),
    ratio(entrant.key, script),
    ratio(entrant.key, dynamic),
    figures.get(entrant.key).accuracy.toFixed(3),
  ]);
  return `## A whole run with up to ${length} tokens

The bundled Chinese BERT (4 layers, hidden size 512) is fine-tuned on 2,000 of the bundled reviews for one epoch and evaluated on 1,000. Texts are
truncated to ${length} tokens${length === SCRIPT_DEFAULT ? ", the script's default" : ""}. Two threads. Wall-clock time of the whole process; ratios to the script of
pytorch-pretrained-bert, and to transformers in fp32.

${table(["Implementation", "s", "× script", "× transformers", "accuracy"], rows)}
`;
}
