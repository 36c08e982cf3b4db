// PyPI's wheels as archives of native libraries: no Python program runs but pip, and what opens the archive.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Fault, run } from "./run.js";

/** Where pip is, Python is, and it knows how to open a wheel: archive, target folder, what names look like. */
const UNPACK = `
import re, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
archive.extractall(sys.argv[2], [name for name in archive.namelist() if re.match(sys.argv[3], name)])`;
const METADATA = `
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
[name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
print(archive.read(name).decode())`;
/** Some are larger than half a gigabyte. */
const SECONDS = 3600;

/**
 * Downloads a wheel for this system.
 *
 * @param requirement such as `numpy==2.0.0`
 * @param scratch an own folder for it
 * @returns its path
 */
export async function downloadWheel(requirement, scratch) {
  mkdirSync(scratch);
  // The libraries in it are the same for all versions of Python: which of them is here does not matter.
  const which = ["--no-deps", "--only-binary=:all:", "--python-version=3.11"];
  const options = ["-m", "pip", "download", "--quiet", ...which, "--dest", scratch, requirement];
  await run(await findPython(), options, { seconds: SECONDS });
  return join(scratch, readdirSync(scratch)[0]);
}

/** Unpacks the files whose names match, and deletes the wheel. */
export async function unpackWheel(wheel, folder, names) {
  await run(await findPython(), ["-c", UNPACK, wheel, folder, names.source]);
  rmSync(wheel);
}

/** The requirements, with their versions, that a wheel has for an extra. */
export async function requirementsOf(wheel, extra) {
  const metadata = await run(await findPython(), ["-c", METADATA, wheel]);
  const lines = metadata.matchAll(/^Requires-Dist: ([\w.-]+) ?\(?(==[\w.]+)\)? ?; extra == ['"]([\w-]+)['"]/gm);
  return [...lines].filter(([, , , of]) => of === extra).map(([, name, version]) => name + version);
}

let python;

async function findPython() {
  for (const name of python ? [] : ["python3", "python"])
    if (await run(name, ["-m", "pip", "--version"]).catch(() => undefined)) python ??= name;
  if (python) return python;
  throw new Fault("pip, which gets TensorFlow from PyPI, is missing: install it (Debian: apt-get install python3-pip)");
}
