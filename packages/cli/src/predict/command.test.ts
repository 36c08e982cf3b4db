import { expect, it } from "vitest";
import { createProgram } from "../program.ts";

it.each([
  [["--shard", "1/2", "--output-dir", "x"], /--shard 1\/2 requires files, not stdin/],
  [["--shard", "1/2", "package.json"], /requires a directory for the parts: add --output-dir/],
  [["--shard", "3/2", "package.json"], /--shard is "3\/2": expected I\/N/],
  [["--key-fields", "1", "--output-dir", "x"], /--key-fields writes to stdout/],
  [["--key-fields", "1", "--format", "tsv"], /--key-fields reads lines, not tables/],
  [["--key-fields", "1", "--data-dir", "x"], /--shard and --key-fields require files or stdin/],
  [["--data-dir", "x", "--output-dir", "s3://b/x"], /--data-dir cannot be written to a store. Name the file/],
])("bertie predict refuses %j", async (args, message) => {
  const run = createProgram().parseAsync(["predict", "--model", "examples/models/bge-small-zh-v1.5", ...args], {
    from: "user",
  });
  await expect(run).rejects.toThrow(message);
});
