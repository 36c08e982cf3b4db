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
  return `<!-- Written by \`npm run bench:tokenizer\`; not to be edited by hand. -->

# Tokenizers, side by side

![Speed of the tokenizers on Chinese and English](tokenization.svg)

${machine}

${versions}

\`node bench/tokenizer/install-peers.js\`, and then \`npm run bench:tokenizer\`, repeat this where \`BERTIE_REFERENCE_DATA\` has corpora.

The corpora: ${sizes.join(", ")}. The last has the English vocabulary. All text is lower-cased, without \`[CLS]\` and \`[SEP]\`;
vocabulary and text are in memory before the clock starts. Rust, and Bertie on UTF-8, read UTF-8; everyone else a list of his
language's strings, by the fastest of his calls that were tried. *Piece by piece* is as a large corpus is read, a megabyte of lines at a
time into the memory of those before: nothing is kept. Bertie takes strings 1,024 at a time; for padded batches those of
like length together, as trainers do, and no more than a million characters with the padding. nanotoken remembers words from pass to pass. The limit splits
lines at ASCII whitespace and takes the FNV-1a hash of each piece: who looks words up by such a hash cannot be faster.
${slowOnes(implementations)}

## One thread

MB of UTF-8 a second. *Cold* is a fresh process's first pass after loading, *warm* its later passes: medians over all rounds.
The last columns: how many times tokie's speed that is, warm; and whether all ids of what was read are the reference's.

${speedTable({ implementations, corpora, results })}

## Two threads

In MB/s; in brackets, how many times the speed on one thread. Who has no threads of its own reads half of the lines in each
of two workers (JavaScript) or threads (Python, Rust).

${threadsTable({ implementations, corpora, results })}

## Start-up and size

${startUpTable(startUp)}

${differences ? differencesSection(differences) : ""}`;
}

/** Whose turn would take too long with all of the text. */
function slowOnes(implementations) {
  const sizes = [...new Set(implementations.map(({ slice }) => slice).filter(Boolean))].sort((a, b) => a - b);
  return sizes
    .map((size) => {
      const labels = implementations.filter(({ slice }) => slice === size).map(({ label }) => label);
      return `Only the first ${size / 1e6} MB, in one turn: ${labels.join(", ")}.`;
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
  const head = ["", "", ...names.flatMap((name) => [`${name} cold`, `${name} warm`]), `× tokie (${names.join(" / ")})`];
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
  return table(["", ...corpora.flatMap(({ name }) => [`${name} cold`, `${name} warm`])], rows);
}

function startUpTable({ bytes, gzipped, figures }) {
  const rows = [
    ["tokenizer.wasm", `${(bytes / 1000).toFixed(0)} KB, gzipped ${(gzipped / 1000).toFixed(0)} KB`],
    ["module compiled and ready, in Node", milliseconds(Math.max(...figures.map(({ init }) => init)))],
    ...figures.flatMap(({ tokens, first, later }) => [
      [`vocab.txt of ${tokens} tokens to tokenizer: the first of a process`, milliseconds(first)],
      [`the same: later ones`, milliseconds(later)],
    ]),
  ];
  return `Medians of 15 fresh processes; "later ones": of their medians of 15.\n\n${table(["", ""], rows)}`;
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

Records, and lines of the corpora, whose ids are not the reference's; all in lower case.

${table(
  ["", ...places.map(({ name, total }) => `${name} (${total})`)],
  results.map(({ label, counts }) => [label, ...places.map(({ name }) => String(counts[name]))]),
)}

Why: every such text was made as small as it gets and still differs, and counted by what was left of it. At most 200 lines of
a corpus were looked into.

${table(
  ["what is read differently", ...peers.map(({ label }) => label)],
  names.map((name) => [name, ...peers.map((peer) => String(count(peer, name) || ""))]),
)}

The smallest text of each kind, for the peer that has most of them; \`<2028>\` is a character by its number, \`a×101\` a repeated one.

${table(["", "text", "the reference's tokens", "the peer's"], examples, 4)}
`;
}
