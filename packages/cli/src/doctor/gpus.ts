import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { outputOf } from "./output-of.ts";

const VENDORS: Readonly<Record<string, string>> = { "0x1002": "AMD", "0x8086": "Intel", "0x10de": "NVIDIA" };
const COLUMNS = ["name", "memory.total", "driver_version"];

interface GpuSources {
  /** Directory in which Linux lists graphics cards. */
  readonly cards?: string;
  /** Path or name of NVIDIA's command-line tool. */
  readonly nvidiaSmi?: string;
  /** Operating system and CPU architecture, such as "linux x64". */
  readonly platform?: string;
}

/** Returns the GPUs that the system lists, one line per GPU, whether or not an engine can use them. */
export function listGpus({ cards = "/sys/class/drm", nvidiaSmi = "nvidia-smi", platform }: GpuSources = {}): string[] {
  const nvidia = nvidiaGpus(nvidiaSmi);
  const others = linuxCards(cards).filter((card) => nvidia.length === 0 || !card.startsWith("NVIDIA"));
  const isApple = (platform ?? `${process.platform} ${process.arch}`) === "darwin arm64";
  return [...nvidia, ...others, ...(isApple ? ["Apple GPU, through Metal"] : [])];
}

function nvidiaGpus(command: string): string[] {
  const options = ["--format=csv,noheader", `--query-gpu=${COLUMNS.join()}`];
  const stdout = outputOf(command, options);
  if (stdout === undefined) return [];
  return stdout
    .trim()
    .split("\n")
    .map((line, i) => {
      const [name, memory, driver] = line.split(", ");
      return `cuda:${i} is ${name}, ${memory}, driver ${driver}`;
    });
}

function linuxCards(folder: string): string[] {
  const read = (card: string, file: string) => {
    try {
      return readFileSync(join(folder, card, "device", file), "utf8").trim();
    } catch {
      return undefined;
    }
  };
  return entriesOf(folder)
    .filter((name) => /^card\d+$/.test(name))
    .sort()
    .flatMap((card) => {
      const vendor = VENDORS[read(card, "vendor") ?? ""];
      const memory = Number(read(card, "mem_info_vram_total"));
      if (vendor === undefined) return [];
      const text = `${vendor} ${read(card, "device") ?? ""}`.trim();
      return [memory > 0 ? `${text}, ${Math.round(memory / 2 ** 20)} MiB` : text];
    });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
