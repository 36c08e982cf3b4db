import { hasFileSystem } from "@bertie/common";
import type { HubOptions } from "./hub-options.ts";

/** Options with their defaults. */
export interface HubSettings extends Required<Omit<HubOptions, "token" | "cacheDir">> {
  readonly token: string | undefined;
  readonly cacheDir: string | undefined;
}

const DEFAULTS = {
  endpoint: "https://huggingface.co",
  token: undefined,
  cacheDir: undefined,
  offline: false,
  timeoutMs: 10_000,
  retries: 5,
  onEvent: () => {},
} satisfies HubSettings;

/** Returns the settings: the options, otherwise the environment variables, otherwise the defaults. */
export async function settingsOf(options: HubOptions): Promise<HubSettings> {
  const environment = hasFileSystem() ? (await import("./settings.node.ts")).environmentSettings() : {};
  const merged = { ...DEFAULTS, ...environment, ...options };
  return { ...merged, endpoint: merged.endpoint.replace(/\/+$/, "") };
}
