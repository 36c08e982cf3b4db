import { BertieError } from "@bertie/common";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zip } from "../../../fixtures/torch-files.ts";
import { readStoredZip } from "./zip.ts";

const entries = [
  ["w/data.pkl", "abc"],
  ["w/data/0", Uint8Array.of(1, 2, 3, 4)],
  ["w/empty", ""],
] as const;

/** The archive's content, as text of byte values. */
function contents(bytes: Uint8Array): Record<string, string> {
  return Object.fromEntries(
    Array.from(readStoredZip(bytes, "w.bin"), ([name, content]) => [name, `${Array.from(content)}`]),
  );
}

function codeOf(bytes: Uint8Array): string {
  try {
    readStoredZip(bytes, "w.bin");
  } catch (error) {
    if (error instanceof BertieError) return error.code;
    throw error;
  }
  return "none";
}

describe("readStoredZip()", () => {
  const expected = { "w/data.pkl": "97,98,99", "w/data/0": "1,2,3,4", "w/empty": "" };

  it("reads entries behind padding, in ordinary and in zip64 archives, with and without a comment", () => {
    for (const zip64 of [false, true]) {
      for (const comment of ["", "PK\x05\x06 a comment that looks like an end record", "x".repeat(0xffff)]) {
        expect(contents(zip(entries, { zip64, comment }))).toEqual(expected);
      }
    }
  });

  it("copies nothing", () => {
    const bytes = zip(entries);
    for (const content of readStoredZip(bytes, "w.bin").values()) expect(content.buffer).toBe(bytes.buffer);
  });

  it.each([
    ["two entries of one name", zip([entries[0], entries[0]]), "weights/zip-duplicate"],
    ["a compressed entry", zip(entries, { method: 8 }), "weights/zip-compressed"],
    ["an encrypted entry", zip(entries, { flags: 1 }), "weights/zip-encrypted"],
    ["a stored entry of two sizes", zip(entries, { packedOff: 1 }), "weights/zip-mismatch"],
    ["an entry that is not where the directory says", zip(entries, { offsetOff: 1 }), "weights/zip"],
    ["an entry past the end", zip(entries, { offsetOff: 5000 }), "weights/zip"],
    ["an entry past 2^53", zip(entries, { offsetOff: 2 ** 60, zip64: true }), "weights/truncated"],
    ["an entry whose own header says another size", zip(entries, { localSizeOff: 1 }), "weights/zip-mismatch"],
    ["an entry whose own header says another name", zip(entries, { localName: "x" }), "weights/zip-mismatch"],
    ["entries that reach into one another", zip(entries, { sizeOff: 5 }), "weights/zip-overlap"],
    ["an entry that reaches into the directory", zip(entries.slice(0, 1), { sizeOff: 5 }), "weights/zip-overlap"],
    ["a name that leads out of the archive", zip([["w/../../x", "a"]]), "weights/zip-name"],
    ["a name from the root", zip([["/etc/passwd", "a"]]), "weights/zip-name"],
    ["a name of Windows", zip([["c:x", "a"]]), "weights/zip-name"],
    ["a name with a control character", zip([["w/\u001b[2J", "a"]]), "weights/zip-name"],
    ["a name that is no UTF-8", zip([["w/\u00ff", "a"]]), "weights/zip-name"],
    ["fewer entries than there are", zip(entries, { countOff: -1 }), "weights/zip-mismatch"],
    ["more entries than there are", zip(entries, { countOff: 1 }), "weights/zip"],
    ["a directory shorter than its entries", zip(entries, { directoryOff: -1 }), "weights/zip-mismatch"],
    ["a directory that goes over its end", zip(entries, { directoryOff: 500 }), "weights/zip"],
    ["end records that disagree", zip(entries, { zip64: true, zip64CountOff: 1 }), "weights/zip-mismatch"],
    ["entries without end", zip(entries, { zip64: true, countOff: 2 ** 40 }), "weights/zip-limit"],
    ["an archive of several disks", zip(entries, { disk: 1 }), "weights/zip"],
    ["an entry larger than the file", zip(entries, { sizeOff: 5000 }), "weights/truncated"],
    ["an archive that is cut off", zip(entries).slice(0, -1), "weights/zip"],
    ["an archive whose start is cut off", zip(entries).slice(9), "weights/zip"],
    ["bytes behind the archive", Uint8Array.of(...zip(entries), 0), "weights/zip"],
    ["nothing", new Uint8Array(0), "weights/zip"],
  ])("refuses %s", (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it("reads or refuses, and never fails otherwise, whatever bytes are changed", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 5 }), (zip64, edits) => {
        const bytes = zip(entries, { zip64 });
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte;
        codeOf(bytes);
      }),
      { numRuns: 3000 },
    );
  });
});
