// Renders the page docs/performance/training.md.
import { nameOf } from "./cases.js";

const row = (cells) => `| ${cells.join(" | ")} |`;
const table = (head, rows) =>
  [row(head), row(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(row)].join("\n");
const bold = ({ ours, label }) => (ours ? `**${label}**` : label);

export function report({ machine, peers, absent, implementations, cases, results, wholes }) {
  return `<!-- Written by \`npm run bench:training\`; not to be edited by hand. -->

# Training and inference, side by side

![Milliseconds of a training step](training.svg)

${machine}

${peers.map(({ label, version }) => `${label}: ${version}`).join("; ")}.
${absent.length > 0 ? `Not installed, and left out: ${absent.map(({ label }) => label).join(", ")}.\n` : ""}
\`npm run setup:native\`, \`node bench/training/install-peers.js\`, and then \`npm run bench:training\`, repeat this.

A step is forward, backward and update of a classifier with dropout 0.1, on a batch without padding; inference a forward
pass. The small model has 4 layers of hidden size 312 and a batch of 32 × 128 tokens, the base one 12 layers of 768 and 8 × 128;
both have a vocabulary of 21,128. Milliseconds: the median over the rounds of each turn's median. The ratio is to
torch + transformers in the same precision, below 1 where Bertie takes less. Memory: the most that the process held, in MB.
Below an engine stands what its matrix products alone take (\`bertie bench … --products-alone\`): the whole cannot take less.

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
  return `## ${name[0].toUpperCase()}${name.slice(1)}\n\n${table(["", "ms", "× torch", "MB"], rows)}`;
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
  return `## A whole run, with up to ${length} tokens

The bundled Chinese BERT (4 layers, hidden size 512) fine-tuned on 2,000 of the bundled reviews, one epoch, texts cut to ${length}
tokens${length === SCRIPT_DEFAULT ? ", the script's default" : ""}, and evaluated on 1,000; two threads. The whole process by the clock, in seconds; ratios to
pytorch-pretrained-bert's script, and to transformers in fp32.

${table(["", "s", "× script", "× transformers", "accuracy"], rows)}
`;
}
