import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { HubOptions } from "./hub-options.ts";

/** Returns the settings in the environment variables that Python's huggingface_hub reads, too. */
export function environmentSettings(env: Readonly<Record<string, string | undefined>> = process.env): HubOptions {
  const home = expand(env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "huggingface"));
  const token = isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN) ? undefined : tokenOf(env, home);
  const seconds = Number(env.HF_HUB_DOWNLOAD_TIMEOUT);
  return {
    cacheDir: expand(env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(home, "hub")),
    offline: isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE),
    ...(env.HF_ENDPOINT && { endpoint: env.HF_ENDPOINT }),
    ...(token && { token }),
    ...(seconds > 0 && { timeoutMs: seconds * 1000 }),
  };
}

function tokenOf(env: Readonly<Record<string, string | undefined>>, home: string): string | undefined {
  const token = clean(env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN);
  if (token !== undefined) return token;
  try {
    return clean(readFileSync(expand(env.HF_TOKEN_PATH || join(home, "token")), "utf8"));
  } catch {
    return undefined; // the user has not logged in
  }
}

function clean(token = ""): string | undefined {
  return token.replace(/[\r\n]/g, "").trim() || undefined;
}

function isTrue(value = ""): boolean {
  return ["1", "ON", "YES", "TRUE"].includes(value.toUpperCase());
}

function expand(path: string): string {
  return path.replace(/^~(?=$|[/\\])/, () => homedir());
}
