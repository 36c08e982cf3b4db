#!/usr/bin/env node
// Counts the golden records and corpus lines on which each peer differs from the reference, by cause. Prints the
// section of docs/performance/tokenization.md:
//
//   node bench/tokenizer/differences.js [--only tokie,kitoken]
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findCorpora, goldenRecords, languages, makeScratch, vocabularyFiles } from "./data.js";
import { implementations } from "./implementations.js";
import { inputOf } from "./passes.js";
import { withReferenceIds } from "./reference-ids.js";
import { differencesSection } from "./report.js";
import { serve } from "./serving.js";
import { causeOf, shrink } from "./shrink.js";

const BATCH = 1024;
/** Maximum number of differing lines per corpus whose causes are determined. */
const MAX_EXPLAINED = 200;

async function inBatches(server, texts) {
  const ids = [];
  for (let at = 0; at < texts.length; at += BATCH) ids.push(...(await server.ids(texts.slice(at, at + BATCH))));
  return ids;
}

/**
 * Compares each peer with the reference. Differing texts are shrunk by comparing the peer with Bertie.
 *
 * @returns the datasets and, for each peer, counts by dataset, and causes with their counts and an example
 */
export async function differences({ scratch, peers, corpora, log }) {
  const oracle = implementations().find(({ key }) => key === "bertie-strings");
  const golden = goldenRecords();
  const datasets = [];
  for (const language of languages) {
    datasets.push({ name: `golden ${language}`, language, records: golden.filter(({ vocab }) => vocab === language) });
    for (const corpus of corpora.filter((candidate) => candidate.language === language)) {
      const texts = inputOf({ takes: "strings" }, corpus.bytes);
      const rows = await corpus.referenceRows();
      const records = texts.map((text, i) => ({ text, ids: rows[i] }));
      datasets.push({ name: `${corpus.name}.txt`, language, records, explained: MAX_EXPLAINED });
    }
  }
  const results = [];
  const waiting = [oracle, ...peers];
  for (let pair = waiting.splice(0, 2); pair.length > 0; pair = waiting.splice(0, 2)) {
    results.push(...(await Promise.all(pair.map((peer) => compare({ peer, datasets, scratch, oracle })))));
    for (const { key, counts } of results.slice(-pair.length)) log(`${key}: ${JSON.stringify(counts)}`);
  }
  await verifyExamples(results, scratch);
  return { datasets: datasets.map(({ name, records }) => ({ name, total: records.length })), results };
}

async function compare({ peer, datasets, scratch, oracle }) {
  const counts = {};
  const causes = new Map();
  for (const language of languages) {
    const files = vocabularyFiles(scratch, language);
    const [peerServer, oracleServer] = [serve(peer, files), serve(oracle, files)];
    const tokens = readFileSync(files.vocab, "utf8").split("\n");
    const differs = async (texts) => {
      const [a, b] = await Promise.all([peerServer.ids(texts), oracleServer.ids(texts)]);
      return texts.map((_, i) => String(a[i]) !== String(b[i]));
    };
    for (const { name, records, explained } of datasets.filter((dataset) => dataset.language === language)) {
      const texts = records.map(({ text }) => text);
      const ids = await inBatches(peerServer, texts);
      const different = texts.filter((_, i) => String(ids[i]) !== String(records[i].ids));
      counts[name] = different.length;
      for (const text of different.slice(0, explained)) {
        const small = await shrink(text, differs);
        const [[a], [b]] = await Promise.all([peerServer.ids([small]), oracleServer.ids([small])]);
        const name = isTruncated(a, b) ? TRUNCATED : causeOf(small);
        const cause = causes.get(name) ?? { count: 0, example: undefined };
        cause.count++;
        if (cause.example === undefined || small.length < cause.example.text.length) {
          const [peerTokens, oracleTokens] = [a, b].map((row) => row.map((id) => tokens[id] ?? `#${id}`));
          cause.example = { text: small, language, ids: b, peerTokens, oracleTokens };
        }
        causes.set(name, cause);
      }
    }
    await Promise.all([peerServer.close(), oracleServer.close()]);
  }
  return { key: peer.key, label: peer.isBertie ? "Bertie" : peer.label, counts, causes };
}

const TRUNCATED = "missing end";
const isTruncated = (actual, expected) =>
  expected.length > 16 && actual.length < expected.length && actual.every((id, i) => id === expected[i]);

/** Compares Bertie's ids of the example texts with the reference, because the golden records do not contain these texts. */
async function verifyExamples(results, scratch) {
  const reference = implementations().find(({ key }) => key === "reference");
  if (reference.version === undefined) return;
  for (const language of languages) {
    const server = serve(reference, vocabularyFiles(scratch, language));
    const examples = results.flatMap(({ causes }) => [...causes.values()].map(({ example }) => example));
    for (const { text, ids } of examples.filter((example) => example.language === language)) {
      const [expected] = await server.ids([text]);
      if (String(expected) !== String(ids))
        throw new Error(`the ids of ${JSON.stringify(text)} differ between Bertie and the reference`);
    }
    await server.close();
  }
}

/** Returns whether an implementation is an installed peer, and not Bertie, the limit or the reference. */
export const isPeer = ({ isBertie, limit, key, version }) =>
  !isBertie && !limit && key !== "reference" && version !== undefined;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const peers = implementations().filter(isPeer);
  const chosen = peers.filter(({ key }) => values.only === undefined || values.only.split(",").includes(key));
  const log = (line) => console.error(line);
  const scratch = makeScratch();
  const corpora = await Promise.all(
    findCorpora().map((corpus) => withReferenceIds(corpus, vocabularyFiles(scratch, corpus.language))),
  );
  console.log(differencesSection(await differences({ scratch, peers: chosen, corpora, log })));
}
