import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, vi } from "vitest";
import { bertieOk, MAIN, ROOT, scratchDirectory, writeFile } from "./bertie.ts";

vi.setConfig({ testTimeout: 60_000 });

const scratch = scratchDirectory();
const manifest = (name: string) => readFileSync(join(ROOT, "integrations/kubernetes", name), "utf8");
const argsOf = (name: string) => {
  const [, list] = /args:\s*\[([^\]]*?),?\s*\]/.exec(manifest(name))!;
  return JSON.parse(`[${list}]`) as string[];
};

const text = Array.from({ length: 3000 }, (_, i) => `房间${i} ${"room ".repeat(i % 9)}`).join("\n");
writeFile(join(scratch, "corpus.txt"), text);
symlinkSync(join(ROOT, "examples/models/bge-small-zh-v1.5"), join(scratch, "model"));
/** Runs a command in the directory of the job, and returns its exit code and messages. */
const execute = (command: string, args: readonly string[], env: Record<string, string>) => {
  const { status, stderr } = spawnSync(command, args, {
    cwd: scratch,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { status, stderr };
};
const succeeded = { status: 0, stderr: expect.any(String) as string };

describe("integrations", () => {
  it.each(["tokenize.yaml", "predict.yaml"])(
    "the Indexed Job %s has as many pods as its command has shards",
    (name) => {
      const [, completions] = /completions: (\d+)/.exec(manifest(name))!;
      expect(argsOf(name).slice(-2)).toEqual(["--shard", `k8s/${completions}`]);
      expect(manifest(name)).toContain("readOnlyRootFilesystem: true");
    },
  );

  it("pods and array tasks write shards that merge to the bytes of a run without shards", async () => {
    const whole = join(scratch, "whole", "corpus.bin");
    await bertieOk(["tokenize", join(scratch, "corpus.txt"), "--model", join(scratch, "model"), "--output", whole]);
    const slurm = (script: string, args: readonly string[], task: string) =>
      execute("bash", [join(ROOT, "integrations/slurm", script), ...args], {
        ...{ BERTIE: `${process.execPath} ${MAIN}`, SHARDS: "8", SLURM_CPUS_PER_TASK: "1", SLURM_ARRAY_TASK_ID: task },
      });
    // The first half as pods, and the second half as tasks.
    for (let i = 0; i < 4; i++)
      expect(
        execute(process.execPath, [MAIN, ...argsOf("tokenize.yaml")], { JOB_COMPLETION_INDEX: String(i) }),
      ).toEqual(succeeded);
    const args = argsOf("tokenize.yaml").slice(0, -4);
    for (let task = 5; task <= 8; task++) expect(slurm("shards.sbatch", args, String(task))).toEqual(succeeded);
    expect(execute(process.execPath, [MAIN, ...argsOf("merge.yaml")], {})).toEqual(succeeded);
    expect(slurm("merge.sbatch", ["ids", "--output", "again.bin"], "1")).toEqual(succeeded);
    for (const name of ["corpus.bin", "again.bin"]) execFileSync("cmp", [join(scratch, name), whole]);
  });

  it("the Slurm script requires the number of shards", () => {
    const { status, stderr } = execute("bash", [join(ROOT, "integrations/slurm/shards.sbatch"), "tokenize"], {
      SHARDS: "",
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining("Set SHARDS to the number of shards")]);
  });
});
