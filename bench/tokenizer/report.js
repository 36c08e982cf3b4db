// Renders the page docs/performance/tokenization.md.
import { keyOf } from "./measure.js";
import { code, showText, showTokens } from "./show.js";

const row = (cells) => `| ${cells.join(" | ")} |`;
/** Text in the first columns, numbers in the others. */
const table = (head, rows, texts = 1) =>
  [row(head), row(head.map((_, i) => (i < texts ? "---" : "---:"))), ...rows.map(row)].join("\n");
const speed = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
const milliseconds = (value) => `${value.toFixed(1)} ms`;

export function report({ machine, versions, implementations, corpora, sizes, results, startUp, differences }) {
  return `<!-- Written by \`npm run bench:tokenizer\`; do not edit by hand. -->

# Tokenization speed

![Speed of the tokenizers on Chinese and English](tokenization.svg)

${machine}

${versions}

To repeat the measurement, set \`BERTIE_REFERENCE_DATA\` to a folder with the corpora, and run \`node bench/tokenizer/install-peers.js\`
and \`npm run bench:tokenizer\`.

The corpora: ${sizes.join(", ")}. The mixed corpus uses the English vocabulary. All text is lowercased, without \`[CLS]\` and
\`[SEP]\`. Vocabulary and text are in memory before the clock starts. The Rust programs and Bertie's UTF-8 API read UTF-8; the
others read a list of strings through the fastest of their calls. *In chunks* reads a corpus as \`bertie tokenize\` does, one
megabyte of lines at a time into reused buffers. Bertie's string API gets 1,024 strings per call. Its padded batches contain texts of
similar length, and at most a million characters including padding. nanotoken caches words between passes. The limit splits
lines at ASCII whitespace and computes the FNV-1a hash of each piece: a lookup by such a hash cannot be faster.
${slowOnes(implementations)}

## One thread

MB of UTF-8 per second. *Cold* is the first pass of a new process after loading; *warm* is the median of its later passes. Both
are medians over all rounds. The last two columns are the ratio to tokie's warm speed, and whether all ids equal the reference
implementation's ids.

${speedTable({ implementations, corpora, results })}

## Two threads

MB/s; in parentheses, the ratio to the speed on one thread. An implementation without threads of its own reads half of the
lines in each of two workers (JavaScript) or threads (Python, Rust).

${threadsTable({ implementations, corpora, results })}

## Start-up and size

${startUpTable(startUp)}

${differences ? differencesSection(differences) : ""}`;
}

/** Lists the implementations that are too slow to be measured on all of the text. */
function slowOnes(implementations) {
  const sizes = [...new Set(implementations.map(({ slice }) => slice).filter(Boolean))].sort((a, b) => a - b);
  return sizes
    .map((size) => {
      const labels = implementations.filter(({ slice }) => slice === size).map(({ label }) => label);
      return `Measured once, on the first ${size / 1e6} MB only: ${labels.join(", ")}.`;
    })
    .join(" ");
}

function speedTable({ implementations, corpora, results }) {
  const at = (implementation, corpus) => results.get(keyOf(implementation, corpus, 1));
  const tokie = implementations.find(({ key }) => key === "tokie");
  const exact = (implementation) => {
    if (implementation.limit) return "";
    const verdicts = corpora
      .map((corpus) => at(implementation, corpus)?.exact)
      .filter((verdict) => verdict !== undefined);
    return verdicts.length === 0 ? "" : verdicts.every(Boolean) ? "yes" : "no";
  };
  const rows = implementations.map((implementation) => [
    implementation.ours ? `**${implementation.label}**` : implementation.label,
    implementation.language,
    ...corpora.flatMap((corpus) => [speed(at(implementation, corpus).cold), speed(at(implementation, corpus).warm)]),
    corpora
      .map((corpus) => (tokie ? (at(implementation, corpus).warm / at(tokie, corpus).warm).toFixed(2) : ""))
      .join(" / "),
    exact(implementation),
  ]);
  const names = corpora.map(({ name }) => name);
  const head = [
    "Implementation",
    "Runtime",
    ...names.flatMap((name) => [`${name} cold`, `${name} warm`]),
    `× tokie (${names.join(" / ")})`,
  ];
  return table([...head, "exact"], rows, 2);
}

function threadsTable({ implementations, corpora, results }) {
  const rows = implementations
    .filter(({ threads }) => threads)
    .map((implementation) => [
      implementation.ours ? `**${implementation.label}**` : implementation.label,
      ...corpora.flatMap((corpus) => {
        const [one, two] = [1, 2].map((threads) => results.get(keyOf(implementation, corpus, threads)));
        return [speed(two.cold), `${speed(two.warm)} (${(two.warm / one.warm).toFixed(2)})`];
      }),
    ]);
  return table(["Implementation", ...corpora.flatMap(({ name }) => [`${name} cold`, `${name} warm`])], rows);
}

function startUpTable({ bytes, gzipped, figures }) {
  const rows = [
    ["tokenizer.wasm", `${(bytes / 1000).toFixed(0)} KB, gzipped ${(gzipped / 1000).toFixed(0)} KB`],
    ["compiling the module, in Node", milliseconds(Math.max(...figures.map(({ init }) => init)))],
    ...figures.flatMap(({ tokens, first, later }) => [
      [`vocab.txt of ${tokens} tokens, first tokenizer of a process`, milliseconds(first)],
      [`the same, later tokenizers`, milliseconds(later)],
    ]),
  ];
  return `Medians over 15 new processes; each process also measures 15 later tokenizers, of which it takes the median.\n\n${table(["Measurement", "Value"], rows)}`;
}

export function differencesSection({ places, results }) {
  const peers = results.filter(({ causes }) => causes.size > 0);
  const names = [...new Set(peers.flatMap(({ causes }) => [...causes.keys()]))];
  const count = ({ causes }, name) => causes.get(name)?.count ?? 0;
  const total = (name) => peers.reduce((sum, peer) => sum + count(peer, name), 0);
  names.sort((a, b) => total(b) - total(a));
  const examples = names.map((name) => {
    const { label, causes } = peers.toSorted((a, b) => count(b, name) - count(a, name))[0];
    const { text, theirs, ours } = causes.get(name).example;
    return [name, code(showText(text)), showTokens(ours), `${showTokens(theirs)} (${label})`];
  });
  return `## Where each peer differs

Number of golden records and corpus lines whose ids differ from the reference; all lowercased.

${table(
  ["Implementation", ...places.map(({ name, total }) => `${name} (${total})`)],
  results.map(({ label, counts }) => [label, ...places.map(({ name }) => String(counts[name]))]),
)}

Causes: each text was shrunk to the smallest text that still differs, and is counted by what remained. At most 200 lines per
corpus were examined.

${table(
  ["Cause", ...peers.map(({ label }) => label)],
  names.map((name) => [name, ...peers.map((peer) => String(count(peer, name) || ""))]),
)}

The smallest text for each cause, from the peer that has most of them. \`<2028>\` is a code point in hexadecimal, \`a×101\` a repeated
character.

${table(["Cause", "Text", "Tokens of the reference", "Tokens of the peer"], examples, 4)}
`;
}
