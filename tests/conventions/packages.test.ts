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

it("the table of allowed imports lists every package", () => {
  expect(readdirSync(`${root}packages`).sort()).toEqual([...packages].sort());
});

describe.each(packages)("package %s", (name) => {
  const manifest = manifestOf(name);
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  const imports = shippedSources(name).flatMap((source) =>
    importsOf(source).map((entry) => ({ ...entry, path: source.path })),
  );
  const bare = new Set(imports.map(({ specifier }) => packageOf(specifier)).filter((name) => name !== undefined));

  it("imports only the packages that the table allows", () => {
    const siblings = [...bare].filter((name) => name.startsWith("@bertie/")).map((name) => name.slice(8));
    expect(siblings.filter((sibling) => !mayImport[name]!.includes(sibling))).toEqual([]);
  });

  it("imports other packages only through their exports", () => {
    const isPublic = (specifier: string) => {
      const [, sibling, path] = /^@bertie\/([^/]+)\/(.+)/.exec(specifier) ?? [];
      return sibling === undefined || `./${path}` in manifestOf(sibling).exports;
    };
    expect(imports.filter(({ specifier }) => !isPublic(specifier))).toEqual([]);
    expect(imports.filter(({ specifier }) => /^(\.\.\/)+(packages|node_modules)\//.test(specifier))).toEqual([]);
  });

  it("declares exactly the packages that it imports", () => {
    // Programs install an engine themselves, except where a package installs it for them.
    const engines = Object.keys(manifestOf("engine").peerDependencies ?? {});
    const installed = Object.keys(manifest.dependencies ?? {}).filter((name) => engines.includes(name));
    expect(Object.keys(declared).sort()).toEqual([...new Set([...bare, ...installed])].sort());
  });

  it("pins the versions of its dependencies, except for libraries of the program that uses the package", () => {
    const { dependencies = {}, peerDependencies = {} } = manifest;
    expect(Object.values(dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(Object.values(peerDependencies).filter((version) => !/^\^?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
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

  it.runIf(libraries.includes(name))(
    "exports the built entry point, and its source under the condition bertie-source",
    () => {
      expect(manifest.exports["."]).toMatchObject({
        "bertie-source": "./src/index.ts",
        types: "./dist/index.d.ts",
        default: "./dist/index.js",
      });
    },
  );

  it("is published only if it is a library, and includes the license", () => {
    expect(manifest.private ?? false).toBe(!libraries.includes(name));
    expect(manifest).toMatchObject({ license: "Apache-2.0", engines: { node: ">=20.19" } });
    expect(readFileSync(`${root}packages/${name}/LICENSE`, "utf8")).toBe(readFileSync(`${root}LICENSE`, "utf8"));
  });
});

// In these packages, biome.json forbids Node's modules and globals except in files named *.node.ts.
it.each(browserPackages)("package %s imports files named *.node.ts only dynamically", (name) => {
  const sources = shippedSources(name).filter(({ path }) => !path.endsWith(".node.ts"));
  const staticImports = sources.flatMap((source) => importsOf(source).filter(({ dynamic }) => !dynamic));
  expect(staticImports.filter(({ specifier }) => specifier.endsWith(".node.ts"))).toEqual([]);
});
