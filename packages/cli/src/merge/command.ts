import type { Command } from "commander";
import { interruptible } from "../interrupt.ts";
import { addOptions, resolveOptions } from "../options/command-line.ts";
import { mergeOptions } from "./options.ts";

const EXAMPLES = `
Examples:
  # The shards in a directory
  bertie merge ids/ --output corpus.bin

  # The shards of a classification
  bertie merge predictions/part-* --output predictions.tsv

  # Shards on a store, which are downloaded to TMPDIR
  bertie merge s3://reviews/parts/ --output s3://reviews/predictions.tsv`;

/** Adds `bertie merge SHARD…`, which joins the outputs of shards. */
export function addMergeCommand(program: Command): void {
  addOptions(program.command("merge"), mergeOptions)
    .description(
      "Check that the shards of a run are complete and intact, and join their outputs to the output of a run without shards",
    )
    .addHelpText("after", EXAMPLES)
    .argument("<shard...>", "Output files, manifests or directories of the shards, or s3://…, in any order")
    .action(async (paths: readonly string[], _, command: Command) => {
      const { options } = await resolveOptions(command, mergeOptions);
      const { mergeShards } = await import("./merge.ts");
      await interruptible((check, signal) => mergeShards(paths, options.output, { check, signal }));
    });
}
