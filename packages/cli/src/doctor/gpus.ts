import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { outputOf } from "./output-of.ts";

const VENDORS: Readonly<Record<string, string>> = { "0x1002": "AMD", "0x8086": "Intel", "0x10de": "NVIDIA" };
const COLUMNS = ["name", "memory.total", "driver_version"];

interface Places {
  /** The folder in which Linux lists graphics cards. */
  readonly cards?: string;
  /** NVIDIA's own command. */
  readonly nvidiaSmi?: string;
  readonly platform?: string;
}

/** The GPUs that the system knows of, a line each, whether or not anything can compute on them. */
export function listGpus({ cards = "/sys/class/drm", nvidiaSmi = "nvidia-smi", platform }: Places = {}): string[] {
  const nvidia = nvidiaGpus(nvidiaSmi);
  const others = linuxCards(cards).filter((card) => nvidia.length === 0 || !card.startsWith("NVIDIA"));
  const apple = (platform ?? `${process.platform} ${process.arch}`) === "darwin arm64" ? ["Apple's, by Metal"] : [];
  return [...nvidia, ...others, ...apple];
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
  return listOf(folder)
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

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
