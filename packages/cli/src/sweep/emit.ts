import { basename, extname, join } from "node:path";
import process from "node:process";

export const SCHEDULERS = ["slurm", "k8s", "ray"] as const;
export type Scheduler = (typeof SCHEDULERS)[number];

/** A sweep whose runs become tasks of a job. */
export interface SweepJob {
  /** Arguments of `bertie` that repeat the sweep. */
  readonly args: readonly string[];
  /** Path of the sweep file. */
  readonly file: string;
  readonly outputDir: string;
  readonly runs: number;
  /** Maximum number of runs at the same time; undefined for no limit. */
  readonly parallel: number | undefined;
  /** Number of CPU cores per run. */
  readonly cores: number;
}

/** Files to write to the directory of the sweep, and the commands that start them. */
export interface EmittedJob {
  readonly files: ReadonlyMap<string, string>;
  readonly commands: readonly string[];
}

/** Returns the job of a scheduler that executes the runs of a sweep and collects their results. */
export function emitJob(scheduler: Scheduler, job: SweepJob): EmittedJob {
  return { slurm: slurmJob, k8s: kubernetesJob, ray: rayJob }[scheduler](job);
}

/** Returns the name of a job, of at most 50 lower-case letters, digits and hyphens. */
function nameOf({ file }: SweepJob): string {
  const name = basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40);
  return `sweep-${name}`.replace(/-+$/, "");
}

function slurmJob(job: SweepJob): EmittedJob {
  const { runs, parallel, cores, outputDir } = job;
  const command = (...args: string[]) =>
    `\${BERTIE:-npx bertie} ${[...job.args, ...args].map(quoteForShell).join(" ")}`;
  const script = (title: string, directives: readonly string[], line: string) =>
    [
      "#!/bin/bash",
      ...[`--job-name=${nameOf(job)}`, ...directives].map((directive) => `#SBATCH ${directive}`),
      `# ${title}`,
      `cd -- ${quoteForShell(process.cwd())} || exit`,
      `exec ${line}\n`,
    ].join("\n");
  const array = `1-${runs}${parallel === undefined ? "" : `%${parallel}`}`;
  const log = quoteForShell(join(outputDir, "logs", "slurm-%A_%a.out"));
  const [run, collect] = [join(outputDir, "sweep.sbatch"), join(outputDir, "collect.sbatch")];
  return {
    files: new Map([
      [
        "sweep.sbatch",
        script(
          "One run of the sweep. A run that is started again resumes from its last checkpoint.",
          [`--array=${array}`, `--cpus-per-task=${cores}`, "--requeue", `--output=${log}`],
          command("--trial", `slurm/${runs}`),
        ),
      ],
      [
        "collect.sbatch",
        script(
          "The comparison of the runs.",
          [`--output=${quoteForShell(join(outputDir, "logs", "slurm-collect.out"))}`],
          command("--collect"),
        ),
      ],
    ]),
    commands: [
      `job=$(sbatch --parsable ${quoteForShell(run)})`,
      `sbatch --dependency=afterany:"$job" ${quoteForShell(collect)}`,
    ],
  };
}

function kubernetesJob(job: SweepJob): EmittedJob {
  const { runs, parallel = runs, cores, outputDir } = job;
  const name = nameOf(job);
  const [run, collect] = [join(outputDir, "sweep.yaml"), join(outputDir, "collect.yaml")].map(quoteForShell);
  const indexed = `  completionMode: Indexed
  completions: ${runs}
  parallelism: ${Math.min(parallel, runs)}
  backoffLimitPerIndex: 2
`;
  return {
    files: new Map([
      ["sweep.yaml", kubernetesManifest(name, indexed, cores, [...job.args, "--trial", `k8s/${runs}`])],
      ["collect.yaml", kubernetesManifest(`${name}-collect`, "  backoffLimit: 0\n", 1, [...job.args, "--collect"])],
    ]),
    commands: [
      `kubectl apply --filename ${run}`,
      `kubectl wait --for=condition=complete --timeout=-1s job/${name} && kubectl apply --filename ${collect}`,
    ],
  };
}

/** Formats a Job. Values are quoted as in JSON, which is a part of YAML. */
function kubernetesManifest(name: string, settings: string, cores: number, args: readonly string[]): string {
  return `# Set image to an image whose entry point is bertie, and claimName to the volume with the sweep file and its data.
apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
spec:
${settings}  template:
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        fsGroup: 65532
        seccompProfile: { type: RuntimeDefault }
      containers:
        - name: bertie
          image: bertie:latest
          workingDir: /work
          args: ${JSON.stringify(args)}
          resources:
            requests: { cpu: "${cores}", memory: 4Gi }
            limits: { memory: 4Gi }
          securityContext:
            readOnlyRootFilesystem: true
            allowPrivilegeEscalation: false
            capabilities: { drop: [ALL] }
          volumeMounts:
            - { name: work, mountPath: /work }
            - { name: tmp, mountPath: /tmp }
      volumes:
        - name: work
          persistentVolumeClaim: { claimName: bertie-work }
        - name: tmp
          emptyDir: {}
`;
}

function rayJob({ args, runs, parallel, cores, outputDir }: SweepJob): EmittedJob {
  const script = `"""Executes the runs of a sweep on a Ray cluster whose nodes share this directory, and collects their results."""

import os
import shlex
import subprocess
import sys

import ray

COMMAND = [*shlex.split(os.environ.get("BERTIE", "npx bertie")), *${JSON.stringify(args)}]
DIRECTORY = ${JSON.stringify(process.cwd())}
RUNS = ${runs}
PARALLEL = ${parallel ?? runs}


@ray.remote(num_cpus=${cores}, max_retries=2)
def run(number):
    """Executes a run. A run that is started again resumes from its last checkpoint."""
    return subprocess.run([*COMMAND, "--trial", f"{number}/{RUNS}"], cwd=DIRECTORY).returncode


ray.init()
waiting = []
for number in range(1, RUNS + 1):
    if len(waiting) == PARALLEL:
        done, waiting = ray.wait(waiting)
        ray.get(done)
    waiting.append(run.remote(number))
ray.get(waiting)
sys.exit(subprocess.run([*COMMAND, "--collect"], cwd=DIRECTORY).returncode)
`;
  return {
    files: new Map([["sweep_ray.py", script]]),
    commands: [`python ${quoteForShell(join(outputDir, "sweep_ray.py"))}`],
  };
}

/** Quotes an argument for a POSIX shell, unless all its characters are safe. */
function quoteForShell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
