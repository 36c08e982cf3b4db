import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, vi } from "vitest";
import { bertie, bertieOk, MAIN, readLines, scratchDirectory, writeFile } from "./bertie.ts";
import { createTraining } from "./training.ts";

vi.setConfig({ testTimeout: 120_000 });

const scratch = scratchDirectory();
const { runSection } = createTraining(scratch);
const at = (...names: string[]) => join(scratch, ...names);
const file = writeFile(
  at("search.toml"),
  `metric = "loss"
${runSection}max-steps = 3
threads = 1
[grid]
learning-rate = [1e-3, 3e-3]
`,
);
const resultsIn = (output: string) =>
  readLines(join(output, "results.jsonl")).map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }));
/** Runs a command with the built bertie as the command of the job. */
const execute = (command: string, args: readonly string[], env: Record<string, string>) =>
  spawnSync(command, args, {
    encoding: "utf8",
    env: { BERTIE_DEVICE: "cpu", ...process.env, BERTIE: `${process.execPath} ${MAIN}`, ...env },
  });

describe("bertie sweep --emit", () => {
  it("writes jobs whose tasks and collection give the comparison of a local sweep", async () => {
    const [local, output] = [at("local"), at("with space", "job")];
    const here = await bertieOk(["sweep", file, "--output-dir", local]);
    const sweep = ["sweep", file, "--output-dir", output];
    const slurm = await bertieOk([...sweep, "--emit", "slurm"]);
    expect(slurm.stdout).toBe(
      `job=$(sbatch --parsable '${output}/sweep.sbatch')\nsbatch --dependency=afterany:"$job" '${output}/collect.sbatch'\n`,
    );
    await bertieOk([...sweep, "--emit", "k8s", "--parallel", "1"]);
    await bertieOk([...sweep, "--emit", "ray"]);
    const script = readFileSync(join(output, "sweep.sbatch"), "utf8");
    expect(script).toContain("#SBATCH --array=1-2\n");
    expect(script).toContain("#SBATCH --cpus-per-task=1\n");

    // One run as a task of the Slurm array, the other one as a pod of the Indexed Job.
    const early = execute("bash", [join(output, "collect.sbatch")], {});
    expect(early.status).toBe(1);
    expect(early.stderr).toContain(
      "2 of 2 runs have no results, starting with trial-001 (the run has not finished). Start the runs 1,2 again",
    );
    expect(execute("bash", [join(output, "sweep.sbatch")], { SLURM_ARRAY_TASK_ID: "1" }).status).toBe(0);
    const yaml = readFileSync(join(output, "sweep.yaml"), "utf8");
    expect(yaml).toContain("completions: 2\n  parallelism: 1\n");
    const args = JSON.parse(/args: (\[.*\])/.exec(yaml)![1]!) as string[];
    expect(execute(process.execPath, [MAIN, ...args], { JOB_COMPLETION_INDEX: "1" }).status).toBe(0);
    const collected = execute("bash", [join(output, "collect.sbatch")], {});
    const withoutTimes = (text: string) => text.replaceAll(output, local).replaceAll(/\d+:\d\d/g, "TIME");
    expect([collected.status, withoutTimes(collected.stdout)]).toEqual([0, withoutTimes(here.stdout)]);
    expect(resultsIn(output)).toEqual(resultsIn(local));
    expect(existsSync(join(output, "sweep.svg"))).toBe(true);
    const python = readFileSync(join(output, "sweep_ray.py"), "utf8");
    expect(python).toContain(`*${JSON.stringify(sweep)}]`);
  });

  it.each([
    [["--emit", "slurm", "--collect"], /--emit and --collect cannot be combined/],
    [["--trial", "1/2"], /the directory has no sweep .*Write the job again with --emit/],
    [["--trial", "1/3"], /--trial is 1\/3, but the sweep has 2 runs/],
    [["--trial", "slurm/2"], /--trial is "slurm\/2": SLURM_ARRAY_TASK_ID is not set.*or set --trial I\/N/],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await bertie(["sweep", file, "--output-dir", at("new"), ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it("refuses successive halving", async () => {
    const halving = writeFile(
      at("halving.toml"),
      `${readFileSync(file, "utf8").replace("max-steps = 3\n", "")}[halving]\noption = "max-steps"\nmin = 1\nmax = 4\n`,
    );
    const { code, stderr } = await bertie(["sweep", halving, "--emit", "slurm", "--output-dir", at("new")]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/successive halving chooses the runs of a round/)]);
  });
});
