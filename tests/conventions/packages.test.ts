import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  browserPackages,
  importsOf,
  libraries,
  type Manifest,
  manifestOf,
  mayImport,
  packageOf,
  packages,
  root,
  shippedSources,
} from "./sources.ts";

it("every package has its place in the table of who may know whom", () => {
  expect(readdirSync(`${root}packages`).sort()).toEqual([...packages].sort());
});

describe.each(packages)("package %s", (name) => {
  const manifest = manifestOf(name);
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  const imports = shippedSources(name).flatMap((source) =>
    importsOf(source).map((found) => ({ ...found, path: source.path })),
  );
  const bare = new Set(imports.map(({ specifier }) => packageOf(specifier)).filter((found) => found !== undefined));

  it("imports only the packages below it", () => {
    const siblings = [...bare].filter((found) => found.startsWith("@bertie/")).map((found) => found.slice(8));
    expect(siblings.filter((sibling) => !mayImport[name]!.includes(sibling))).toEqual([]);
  });

  it("imports other packages by their public face", () => {
    const isPublic = (specifier: string) => {
      const [, sibling, path] = /^@bertie\/([^/]+)\/(.+)/.exec(specifier) ?? [];
      return sibling === undefined || `./${path}` in manifestOf(sibling).exports;
    };
    expect(imports.filter(({ specifier }) => !isPublic(specifier))).toEqual([]);
    expect(imports.filter(({ specifier }) => /^(\.\.\/)+(packages|node_modules)\//.test(specifier))).toEqual([]);
  });

  it("declares what it imports, and nothing else", () => {
    expect(Object.keys(declared).sort()).toEqual([...bare].sort());
  });

  it("pins what it depends on", () => {
    expect(Object.values(declared).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it("has the version of all packages, and names its repository folder, homepage and keywords", () => {
    const whole = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Manifest;
    expect(manifest.version).toBe(manifestOf("bertie").version);
    expect(manifest.repository).toEqual({ ...whole.repository, directory: `packages/${name}` });
    expect(manifest.homepage).toBe(whole.homepage?.replace("#", `/tree/main/packages/${name}#`));
    expect(manifest.keywords?.length).toBeGreaterThan(2);
  });

  it.runIf(libraries.includes(name))("has a README", () => {
    expect(readFileSync(`${root}packages/${name}/README.md`, "utf8")).toMatch(/^# /);
  });

  it.runIf(libraries.includes(name))("offers its public face, built, and in this repository as source", () => {
    expect(manifest.exports["."]).toMatchObject({
      "bertie-source": "./src/index.ts",
      types: "./dist/index.d.ts",
      default: "./dist/index.js",
    });
  });

  it("is published if it is a library, and carries the license", () => {
    expect(manifest.private ?? false).toBe(!libraries.includes(name));
    expect(manifest).toMatchObject({ license: "Apache-2.0", engines: { node: ">=20.19" } });
    expect(readFileSync(`${root}packages/${name}/LICENSE`, "utf8")).toBe(readFileSync(`${root}LICENSE`, "utf8"));
  });
});

// Biome forbids Node's modules and globals in all files of these but those named *.node.ts (biome.json).
it.each(browserPackages)("package %s loads files named *.node.ts only when they are called for", (name) => {
  const sources = shippedSources(name).filter(({ path }) => !path.endsWith(".node.ts"));
  const fixed = sources.flatMap((source) => importsOf(source).filter(({ dynamic }) => !dynamic));
  expect(fixed.filter(({ specifier }) => specifier.endsWith(".node.ts"))).toEqual([]);
});
