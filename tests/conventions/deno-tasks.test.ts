import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { root } from "./sources.ts";

const { tasks } = JSON.parse(readFileSync(`${root}deno.json`, "utf8")) as { tasks: Record<string, string> };
const guide = readFileSync(`${root}docs/guide/deno.md`, "utf8");

const permissionsOf = (command: string) => command.split(" ").filter((flag) => flag.startsWith("--allow-"));

it.each(Object.entries(tasks))(
  "docs/guide/deno.md lists the permissions of deno task %s, which may not use the network, except for serve",
  (name, command) => {
    const permissions = permissionsOf(command);
    expect(permissions.length).toBeGreaterThan(0);
    const network = permissions.filter((flag) => /^--allow-(all|net)/.test(flag));
    expect(network).toEqual(name === "serve" ? ["--allow-net=127.0.0.1"] : []);
    const row = guide
      .split("\n")
      .find((line) => line.startsWith("| `") && line.includes(`\`${name}\``) && line.includes("--allow-"));
    expect(permissionsOf(row?.replaceAll("`", "") ?? "")).toEqual(permissions);
  },
);
