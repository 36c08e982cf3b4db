// Publishes the libraries to JSR from a temporary copy of HEAD:  node scripts/publish-jsr.js [--dry-run]
// A package's name, version and entry points come from its package.json, so no jsr.json is maintained by hand.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const excluded = ["dist", "fixtures", "native", "rust", "src/testing", "**/*.test.ts"];
const copy = mkdtempSync(join(tmpdir(), "bertie-jsr-"));

try {
  run("git", ["clone", "--quiet", root, copy]);
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const workspace = readdirSync(join(copy, "packages")).filter(writeManifest);
  const { imports, tasks, ...config } = readJson("deno.json");
  const members = workspace.map((name) => `./packages/${name}`);
  writeJson("deno.json", { ...config, workspace: members });
  // --allow-dirty: the manifests are not committed.
  run("npx", ["deno", "publish", "--allow-dirty", ...process.argv.slice(2)], copy);
} finally {
  rmSync(copy, { recursive: true });
}

/** Writes a package's jsr.json. Returns false for the packages that JSR does not have: private ones and the command line. */
function writeManifest(name) {
  const { private: isPrivate, name: npmName, version, license, exports } = readJson(`packages/${name}/package.json`);
  if (isPrivate || name === "cli") return false;
  const sources = Object.entries(exports).map(([path, target]) => [path, sourceOf(target)]);
  writeJson(`packages/${name}/jsr.json`, {
    name: npmName.startsWith("@") ? npmName : `@bertie/${npmName}`,
    version,
    license,
    exports: Object.fromEntries(sources.filter(([, source]) => source !== undefined)),
    publish: { exclude: excluded },
  });
  return true;
}

/** Returns the TypeScript source of an entry point, or undefined for a generated file. */
function sourceOf(target) {
  return target["bertie-source"] ?? target.node?.["bertie-source"];
}

function readJson(path) {
  return JSON.parse(readFileSync(join(copy, path), "utf8"));
}

function writeJson(path, value) {
  writeFileSync(join(copy, path), `${JSON.stringify(value, null, 2)}\n`);
}

function run(command, args, cwd = root) {
  const { status } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed with exit code ${status}`);
}
