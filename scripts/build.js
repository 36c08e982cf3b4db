// Builds all packages with turbo, which skips unchanged packages.
//   node scripts/build.js [--quiet]     --quiet: print the output only if the build fails
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const quiet = process.argv.includes("--quiet");
const turbo = fileURLToPath(import.meta.resolve("turbo/bin/turbo"));
const { status, stdout, stderr } = spawnSync(process.execPath, [turbo, "run", "build"], {
  stdio: quiet ? "pipe" : "inherit",
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
});
process.exitCode = status ?? 1;
if (quiet && status !== 0) process.stderr.write(Buffer.concat([stdout, stderr]));
