// Makes one file operation of this process fail, or kills the process at the operation.
//
// Run `node --import tests/faults/inject.js …` with the environment variable
// BERTIE_FAULT={"under": FOLDER, "at": N, "what": "ENOSPC" | "EIO" | "EACCES" | "SIGKILL"}: the N-th operation on files under
// FOLDER, counted from 1, fails. A program can import this module and call arm() instead.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";

const FUNCTIONS =
  "copyFile link mkdir open readFile readdir realpath rename rm rmdir stat unlink writeFile truncate lstat".split(" ");
const METHODS = "close datasync read readFile sync truncate write writeFile writev".split(" ");

let fault = { under: "/", at: 0, what: "" };
let count = 0;
/** Paths of the open file handles. */
const paths = new WeakMap();

/** Sets the operation that fails, counted from this call; 0 disables failures. */
export function arm(next) {
  fault = next;
  count = 0;
}

/** Returns the number of operations since arm() was called. */
export function operations() {
  return count;
}

/** Counts an operation, and returns whether it must fail. */
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
      // A write that fails has often written a part of the data.
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
