#!/usr/bin/env node
// Where each peer differs from the reference: lines of the corpora and golden records, counted, and why.
//   node bench/tokenizer/differences.js [--only tokie,kitoken]      prints the section of docs/performance/tokenization.md
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
/** Of a corpus with more lines that differ, only so many are looked into. */
const EXPLAINED = 200;

async function inBatches(server, texts) {
  const ids = [];
  for (let at = 0; at < texts.length; at += BATCH) ids.push(...(await server.ids(texts.slice(at, at + BATCH))));
  return ids;
}

/** @returns for each peer: counts by place, and causes with their counts and an example; texts shrink against Bertie */
export async function differences({ scratch, peers, corpora, log }) {
  const oracle = implementations().find(({ key }) => key === "bertie-strings");
  const golden = goldenRecords();
  const places = [];
  for (const language of languages) {
    places.push({ name: `golden ${language}`, language, records: golden.filter(({ vocab }) => vocab === language) });
    for (const corpus of corpora.filter((candidate) => candidate.language === language)) {
      const texts = inputOf({ takes: "strings" }, corpus.bytes);
      const rows = await corpus.referenceRows();
      const records = texts.map((text, i) => ({ text, ids: rows[i] }));
      places.push({ name: `${corpus.name}.txt`, language, records, explained: EXPLAINED });
    }
  }
  const results = [];
  const waiting = [oracle, ...peers];
  for (let pair = waiting.splice(0, 2); pair.length > 0; pair = waiting.splice(0, 2)) {
    results.push(...(await Promise.all(pair.map((peer) => compare({ peer, places, scratch, oracle })))));
    for (const { key, counts } of results.slice(-pair.length)) log(`${key}: ${JSON.stringify(counts)}`);
  }
  await askTheReference(results, scratch);
  return { places: places.map(({ name, records }) => ({ name, total: records.length })), results };
}

async function compare({ peer, places, scratch, oracle }) {
  const counts = {};
  const causes = new Map();
  for (const language of languages) {
    const files = vocabularyFiles(scratch, language);
    const [theirs, ours] = [serve(peer, files), serve(oracle, files)];
    const tokens = readFileSync(files.vocab, "utf8").split("\n");
    const differs = async (texts) => {
      const [a, b] = await Promise.all([theirs.ids(texts), ours.ids(texts)]);
      return texts.map((_, i) => String(a[i]) !== String(b[i]));
    };
    for (const { name, records, explained } of places.filter((place) => place.language === language)) {
      const texts = records.map(({ text }) => text);
      const ids = await inBatches(theirs, texts);
      const different = texts.filter((_, i) => String(ids[i]) !== String(records[i].ids));
      counts[name] = different.length;
      for (const text of different.slice(0, explained)) {
        const small = await shrink(text, differs);
        const [[a], [b]] = await Promise.all([theirs.ids([small]), ours.ids([small])]);
        const name = isCutShort(a, b) ? CUT_SHORT : causeOf(small);
        const cause = causes.get(name) ?? { count: 0, example: undefined };
        cause.count++;
        if (cause.example === undefined || small.length < cause.example.text.length) {
          const [theirTokens, ourTokens] = [a, b].map((row) => row.map((id) => tokens[id] ?? `#${id}`));
          cause.example = { text: small, language, ids: b, theirs: theirTokens, ours: ourTokens };
        }
        causes.set(name, cause);
      }
    }
    await Promise.all([theirs.close(), ours.close()]);
  }
  return { key: peer.key, label: peer.ours ? "Bertie" : peer.label, counts, causes };
}

const CUT_SHORT = "the end is missing";
const isCutShort = (theirs, ours) =>
  ours.length > 16 && theirs.length < ours.length && theirs.every((id, i) => id === ours[i]);

/** The small texts are in no file: what Bertie says of those that are shown, the reference itself must say too. */
async function askTheReference(results, scratch) {
  const reference = implementations().find(({ key }) => key === "reference");
  if (reference.version === undefined) return;
  for (const language of languages) {
    const server = serve(reference, vocabularyFiles(scratch, language));
    const examples = results.flatMap(({ causes }) => [...causes.values()].map(({ example }) => example));
    for (const { text, ids } of examples.filter((example) => example.language === language)) {
      const [expected] = await server.ids([text]);
      if (String(expected) !== String(ids)) throw new Error(`Bertie's ids of ${JSON.stringify(text)} are not exact`);
    }
    await server.close();
  }
}

/** Those who are no Bertie and no limit, and not the reference itself. */
export const isPeer = ({ ours, limit, key, version }) =>
  !ours && !limit && key !== "reference" && version !== undefined;

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
