import os from "node:os";
import process from "node:process";
import { type Command, Option } from "commander";
import { suggestOnErrors } from "../options/command-line.ts";
import { jsonLine } from "../report/json-lines.ts";
import { versions } from "../versions.ts";
import type { ProbeResult, Target } from "./target.ts";

type Probed = Target & ProbeResult;

/** Adds `bertie doctor`, which tests and times each engine and device, and explains how to install the missing ones. */
export function addDoctorCommand(program: Command): void {
  suggestOnErrors(program.command("doctor"))
    .description("Test each engine and device on this machine, and explain how to install missing ones")
    .option("--json", "Write the result as one JSON object")
    .option("--verbose", "Also show how many operations of a training step run on each execution provider")
    .addHelpOption(new Option("-h, --help", "Show this help"))
    .action(async ({ json = false, verbose = false }: { json?: boolean; verbose?: boolean }) => {
      const { chosenByAuto, probeInChild } = await import("./probe-process.ts");
      const { TARGETS } = await import("./target.ts");
      const { listGpus } = await import("./gpus.ts");
      const { listVulkan } = await import("./vulkan.ts");
      const machine = {
        versions: versions(),
        platform: `${process.platform} ${process.arch}`,
        cores: os.availableParallelism(),
        memory_gb: gigabytes(os.totalmem()),
        free_memory_gb: gigabytes(os.freemem()),
        gpus: listGpus(),
        vulkan: listVulkan(),
      };
      // Probing takes seconds per engine, so each result is printed at once.
      const show = (lines: readonly string[]) => {
        if (!json) process.stdout.write(lines.map((line) => `${line}\n`).join(""));
      };
      show(describeMachine(machine));
      const engines: Probed[] = [];
      for (const target of TARGETS) {
        const probed = { ...target, ...(await probeInChild(target, verbose)) };
        show(describe(probed));
        engines.push(probed);
      }
      const auto = await chosenByAuto();
      if (auto !== undefined) show([advice(auto, engines)]);
      if (json) process.stdout.write(jsonLine({ ...machine, auto, engines }));
    });

  // `doctor` runs this command in child processes. For "auto", the result is the chosen engine and device.
  program
    .command("probe-engine", { hidden: true })
    .argument("<engine>")
    .argument("<device>")
    .option("--verbose")
    .action(async (engine: string, device: string, { verbose = false }: { verbose?: boolean }) => {
      const target = { engine, device } as Target;
      const result =
        engine === "auto"
          ? await (await import("./resolve-target.ts")).resolveTarget(target)
          : await (await import("./probe.ts")).probe(target, verbose);
      process.stdout.write(`${JSON.stringify(result)}\n`);
    });
}

interface Machine {
  readonly versions: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly cores: number;
  readonly memory_gb: number;
  readonly free_memory_gb: number;
  readonly gpus: readonly string[];
  readonly vulkan: readonly string[];
}

function describeMachine(machine: Machine): string[] {
  const runtimes = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const memory = `${machine.memory_gb} GB of memory, ${machine.free_memory_gb} GB free`;
  return [
    `${runtimes.join(", ")}, ${machine.platform}`,
    `${machine.cores} cores, ${memory}`,
    `GPUs: ${[...machine.gpus, ...machine.vulkan].join("; ") || "none found"}`,
  ];
}

function describe({ engine, device, works, detail, version, precisions = [], placement }: Probed): string[] {
  const about = [version, precisions.join(", ")].filter(Boolean).join(", ");
  const nodes = Object.entries(placement ?? {}).map(([provider, count]) => `${count} on ${provider}`);
  return [
    `${nameOf({ engine, device }).padEnd(20)} ${works ? "works" : "does not work"}: ${works ? `${about}; ` : ""}${detail}`,
    ...(nodes.length > 0 ? [`${" ".repeat(20)} operations of the training step: ${nodes.join(", ")}`] : []),
  ];
}

/** Describes the engine and device that `auto` selects, and the faster alternative if there is one. */
function advice(auto: Target, engines: readonly Probed[]): string {
  const taken = `auto selects ${nameOf(auto)}`;
  const fastest = (time: "step_ms" | "large_step_ms") =>
    engines.filter((each) => each.works && each[time] !== undefined).toSorted((a, b) => a[time]! - b[time]!)[0];
  const best = fastest("large_step_ms") ?? fastest("step_ms");
  if (best === undefined || nameOf(best) === nameOf(auto)) return taken;
  return `${taken}; a training step was faster with --engine ${best.engine} --device ${best.device}`;
}

function nameOf({ engine, device }: Target): string {
  return `${engine} on ${device}`;
}

function gigabytes(bytes: number): number {
  return Math.round(bytes / 1e8) / 10;
}
