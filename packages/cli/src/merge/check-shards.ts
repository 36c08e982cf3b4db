import { shardSuffix } from "../shards/shard.ts";
import type { FoundShard } from "./find-shards.ts";

/** Entries of a manifest that differ between the shards of a run, or that do not affect the records. */
const FREE = [
  "records",
  "tokens",
  "text_bytes",
  "invalid_records",
  "shard",
  "outputs",
  "pieces",
  "platform",
  "seconds",
];
const FREE_OPTIONS = ["options.threads"];
/** Number of differences that are reported per shard. */
const REPORTED = 3;

/** Returns what prevents shards from being merged, one line each: missing, duplicate and foreign shards. */
export function checkShards(shards: readonly FoundShard[]): string[] {
  if (shards.length === 0) return [];
  const identities = shards.map(identityOf);
  const keys = [...new Set(identities.flatMap((identity) => [...identity.keys()]))];
  const common = new Map(keys.map((key) => [key, mostFrequent(identities.map((identity) => identity.get(key)))]));
  const differences = identities.map((identity) => keys.filter((key) => identity.get(key) !== common.get(key)));
  const reference = shards[differences.findIndex((keysOfShard) => keysOfShard.length === 0)];
  const problems = shards.flatMap((shard, i) =>
    differences[i]!.slice(0, REPORTED).map((key) =>
      describeDifference(shard, key, identities[i]!.get(key), common.get(key), reference?.name),
    ),
  );
  const count = Number(common.get("shards"));
  const own = shards.filter((shard) => shard.shard.count === count);
  return [...problems, ...duplicates(own), ...missing(own, count), ...gaps(own, count)];
}

/** Returns the entries of a manifest that must be equal in all shards, as JSON by path. */
function identityOf({ json, inputs, shard }: FoundShard): Map<string, string> {
  const entries = new Map<string, string>([["shards", String(shard.count)]]);
  const add = (path: string, value: unknown) => {
    if (FREE_OPTIONS.includes(path)) return;
    if (typeof value === "object" && value !== null)
      for (const [key, item] of Object.entries(value)) add(`${path}.${key}`, item);
    else entries.set(path, JSON.stringify(value));
  };
  for (const [key, value] of Object.entries(json)) {
    if (FREE.includes(key) || key === "inputs" || key === "versions") continue;
    // The same model can have another path on another machine.
    add(key, key === "vocabulary" || key === "model" ? { ...(value as object), path: undefined } : value);
  }
  const versions = json.versions as Record<string, unknown> | undefined;
  // Scores depend on ONNX Runtime, and token ids do not.
  for (const name of json.command === "predict" ? ["bertie", "onnxruntime"] : ["bertie"])
    add(`versions.${name}`, versions?.[name]);
  add("inputs", inputs.length);
  for (const [i, input] of inputs.entries()) {
    const { path: _, read, sha256, ...rest } = input;
    // The hash of a part is not comparable.
    add(`inputs.${i}`, { ...rest, isDivided: read !== null, ...(read === null && { sha256 }) });
  }
  return entries;
}

function mostFrequent(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string | undefined, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}

function describeDifference(
  { name, inputs }: FoundShard,
  key: string,
  value: string | undefined,
  expected: string | undefined,
  reference = "the other shards",
): string {
  const [group, index, field] = key.split(".");
  if (key === "shards")
    return `${name}: it is one of ${value} shards, but expected one of ${expected} (${reference}). Remove it.`;
  if (group === "inputs") {
    const input = inputs[Number(index)]?.path;
    const differs =
      input === undefined
        ? "the number of inputs differs from the inputs"
        : `the input ${input}${field === "bytes" ? ` (${value} bytes)` : ""} differs from the input`;
    return `${name}: ${differs} of ${reference}. Run the shard again on the same inputs.`;
  }
  const remedies: Readonly<Record<string, string>> = {
    vocabulary: "with the same model",
    model: "with the same model",
    versions: "with the same version",
  };
  return `${name}: ${key} is ${value ?? "not set"}, but ${expected ?? "not set"} in ${reference}. Run the shard again ${remedies[group!] ?? "with the same options"}.`;
}

function duplicates(shards: readonly FoundShard[]): string[] {
  const first = new Map<number, FoundShard>();
  return shards.flatMap((shard) => {
    const { index, count } = shard.shard;
    const before = first.get(index);
    first.set(index, before ?? shard);
    return before === undefined
      ? []
      : [`${shard.name}: shard ${index} of ${count} is also in ${before.name}. Remove one of the two.`];
  });
}

function missing(shards: readonly FoundShard[], count: number): string[] {
  const found = new Set(shards.map(({ shard }) => shard.index));
  const absent = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !found.has(index));
  return absent.map((index) => {
    const name = nameOf(index, shards);
    return `${name === undefined ? "" : `${name}: `}shard ${index} of ${count} is missing. Run it with --shard ${index}/${count}, or add its file.`;
  });
}

/** Returns the file that a missing shard would have, by the name of another one. */
function nameOf(index: number, shards: readonly FoundShard[]): string | undefined {
  for (const { name, shard } of shards) {
    const own = shardSuffix(shard);
    if (name.includes(own)) return name.replaceAll(own, shardSuffix({ ...shard, index }));
  }
  return undefined;
}

/** Returns the inputs that the shards did not read completely, for complete sets of shards. */
function gaps(shards: readonly FoundShard[], count: number): string[] {
  if (shards.length !== count) return [];
  const ordered = shards.toSorted((a, b) => a.shard.index - b.shard.index);
  return ordered[0]!.inputs.flatMap(({ path, bytes, read }, i) => {
    if (read === null) return [];
    let end: number | undefined = 0;
    for (const { inputs } of ordered) {
      const part = inputs[i]?.read;
      if (part && part[0] !== part[1]) end = part[0] === end ? part[1] : undefined;
    }
    if (end === bytes) return [];
    return [
      `${path}: the shards did not read all of this input exactly once, so it changed between their runs. Run all shards again.`,
    ];
  });
}
