import type { ProblemType } from "@bertie/common";
import type { FeatureLimits } from "@bertie/data";
import type { BertConfig } from "@bertie/model";
import { DATA, type Workspace } from "../storage/storage.ts";
import { type DataSet, featureSet } from "./data-set.ts";

/** Set that is saved in the workspace of a run. */
export interface SavedSet {
  readonly set: DataSet;
  /** Path of the file in the workspace. */
  readonly path: string;
  readonly contents: Uint8Array;
}

/** Encodes sets as feature files, which the command line can also read. */
export function encodeSets(sets: readonly DataSet[], problemType: ProblemType | undefined): SavedSet[] {
  return sets.map((set) => ({ set, path: `${DATA}/${set.name}.jsonl`, contents: encodeFeatures(set, problemType) }));
}

/**
 * Writes encoded sets to the workspace of a run, so that the run can be resumed without its data files. The sets in the
 * workspace are replaced.
 *
 * @throws BertieError "output/not-written" if a file operation fails
 */
export async function writeSavedSets(workspace: Workspace, sets: readonly SavedSet[]): Promise<void> {
  await workspace.stage(DATA, async (folder) => {
    for (const { path, contents } of sets) await folder.write(path.slice(DATA.length + 1), contents);
  });
}

function encodeFeatures({ features }: DataSet, problemType: ProblemType | undefined): Uint8Array {
  const targetsOf = (targets: Float32Array | undefined) =>
    problemType === "regression" ? { value: targets?.[0] } : targets && { labels: [...targets] };
  const lines = features.map(({ inputIds, inputMask, segmentIds, labelId = null, targets }) =>
    JSON.stringify({
      input_ids: [...inputIds],
      input_mask: [...inputMask],
      segment_ids: [...segmentIds],
      label_id: labelId,
      ...targetsOf(targets),
    }),
  );
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

/**
 * Reads a saved set.
 *
 * @param path path in the workspace; undefined if the run has no such set
 * @returns undefined if the file does not exist
 */
export async function readSavedFeatures(
  workspace: Workspace,
  path: unknown,
  name: string,
  config: BertConfig,
  limits: Pick<FeatureLimits, "maxSeqLength" | "numLabels" | "problemType">,
): Promise<SavedSet | undefined> {
  const contents = typeof path === "string" ? await workspace.read(path) : undefined;
  if (contents === undefined) return undefined;
  const fileName = workspace.locate(path as string);
  const set = await featureSet(
    name,
    { fileName, files: [{ name: fileName, bytes: contents }] },
    config,
    limits,
    "fail",
  );
  return { set, path: path as string, contents };
}
