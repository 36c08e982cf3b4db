// Builds all packages with turbo, which skips unchanged packages.
//   node scripts/build.js [--quiet]     --quiet: print the output only if the build fails
// With BERTIE_BUILT=true it does nothing: scripts/check.sh builds once for checks that run at the same time.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

if (process.env.BERTIE_BUILT === "true") process.exit();

const quiet = process.argv.includes("--quiet");
const turbo = fileURLToPath(import.meta.resolve("turbo/bin/turbo"));
const { status, stdout, stderr } = spawnSync(process.execPath, [turbo, "run", "build"], {
  stdio: quiet ? "pipe" : "inherit",
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
});
process.exitCode = status ?? 1;
if (quiet && status !== 0) process.stderr.write(Buffer.concat([stdout, stderr]));

// Neither the compiler nor turbo, which restores outputs from its cache, deletes the outputs of renamed or deleted sources.
const packages = fileURLToPath(new URL("../packages", import.meta.url));
for (const name of readdirSync(packages)) {
  const [src, dist] = ["src", "dist"].map((folder) => join(packages, name, folder));
  if (!existsSync(join(dist, "index.js"))) continue;
  const outputs = readdirSync(dist, { recursive: true }).filter((file) => /(\.d\.ts|\.js)(\.map)?$/.test(file));
  const hasSource = (file) => existsSync(join(src, file.replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts")));
  // scripts/bundle.js splits the page into parts, which import each other by their names.
  const parts = outputs.filter((file) => /^page[^/\\]*\.js$/.test(file));
  const imports = parts.map((file) => readFileSync(join(dist, file), "utf8"));
  const isPart = (file) => imports.some((text) => text.includes(`"./${file.replace(/\.map$/, "")}"`));
  const orphans = outputs.filter((file) => !hasSource(file) && !isPart(file));
  for (const file of orphans) rmSync(join(dist, file));
}
