// Adds packages for other platforms to a lockfile that the registry in use does not have:
//   node scripts/complete-lockfile.js [docs/package-lock.json]     default: package-lock.json
//
// If a registry lacks, for example, the macOS package of a tool, `npm install` omits it from the lockfile, and `npm ci` then
// rejects the lockfile on every machine. This script adds an entry with the version that the tool requires. Run it after
// `npm install`; a test in tests/conventions fails if it is needed.
import { readFileSync, writeFileSync } from "node:fs";

const [path = "package-lock.json"] = process.argv.slice(2);
const file = new URL(`../${path}`, import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));

/** Derives the platform fields of a package from its name, such as "@deno/linux-arm64-glibc". */
function platformOf(name) {
  const words = name.split(/[/-]/).map((word) => ({ windows: "win32", 64: "x64" })[word] ?? word);
  const known = (all) => words.filter((word) => all.includes(word));
  const cpu = known(["arm64", "x64"]);
  const os = known(["android", "darwin", "linux", "win32"]);
  const libc = known(["glibc", "musl"]);
  if (cpu.length !== 1 || os.length !== 1) throw new Error(`${name}: cannot derive the platform from the name`);
  return { cpu, os, libc: libc.length > 0 ? libc : undefined };
}

for (const { dev, optionalDependencies = {} } of Object.values(lock.packages))
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`))) continue;
    const { cpu, os, libc } = platformOf(name);
    lock.packages[`node_modules/${name}`] = { version, cpu, dev, libc, optional: true, os };
    console.log(`added ${name} ${version}`);
  }

const byPath = ([a], [b]) => a.localeCompare(b, "en");
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(byPath));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
