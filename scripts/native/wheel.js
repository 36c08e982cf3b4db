// Downloads wheels from PyPI and unpacks native libraries from them. Python runs only pip and the scripts below.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run, SetupError } from "./run.js";

/** Extracts the files whose names match a pattern. Arguments: archive, target folder, pattern. */
const UNPACK = `
import re, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
archive.extractall(sys.argv[2], [name for name in archive.namelist() if re.match(sys.argv[3], name)])`;
const METADATA = `
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
[name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
print(archive.read(name).decode())`;
/** Time limit of a download. Some wheels are larger than 500 MB. */
const SECONDS = 3600;

/**
 * Downloads a wheel for this system and returns its path.
 *
 * @param requirement a requirement such as `numpy==2.0.0`
 * @param scratch path of a new folder for the wheel
 */
export async function downloadWheel(requirement, scratch) {
  mkdirSync(scratch);
  // The native libraries are the same for all versions of Python, so any version can be requested.
  const selection = ["--no-deps", "--only-binary=:all:", "--python-version=3.11"];
  const options = ["-m", "pip", "download", "--quiet", ...selection, "--dest", scratch, requirement];
  await run(await findPython(), options, { seconds: SECONDS });
  return join(scratch, readdirSync(scratch)[0]);
}

/** Unpacks the files whose names match, and deletes the wheel. */
export async function unpackWheel(wheel, folder, names) {
  await run(await findPython(), ["-c", UNPACK, wheel, folder, names.source]);
  rmSync(wheel);
}

/** Returns the requirements of a wheel's extra, with versions. */
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
  throw new SetupError("pip is not installed. Install it (Debian: apt-get install python3-pip).");
}
