// A folder in which the commands of the documents run as on a user's machine, without a network: the packed packages are
// installed, and npm, npx, bertie and deno are found first on PATH.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** @returns the environment for commands, a function that makes a folder for a document, and one that removes everything */
export function createSandbox(root) {
  const folder = mkdtempSync(join(tmpdir(), "bertie-documents-"));
  const modules = join(folder, "node_modules");
  installPacked(root, folder, modules);
  const bin = join(folder, "bin");
  writeWrappers(root, bin, modules);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: "1", npm_config_offline: "true" };
  delete env.FORCE_COLOR;
  return {
    folder,
    env,
    /** Makes a folder with the repository's examples, the tiny model of its tests, and the module with the C interface. */
    folderFor(name) {
      const place = join(folder, "pages", name.replaceAll("/", "_"));
      mkdirSync(join(place, "examples"), { recursive: true });
      // Links to the entries, so that files written into examples/ stay in this folder.
      for (const entry of readdirSync(join(root, "examples")))
        symlinkSync(join(root, "examples", entry), join(place, "examples", entry));
      for (const path of ["packages/model/fixtures", "packages/tokenizer-wasm/c-abi"]) {
        mkdirSync(dirname(join(place, path)), { recursive: true });
        symlinkSync(join(root, path), join(place, path));
      }
      return place;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Unpacks the published packages, and links what they depend on from the repository's node_modules. */
function installPacked(root, folder, modules) {
  mkdirSync(join(modules, "@bertie"), { recursive: true });
  const list = execFileSync(
    "npm",
    ["pack", "--workspaces", "--json", "--loglevel=error", "--pack-destination", folder],
    {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    },
  );
  for (const { name, filename } of JSON.parse(list)) {
    if (name === "@bertie/web-demo") continue; // A page, not a library.
    mkdirSync(join(modules, name), { recursive: true });
    execFileSync("tar", ["-xzf", join(folder, filename), "-C", join(modules, name), "--strip-components=1"]);
  }
  const installed = join(root, "node_modules");
  for (const name of readdirSync(installed)) {
    if (name.startsWith(".") || existsSync(join(modules, name))) continue;
    symlinkSync(join(installed, name), join(modules, name));
  }
}

function writeWrappers(root, bin, modules) {
  mkdirSync(bin);
  const npm = execFileSync("which", ["npm"], { encoding: "utf8" }).trim();
  const tools = join(root, "node_modules/.bin");
  const wrappers = {
    bertie: `exec node "${modules}/bertie/bin/bertie.js" "$@"`,
    deno: `exec "${tools}/deno" "$@"`,
    npx: `
while [[ "\${1-}" == -* ]]; do shift; done
tool=\${1%@[0-9]*} && shift
[ "$tool" = bertie ] && exec bertie "$@"
[ -x "node_modules/.bin/$tool" ] && exec "node_modules/.bin/$tool" "$@"
[ -x "${tools}/$tool" ] && exec "${tools}/$tool" "$@"
echo "npx: $tool is not installed, and there is no network" >&2
exit 1`,
    npm: `
case "\${1-}" in install | i | add) shift ;; *) exec "${npm}" "$@" ;; esac
[ -e package.json ] || echo '{}' >package.json
for name in "$@"; do
  [[ "$name" == -* ]] && continue
  name=\${name%@[0-9]*}
  [ -e "${modules}/$name" ] || { echo "npm: $name is not packed here, and there is no network" >&2; exit 1; }
  mkdir -p "$(dirname "node_modules/$name")"
  ln -sfn "${modules}/$name" "node_modules/$name"
done`,
  };
  for (const [name, script] of Object.entries(wrappers)) {
    writeFileSync(join(bin, name), `#!/usr/bin/env bash\nset -euo pipefail\n${script.trim()}\n`);
    chmodSync(join(bin, name), 0o755);
  }
}
