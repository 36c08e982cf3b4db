import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import process from "node:process";

const PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"];
/** Folders of `native/`: with CUDA, and without. Either serves both, as far as it can. */
const PARTS = { cpu: ["tensorflow", "tensorflow-gpu"], cuda: ["tensorflow-gpu", "tensorflow"] };
const ADDON = "lib/napi-v8/tfjs_binding.node";

/**
 * The path of TensorFlow's addon; undefined if there is none. It is looked for in the folder that the environment variable
 * BERTIE_NATIVE names, else among the packages that the module `from` can import, else in the folder `native` of this
 * repository, where `npm run setup:native` puts it.
 *
 * @param device for which one with CUDA is preferred, if that is what was set up
 */
export function findAddon(
  from: string,
  native = process.env.BERTIE_NATIVE,
  device: keyof typeof PARTS = "cpu",
): string | undefined {
  const places =
    native === undefined ? [...installed(from), ...above(from, device)] : inFolder(resolve(native), device);
  return places.find((path) => existsSync(path));
}

/** The packages as Node finds them; one whose install script has not run has no addon. */
function installed(from: string): string[] {
  const { resolve } = createRequire(from);
  return PACKAGES.flatMap((name) => {
    try {
      return [join(dirname(resolve(`${name}/package.json`)), ADDON)];
    } catch {
      return [];
    }
  });
}

function above(from: string, device: keyof typeof PARTS): string[] {
  const parent = dirname(from);
  return parent === from ? [] : [...inFolder(join(parent, "native"), device), ...above(parent, device)];
}

function inFolder(native: string, device: keyof typeof PARTS): string[] {
  return PARTS[device].flatMap((part) => PACKAGES.map((name) => join(native, part, "node_modules", name, ADDON)));
}
