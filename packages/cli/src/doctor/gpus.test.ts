import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { listGpus } from "./gpus.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bertie-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const sources = () => ({ cards: join(folder, "drm"), nvidiaSmi: join(folder, "nvidia-smi"), platform: "linux x64" });

it("listGpus() returns an empty list on a machine without a GPU", () => {
  expect(listGpus(sources())).toEqual([]);
});

it("listGpus() lists the cards that Linux lists, without displays", () => {
  write("drm/card0/device/vendor", "0x1002\n");
  write("drm/card0/device/device", "0x744c\n");
  write("drm/card0/device/mem_info_vram_total", `${24 * 2 ** 30}\n`);
  write("drm/card0-DP-1/device/vendor", "0x1002\n");
  write("drm/card1/device/vendor", "0x10de\n");
  write("drm/card2/device/vendor", "0x1234\n");
  expect(listGpus(sources())).toEqual(["AMD 0x744c, 24576 MiB", "NVIDIA"]);
});

it.skipIf(process.platform === "win32")("listGpus() reads details from nvidia-smi, and numbers NVIDIA's GPUs", () => {
  write("drm/card0/device/vendor", "0x10de\n");
  const line = (name: string) => `echo "${name}, 81559 MiB, 550.54"`;
  chmodSync(write("nvidia-smi", `#!/bin/sh\n${line("NVIDIA H100")}\n${line("NVIDIA A100")}\n`), 0o755);
  expect(listGpus(sources())).toEqual([
    "cuda:0 is NVIDIA H100, 81559 MiB, driver 550.54",
    "cuda:1 is NVIDIA A100, 81559 MiB, driver 550.54",
  ]);
});

it("listGpus() lists the GPU of a Mac with Apple silicon", () => {
  expect(listGpus({ ...sources(), platform: "darwin arm64" })).toEqual(["Apple GPU, through Metal"]);
});
