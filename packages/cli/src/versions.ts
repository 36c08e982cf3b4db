import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";

/** Returns the versions of Bertie, of the JavaScript runtime, and of ONNX Runtime if it is installed. */
export function versions(): Record<string, string> {
  const { node = "", deno } = process.versions as { node?: string; deno?: string };
  return { bertie: bertieVersion(), ...(deno === undefined ? { node } : { deno }), ...onnxRuntimeVersion() };
}

export function bertieVersion(): string {
  return versionIn(new URL("../package.json", import.meta.url));
}

function onnxRuntimeVersion(): Record<string, string> {
  try {
    const entry = createRequire(import.meta.resolve("@bertie/engine")).resolve("onnxruntime-node/package.json");
    return { onnxruntime: versionIn(entry) };
  } catch {
    return {};
  }
}

function versionIn(packageFile: string | URL): string {
  return (JSON.parse(readFileSync(packageFile, "utf8")) as { version: string }).version;
}
