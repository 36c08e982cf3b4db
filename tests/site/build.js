import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the site once for all tests, unless SITE_BUILT says that it is current. */
export function setup() {
  if (process.env.SITE_BUILT) return;
  execFileSync(process.execPath, ["scripts/docs.js", "--build"], { cwd: root, stdio: "inherit" });
}
