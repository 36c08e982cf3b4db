import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import process from "node:process";

const PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"];
/** Folders of `native/` by device, in order of preference. The build of the other device is the fallback. */
const FOLDERS = { cpu: ["tensorflow", "tensorflow-gpu"], cuda: ["tensorflow-gpu", "tensorflow"] };
const ADDON = "lib/napi-v8/tfjs_binding.node";

/**
 * Returns the path of TensorFlow's addon; undefined if it is not installed. If the environment variable BERTIE_NATIVE
 * is set, only its folder is searched. Otherwise, the packages that the module can import take precedence over the
 * folder `native` of this repository, where `npm run setup:native` installs the addon.
 *
 * @param from path of the importing module
 * @param native folder to search instead
 * @param device device whose build is preferred
 */
export function findAddon(
  from: string,
  native = process.env.BERTIE_NATIVE,
  device: keyof typeof FOLDERS = "cpu",
): string | undefined {
  const candidates =
    native === undefined
      ? [...addonsOfPackages(from), ...addonsInParents(from, device)]
      : addonsInFolder(resolve(native), device);
  return candidates.find((path) => existsSync(path));
}

/** Returns the addon paths of installed packages. The file does not exist if a package's install script did not run. */
function addonsOfPackages(from: string): string[] {
  const { resolve } = createRequire(from);
  return PACKAGES.flatMap((name) => {
    try {
      return [join(dirname(resolve(`${name}/package.json`)), ADDON)];
    } catch {
      return [];
    }
  });
}

/** Returns the addon paths in the folder `native` of each parent folder. */
function addonsInParents(from: string, device: keyof typeof FOLDERS): string[] {
  const parent = dirname(from);
  if (parent === from) return [];
  return [...addonsInFolder(join(parent, "native"), device), ...addonsInParents(parent, device)];
}

function addonsInFolder(native: string, device: keyof typeof FOLDERS): string[] {
  return FOLDERS[device].flatMap((folder) => PACKAGES.map((name) => join(native, folder, "node_modules", name, ADDON)));
}
