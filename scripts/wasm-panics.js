// Replaces the functions of Rust's library that panic with traps, which removes the code that formats their messages: a module
// for JavaScript has no place to print them, and traps afterwards anyway.
//   node scripts/wasm-panics.js INPUT OUTPUT     INPUT needs the names of its functions
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const manifest = fileURLToPath(new URL("../packages/tokenizer-wasm/package.json", import.meta.url));
const { default: binaryen } = await import(createRequire(manifest).resolve("binaryen"));

const PANICS =
  /^(core|alloc)\[\w+\]::.*(\bpanicking::|::panic_|_fail(ed|_rt)?$|::do_panic|::handle_(alloc_)?error$|::capacity_overflow$)/;

const [input, output] = process.argv.slice(2);
const module = binaryen.readBinary(readFileSync(input));
let count = 0;
for (let i = 0; i < module.getNumFunctions(); i++) {
  const reference = module.getFunctionByIndex(i);
  const { name, base } = binaryen.getFunctionInfo(reference);
  if (base !== "" || !PANICS.test(name)) continue;
  binaryen.Function(reference).body = module.unreachable();
  count++;
}
if (count === 0) throw new Error(`${input}: no function that panics was found. Check that the functions have names.`);
writeFileSync(output, module.emitBinary());
