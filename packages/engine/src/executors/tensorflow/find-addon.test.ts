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

/** Creates an installed package and returns the path of its addon, which is omitted with built: false. */
function install(modules: string, name = "tfjs-node", { built = true } = {}): string {
  const path = join(folder, modules, "@tensorflow", name);
  const addon = join(path, "lib/napi-v8/tfjs_binding.node");
  mkdirSync(dirname(addon), { recursive: true });
  writeFileSync(join(path, "package.json"), JSON.stringify({ name: `@tensorflow/${name}`, version: "4.22.0" }));
  if (built) writeFileSync(addon, "");
  return addon;
}

it("findAddon() returns the addon of a package that the module can import", () => {
  install("native/tensorflow/node_modules");
  const addon = install("node_modules");
  expect(findAddon(module())).toBe(addon);
});

it("findAddon() prefers an importable package for GPUs", () => {
  install("node_modules");
  const addon = install("node_modules", "tfjs-node-gpu");
  expect(findAddon(module())).toBe(addon);
});

it("findAddon() skips a package whose install script did not run, and finds the addon of setup:native", () => {
  install("node_modules", "tfjs-node", { built: false });
  const addon = install("native/tensorflow/node_modules");
  expect(findAddon(module())).toBe(addon);
});

it("findAddon() searches only the given folder if there is one", () => {
  install("node_modules");
  expect(findAddon(module(), join(folder, "elsewhere"))).toBeUndefined();
  const addon = install("elsewhere/tensorflow/node_modules");
  expect(findAddon(module(), join(folder, "elsewhere"))).toBe(addon);
});

it("findAddon() prefers the build for the device, and falls back to the other build", () => {
  const gpu = install("native/tensorflow-gpu/node_modules");
  expect(findAddon(module(), undefined, "cuda")).toBe(gpu);
  expect(findAddon(module(), undefined, "cpu")).toBe(gpu);
  const cpu = install("native/tensorflow/node_modules");
  expect(findAddon(module(), undefined, "cuda")).toBe(gpu);
  expect(findAddon(module(), undefined, "cpu")).toBe(cpu);
});

it("findAddon() returns undefined if there is no addon", () => {
  expect(findAddon(module())).toBeUndefined();
});
