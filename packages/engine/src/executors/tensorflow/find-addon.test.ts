import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { findAddon } from "./find-addon.node.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bertie-"));
  vi.stubEnv("BERTIE_NATIVE", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const module = () => join(folder, "packages/engine/dist/module.js");

/** Makes an installed package, with an addon or without. */
function install(modules: string, name = "tfjs-node", { built = true } = {}): string {
  const path = join(folder, modules, "@tensorflow", name);
  const addon = join(path, "lib/napi-v8/tfjs_binding.node");
  mkdirSync(dirname(addon), { recursive: true });
  writeFileSync(join(path, "package.json"), JSON.stringify({ name: `@tensorflow/${name}`, version: "4.22.0" }));
  if (built) writeFileSync(addon, "");
  return addon;
}

it("findAddon() takes a package that the module can import", () => {
  install("native/tensorflow/node_modules");
  const addon = install("node_modules");
  expect(findAddon(module())).toBe(addon);
});

it("findAddon() prefers the package for GPUs", () => {
  install("node_modules");
  const addon = install("node_modules", "tfjs-node-gpu");
  expect(findAddon(module())).toBe(addon);
});

it("findAddon() passes over a package whose install script has not run, and takes what setup:native made", () => {
  install("node_modules", "tfjs-node", { built: false });
  const addon = install("native/tensorflow/node_modules");
  expect(findAddon(module())).toBe(addon);
});

it("findAddon() looks only where it is told to, if it is told", () => {
  install("node_modules");
  expect(findAddon(module(), join(folder, "elsewhere"))).toBeUndefined();
  const addon = install("elsewhere/tensorflow/node_modules");
  expect(findAddon(module(), join(folder, "elsewhere"))).toBe(addon);
});

it("findAddon() takes what was set up with CUDA for a GPU, and either where there is no other", () => {
  const gpu = install("native/tensorflow-gpu/node_modules");
  expect(findAddon(module(), undefined, "cuda")).toBe(gpu);
  expect(findAddon(module(), undefined, "cpu")).toBe(gpu);
  const cpu = install("native/tensorflow/node_modules");
  expect(findAddon(module(), undefined, "cuda")).toBe(gpu);
  expect(findAddon(module(), undefined, "cpu")).toBe(cpu);
});

it("findAddon() finds none where there is none", () => {
  expect(findAddon(module())).toBeUndefined();
});
