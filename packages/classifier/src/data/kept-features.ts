import type { BertConfig } from "@bertie/model";
import { DATA, type Workspace } from "../storage/storage.ts";
import { type DataSet, featureSet } from "./data-set.ts";

/** A set that is kept in a run's workspace. */
export interface KeptSet {
  readonly set: DataSet;
  /** The file's path in the workspace. */
  readonly path: string;
  readonly contents: Uint8Array;
}

/**
 * Keeps sets in a run's workspace, as files of features that the command line reads, too: the run can then be resumed without
 * the source of its data.
 */
export async function keepFeatures(workspace: Workspace, sets: readonly DataSet[]): Promise<KeptSet[]> {
  const kept = sets.map((set) => ({ set, path: `${DATA}/${set.name}.jsonl`, contents: encodeFeatures(set) }));
  await workspace.stage(DATA, async (folder) => {
    for (const { set, contents } of kept) await folder.write(`${set.name}.jsonl`, contents);
  });
  return kept;
}

function encodeFeatures({ features }: DataSet): Uint8Array {
  const lines = features.map(({ inputIds, inputMask, segmentIds, labelId = null }) =>
    JSON.stringify({
      input_ids: [...inputIds],
      input_mask: [...inputMask],
      segment_ids: [...segmentIds],
      label_id: labelId,
    }),
  );
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

/**
 * Reads a set that a run has kept.
 *
 * @param path relative to the workspace; undefined where the run has no such set
 * @returns undefined where there is no such file
 */
export async function readKeptFeatures(
  workspace: Workspace,
  path: unknown,
  name: string,
  config: BertConfig,
  limits: { readonly maxSeqLength: number; readonly numLabels: number },
): Promise<KeptSet | undefined> {
  const contents = typeof path === "string" ? await workspace.read(path) : undefined;
  if (contents === undefined) return undefined;
  const set = featureSet(name, { fileName: workspace.locate(path as string), bytes: contents }, config, limits, "fail");
  return { set, path: path as string, contents };
}
