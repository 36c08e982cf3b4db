// Builds all packages by turbo, which does nothing where nothing changed. Its telemetry stays off.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const turbo = fileURLToPath(import.meta.resolve("turbo/bin/turbo"));
const options = { stdio: "inherit", env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" } };
const { status } = spawnSync(process.execPath, [turbo, "run", "build", ...process.argv.slice(2)], options);
process.exitCode = status ?? 1;
