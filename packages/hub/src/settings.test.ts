import { mkdtempSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { environmentSettings } from "./settings.node.ts";

it("environmentSettings() reads the variables of Python's huggingface_hub", () => {
  const home = mkdtempSync(join(tmpdir(), "bertie-hub-"));
  writeFileSync(join(home, "token"), "saved\n");
  expect(environmentSettings({ HF_HOME: home })).toEqual({
    cacheDir: join(home, "hub"),
    offline: false,
    token: "saved",
  });
  expect(environmentSettings({ HF_HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).token).toBeUndefined();
  expect(
    environmentSettings({
      ...{ HF_HOME: home, HF_HUB_CACHE: "/cache", HF_TOKEN: " given ", HF_ENDPOINT: "https://mirror.example" },
      ...{ HF_HUB_OFFLINE: "yes", HF_HUB_DOWNLOAD_TIMEOUT: "30" },
    }),
  ).toEqual({
    cacheDir: "/cache",
    offline: true,
    token: "given",
    endpoint: "https://mirror.example",
    timeoutMs: 30_000,
  });
});

it("environmentSettings() uses ~/.cache/huggingface without variables", () => {
  expect(environmentSettings({})).toMatchObject({
    cacheDir: join(homedir(), ".cache/huggingface/hub"),
    offline: false,
  });
  expect(environmentSettings({ XDG_CACHE_HOME: "/x" }).cacheDir).toBe(join("/x", "huggingface/hub"));
});
