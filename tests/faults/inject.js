// Makes a file operation of this process fail, or kills the process at it. `node --import tests/faults/inject.js …` with
// BERTIE_FAULT={"under": FOLDER, "at": N, "what": "ENOSPC" | "EIO" | "EACCES" | "SIGKILL"} does so at the N-th operation,
// counted from 1, on files under the folder; a program in the process may call the functions instead.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";

const FUNCTIONS =
  "copyFile link mkdir open readFile readdir realpath rename rm rmdir stat unlink writeFile truncate lstat".split(" ");
const METHODS = "close datasync read readFile sync truncate write writeFile writev".split(" ");

let fault = { under: "/", at: 0, what: "" };
let count = 0;
/** The path of each handle that was opened under the folder. */
const paths = new WeakMap();

/** From now on, the operation with this number fails; with 0 none does. */
export function arm(next) {
  fault = next;
  count = 0;
}

/** How many operations there were since. */
export function operations() {
  return count;
}

/** Counts an operation; true if it is to fail. */
function isDue(path) {
  if (typeof path !== "string" || !path.startsWith(fault.under)) return false;
  count++;
  return count === fault.at;
}

function fail(syscall, path) {
  if (fault.what === "SIGKILL") process.kill(process.pid, "SIGKILL");
  const error = new Error(`${fault.what}: injected at operation ${fault.at}, ${syscall} '${path}'`);
  throw Object.assign(error, { code: fault.what, syscall, path });
}

const { promises } = fs;
for (const name of FUNCTIONS) {
  const original = promises[name];
  promises[name] = async (path, ...rest) => {
    if (isDue(path)) fail(name, path);
    const result = await original(path, ...rest);
    if (name === "open" && typeof path === "string" && path.startsWith(fault.under)) paths.set(result, path);
    return result;
  };
}

const handle = await promises.open(new URL(import.meta.url));
const prototype = Object.getPrototypeOf(handle);
for (const name of METHODS) {
  const original = prototype[name];
  prototype[name] = async function (...args) {
    const path = paths.get(this);
    if (isDue(path)) {
      // What cannot be written whole is often written in part.
      if (name === "writeFile") await original.call(this, args[0].subarray(0, args[0].length >> 1));
      if (name === "close") await original.call(this);
      fail(name, path);
    }
    return original.apply(this, args);
  };
}
await handle.close();
syncBuiltinESMExports();

if (process.env.BERTIE_FAULT) arm(JSON.parse(process.env.BERTIE_FAULT));
