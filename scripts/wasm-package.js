// Lays out what wasm-pack and wasm-opt made as the folder that the TypeScript face imports.
//
//   node scripts/wasm-package.js BUILT OUT SOURCES_HASH COMPILER_VERSION
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [built, out, sources, compiler] = process.argv.slice(2);
const banner = "// Written by scripts/build-wasm.sh; not to be edited by hand.\n";
const wasm = readFileSync(join(built, "tokenizer.wasm"));
const write = (name, text) => writeFileSync(join(out, name), text);

copyFileSync(join(built, "tokenizer.wasm"), join(out, "tokenizer.wasm"));
write("bindings.js", banner + readFileSync(join(built, "tokenizer_bg.js"), "utf8"));
write(
  "bindings.d.ts",
  `${banner}${readFileSync(join(built, "tokenizer.d.ts"), "utf8")}
/** Connects the classes to an instance of the module. */
export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
`,
);
write(
  "inline.js",
  `${banner}const base64 = "${wasm.toString("base64")}";

/** The WebAssembly module's bytes. */
export default function wasm() {
  // Node's atob takes ten times as long as all the rest of loading.
  if (typeof Buffer !== "undefined") return new Uint8Array(Buffer.from(base64, "base64"));
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
`,
);
write(
  "inline.d.ts",
  `${banner}
/** The WebAssembly module's bytes or, where the host compiles modules ahead of time, the module. */
export default function wasm(): Uint8Array<ArrayBuffer> | WebAssembly.Module;
`,
);
write(
  "module.js",
  `${banner}// For hosts that compile modules ahead of time and forbid compiling at run time.
import module from "./tokenizer.wasm";

export default function wasm() {
  return module;
}
`,
);
write("stamp.json", `${JSON.stringify({ sources, compiler }, null, 2)}\n`);
