import os from "node:os";
import process from "node:process";
import type { Command } from "commander";
import { jsonLine } from "../report/json-lines.ts";
import { versions } from "../versions.ts";
import type { EngineName, ProbeResult } from "./doctor/probe.ts";

/** `bertie doctor`: what runs here, and if not, why. */
export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("tell what Bertie can run on here, and try each")
    .option("--json", "write one JSON object")
    .action(async ({ json = false }: { json?: boolean }) => {
      const { ENGINES, probeInChild } = await import("./doctor/probe.ts");
      const engines: (EngineName & ProbeResult)[] = [];
      for (const engine of ENGINES) engines.push({ ...engine, ...(await probeInChild(engine)) });
      const machine = {
        versions: versions(),
        platform: `${process.platform} ${process.arch}`,
        cores: os.availableParallelism(),
        memory_gb: gigabytes(os.totalmem()),
        free_memory_gb: gigabytes(os.freemem()),
      };
      process.stdout.write(json ? jsonLine({ ...machine, engines }) : lines(machine, engines));
    });

  program
    .command("probe-engine", { hidden: true })
    .argument("<engine>")
    .argument("<device>")
    .action(async (engine: string, device: string) => {
      const { probe } = await import("./doctor/probe.ts");
      process.stdout.write(`${JSON.stringify(await probe({ engine, device } as EngineName))}\n`);
    });
}

interface Machine {
  readonly versions: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly cores: number;
  readonly memory_gb: number;
  readonly free_memory_gb: number;
}

function lines(machine: Machine, engines: readonly (EngineName & ProbeResult)[]): string {
  const described = engines.map(({ engine, device, works, detail }) => {
    return `${`${engine} on ${device}`.padEnd(20)} ${works ? "works" : "does not work"}: ${detail}`;
  });
  const runtimes = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const memory = `${machine.memory_gb} GB of memory, ${machine.free_memory_gb} GB of it free`;
  return `${[`${runtimes.join(", ")}, ${machine.platform}`, `${machine.cores} cores, ${memory}`, ...described].join("\n")}\n`;
}

function gigabytes(bytes: number): number {
  return Math.round(bytes / 1e8) / 10;
}
