// Builds the documentation site, and serves it:
//   npm run docs                   builds it and serves it on this machine
//   npm run docs -- --build        only builds it, into docs/.vitepress/dist, which any static host can serve from any folder
//   npm run docs -- --port 8080    serves it on this port (default: 4173)
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serveFolder } from "./docs/serve.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const docs = `${root}docs`;
const { values } = parseArgs({ options: { build: { type: "boolean" }, port: { type: "string", default: "4173" } } });

/** Runs a program. If it fails, prints its output and exits. */
function run(what, command, args, cwd = root) {
  console.log(what);
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, stdio: "pipe", encoding: "utf8" });
  if (status === 0) return stdout + stderr;
  process.stderr.write(stdout + stderr);
  process.exit(1);
}

/** Returns whether docs/node_modules matches docs/package-lock.json: npm writes a lockfile into node_modules at each installation. */
function isInstalled() {
  const installed = `${docs}/node_modules/.package-lock.json`;
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${docs}/package-lock.json`).mtimeMs;
}

run("building the packages", process.execPath, ["scripts/build.js", "--quiet"]);
if (!isInstalled()) run("installing the site's tools", "npm", ["ci", "--no-audit", "--no-fund"], docs);
rmSync(`${docs}/reference/api`, { recursive: true, force: true });
const notes = run("writing the API reference", process.execPath, ["node_modules/typedoc/bin/typedoc"], docs);
const warnings = notes.split("\n").filter((line) => /warning/.test(line) && !/Found \d+ errors/.test(line));
for (const warning of warnings) console.log(`  ${warning}`);
run("building the site", process.execPath, ["node_modules/vitepress/bin/vitepress.js", "build", "."], docs);

if (!values.build) {
  try {
    const { url } = await serveFolder(`${docs}/.vitepress/dist`, { port: Number(values.port) });
    console.log(`serving the documentation on ${url} (end with Ctrl+C)`);
  } catch (error) {
    if (error.code !== "EADDRINUSE") throw error;
    console.error(`port ${values.port} is in use. Choose another port: npm run docs -- --port 8080`);
    process.exitCode = 1;
  }
}
