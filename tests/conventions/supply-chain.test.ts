import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { importsOf, libraries, root, shippedSources } from "./sources.ts";

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const read = (path: string) => readFileSync(`${root}${path}`, "utf8");
const folders = readdirSync(`${root}packages`).filter((name) =>
  readdirSync(`${root}packages/${name}`).includes("package.json"),
);
const lockfiles = [
  "package-lock.json",
  "docs/package-lock.json",
  "examples/cloudflare-worker/package-lock.json",
  "examples/nextjs-route/package-lock.json",
  "tests/matrix/package-lock.json",
];
const manifests = ["package.json", "docs/package.json", ...folders.map((name) => `packages/${name}/package.json`)].map(
  (path) => JSON.parse(read(path)) as Manifest,
);
const security = read("SECURITY.md");

describe("the supply chain", () => {
  it("has no install scripts in this repository's packages", () => {
    const automatic = /^(pre|post)?(install|prepare|prepublish|pack)$|^dependencies$/;
    const installScripts = manifests.flatMap(({ name, scripts = {} }) =>
      Object.keys(scripts)
        .filter((script) => automatic.test(script))
        .map((script) => `${name}: ${script}`),
    );
    expect(installScripts).toEqual([]);
  });

  it.each(lockfiles)("has no unlisted install scripts in dependencies: %s", (lockfile) => {
    const { packages } = JSON.parse(read(lockfile)) as {
      packages: Record<string, { hasInstallScript?: boolean; optional?: boolean }>;
    };
    const scripted = Object.entries(packages).filter(([, entry]) => entry.hasInstallScript && !entry.optional);
    const known = ["deno", "esbuild", "onnxruntime-node", "protobufjs", "sharp", "workerd"];
    const tools = ["@parcel/watcher", "@swc/core", "bun", "lmdb"]; // of tests/matrix, whose .npmrc ignores scripts
    expect(
      scripted
        .map(([path]) => path.split("node_modules/").at(-1))
        .filter((name) => ![...known, ...tools].includes(name!)),
    ).toEqual([]);
  });

  // A tool's builds for other platforms are not shipped, and a registry may lack them.
  it.each(lockfiles)("has a hash for every package of %s, except builds for other platforms", (lockfile) => {
    const { packages } = JSON.parse(read(lockfile)) as {
      packages: Record<string, { integrity?: string; link?: boolean; dev?: boolean; optional?: boolean }>;
    };
    const installed = Object.entries(packages).filter(
      ([path, { link, dev, optional }]) => path.includes("node_modules/") && !link && !(dev && optional),
    );
    expect(installed.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? "")).map(([path]) => path)).toEqual(
      [],
    );
  });

  it("is listed in SECURITY.md, with a reason for each published dependency", () => {
    const shipped = manifests
      .filter((manifest) => !manifest.private)
      .flatMap(({ dependencies, peerDependencies }) => Object.keys({ ...dependencies, ...peerDependencies }))
      .filter((name) => !name.startsWith("@bertie/"));
    expect(shipped.length).toBeGreaterThan(0);
    expect(shipped.filter((name) => !security.includes(`| \`${name}\` | `))).toEqual([]);
    const crates = ["rust", "native"].flatMap((folder) => {
      const [, section = ""] = read(`packages/tokenizer-wasm/${folder}/Cargo.toml`).split(/^\[dependencies\]$/m);
      const shippedPart = section.split("[dev-dependencies]")[0]!;
      return [...shippedPart.matchAll(/^([\w-]+) = .*\d/gm)].map(([, name]) => name!);
    });
    expect(crates).toContain("memchr");
    expect(crates.filter((name) => !security.includes(`\`${name}\``))).toEqual([]);
  });

  it("opens no connection, except to the hub and to addresses that a program passes, and listens only in the server", () => {
    const sources = libraries.flatMap(shippedSources);
    const network = /^node:(https?2?|net|tls|dgram|dns)\b|^(undici|ws)$/;
    const found = sources.filter(
      (source) =>
        /\b(fetch|sendBeacon)\(|\b(WebSocket|XMLHttpRequest|EventSource|Deno\.connect)\b/.test(source.text) ||
        importsOf(source).some(({ specifier }) => network.test(specifier)),
    );
    expect(sources.length).toBeGreaterThan(100);
    const readsAddresses =
      /^packages\/(hub\/src\/request|stores\/src\/(connection|s3-request|temporary-keys)|tokenizer-wasm\/src\/load|classifier\/src\/(remote-file|model-input|data\/examples))\.ts$/;
    const listens = /^packages\/server\/src\/(listen|server)\.ts$/;
    const others = found.filter(({ path }) => !readsAddresses.test(path) && !listens.test(path));
    expect(others.map(({ path }) => path)).toEqual([]);
  });

  it("pins the actions of workflows by their full hash", () => {
    const workflows = readdirSync(`${root}.github/workflows`).map((name) => read(`.github/workflows/${name}`));
    const used = workflows.flatMap((text) => [...text.matchAll(/\buses: (\S+)/g)].map(([, action]) => action!));
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });
});
