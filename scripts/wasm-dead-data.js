// Zeroes the constants that only functions use that panic, such as the tables of Rust's library for formatting messages.
// scripts/wasm-panics.js replaces these functions with traps, but only the linker knows which constants they use.
//   node scripts/wasm-dead-data.js LINKED INPUT OUTPUT     LINKED was linked with --emit-relocs, and INPUT was made from it
import { readFileSync, writeFileSync } from "node:fs";
import { dataSegments, Reader, sectionsOf } from "./wasm-sections.js";

/** The linker's names of functions of Rust's library that panic, as in scripts/wasm-panics.js. */
const PANICS =
  /^_R(N[vt])+Cs[0-9A-Za-z]+_(4core|5alloc)\w*(9panicking\d|\dpanic_|_fail(ed|_rt)?$|do_panic|handle_(alloc_)?error$|capacity_overflow$)/;

// Kinds and flags of symbols, and types of relocations:
// https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md
const [FUNCTION, DATA, SECTION] = [0, 1, 3];
const [UNDEFINED, EXPLICIT_NAME, ABSOLUTE] = [0x10, 0x40, 0x200];
const WITH_ADDEND = new Set([3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 21, 22, 23, 25]);
/** Relocations of types, and of addresses of functions, which are only called when messages are formatted. */
const IGNORED = new Set([1, 2, 6, 12, 18, 19, 24]);

const [linkedPath, input, output] = process.argv.slice(2);
const dead = deadConstants(readFileSync(linkedPath));
if (dead.length === 0) throw new Error(`${linkedPath}: no unused constant was found. Check the names of functions.`);
const bytes = readFileSync(input);
const sections = sectionsOf(bytes);
for (const { address, start, end } of dataSegments(bytes, sectionOf(sections, 11))) {
  const positionOf = (target) => Math.min(Math.max(target - address + start, start), end);
  for (const [from, to] of dead) bytes.fill(0, positionOf(from), positionOf(to));
}
const isForLinker = ({ name = "" }) => name === "linking" || name.startsWith("reloc.");
const rest = sections.filter((section) => !isForLinker(section));
writeFileSync(
  output,
  Buffer.concat([bytes.subarray(0, 8), ...rest.map(({ start, end }) => bytes.subarray(start, end))]),
);

/** Returns the ranges of addresses of the constants that are not used. */
function deadConstants(wasm) {
  const linked = sectionsOf(wasm);
  const code = sectionOf(linked, 10);
  const data = sectionOf(linked, 11);
  const segments = dataSegments(wasm, data);
  const { names, symbols } = readNames(wasm, linked);
  const reader = new Reader(wasm, code.content);
  const bodies = reader.list(() => {
    const end = reader.number() + reader.at;
    const start = reader.at;
    reader.at = end;
    return { start, end };
  });
  const constants = symbols.filter(
    ({ kind, segment, flags }) => kind === DATA && segment !== undefined && !(flags & ABSOLUTE),
  );
  for (const constant of constants) {
    const { address, start } = segments[constant.segment];
    Object.assign(constant, { address: address + constant.offset, start: start + constant.offset });
    constant.end = constant.start + constant.size;
  }
  const usesIn = (ranges, name, { content }) => {
    const relocations = readRelocations(wasm, sectionOf(linked, 0, name), content);
    return ranges.map(({ start, end }) => relocations.filter(({ at }) => start <= at && at < end));
  };
  const usesOfCode = usesIn(bodies, "reloc.CODE", code);
  const usesOfData = new Map(usesIn(constants, "reloc.DATA", data).map((uses, index) => [constants[index], uses]));
  const { imported, exported } = readFunctions(wasm, linked);
  const seen = new Set();
  const pending = [...exported];
  while (pending.length > 0) {
    const used = pending.pop();
    if (seen.has(used)) continue;
    seen.add(used);
    const uses = typeof used === "number" ? usesOfCode[used - imported] : usesOfData.get(used);
    if (PANICS.test(names.get(used) ?? "")) continue;
    for (const { symbol } of uses ?? []) {
      const { kind, index } = symbols[symbol];
      if (kind === FUNCTION) pending.push(index);
      if (kind === DATA) pending.push(symbols[symbol]);
    }
  }
  const live = constants.filter((constant) => seen.has(constant));
  const isShared = ({ start, end }) => live.some((other) => other.start < end && start < other.end);
  const unused = constants.filter((constant) => !seen.has(constant) && !isShared(constant));
  return unused.map(({ address, size }) => [address, address + size]);
}

function sectionOf(list, id, name) {
  const section = list.find((candidate) => candidate.id === id && candidate.name === name);
  if (section === undefined) throw new Error(`wasm-dead-data: the module has no section ${name ?? id}`);
  return section;
}

/** Returns the number of imported functions, and the indices of the exported ones that remain in the module. */
function readFunctions(wasm, linked) {
  const imports = new Reader(wasm, sectionOf(linked, 2).content);
  const imported = imports.list(() => {
    imports.text();
    imports.text();
    if (imports.byte() !== FUNCTION)
      throw new Error("wasm-dead-data: the module imports something other than functions");
    imports.number();
  }).length;
  const exports = new Reader(wasm, sectionOf(linked, 7).content);
  const all = exports.list(() => ({ name: exports.text(), kind: exports.byte(), index: exports.number() }));
  // wasm-bindgen runs the functions that describe the interface, and removes them.
  const kept = all.filter(({ name, kind }) => kind === FUNCTION && !name.startsWith("__wbindgen_describe"));
  return { imported, exported: kept.map(({ index }) => index) };
}

/** Returns the names of functions by their indices, and the linker's symbols. */
function readNames(wasm, linked) {
  const functions = subsectionOf(wasm, sectionOf(linked, 0, "name"), 1);
  const names = new Map(functions.list(() => [functions.number(), functions.text()]));
  const table = subsectionOf(wasm, sectionOf(linked, 0, "linking"), 8);
  const symbols = table.list(() => {
    const symbol = { kind: table.byte(), flags: table.number() };
    const isDefined = (symbol.flags & UNDEFINED) === 0;
    if (symbol.kind !== DATA) symbol.index = table.number();
    if (symbol.kind === DATA || (symbol.kind !== SECTION && (isDefined || symbol.flags & EXPLICIT_NAME))) table.text();
    if (symbol.kind !== DATA || !isDefined) return symbol;
    return Object.assign(symbol, { segment: table.number(), offset: table.number(), size: table.number() });
  });
  return { names, symbols };
}

/** Returns a reader of the content of a subsection. */
function subsectionOf(wasm, { name, content, end }, type) {
  const reader = new Reader(wasm, content);
  reader.text();
  if (name === "linking") reader.number();
  while (reader.at < end) {
    const found = reader.byte();
    const size = reader.number();
    if (found === type) return reader;
    reader.at += size;
  }
  throw new Error(`wasm-dead-data: the section ${name} has no subsection ${type}`);
}

/** Returns the relocations of a section whose content starts at `content`: their positions in the module, and their symbols. */
function readRelocations(wasm, section, content) {
  const reader = new Reader(wasm, section.content);
  reader.text();
  reader.number();
  const all = reader.list(() => {
    const type = reader.byte();
    const relocation = { type, at: content + reader.number(), symbol: reader.number() };
    if (WITH_ADDEND.has(type)) reader.number();
    return relocation;
  });
  return all.filter(({ type }) => !IGNORED.has(type));
}
