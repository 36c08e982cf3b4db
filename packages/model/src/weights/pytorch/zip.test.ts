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

/** Returns the contents of each entry as a list of byte values. */
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

  it("reads padded entries of ordinary and zip64 archives, with and without a comment", () => {
    for (const zip64 of [false, true]) {
      for (const comment of ["", "PK\x05\x06 a comment that looks like an end record", "x".repeat(0xffff)]) {
        expect(contents(zip(entries, { zip64, comment }))).toEqual(expected);
      }
    }
  });

  it("returns views of the archive", () => {
    const bytes = zip(entries);
    for (const content of readStoredZip(bytes, "w.bin").values()) expect(content.buffer).toBe(bytes.buffer);
  });

  it.each([
    ["two entries with the same name", zip([entries[0], entries[0]]), "weights/zip-duplicate"],
    ["a compressed entry", zip(entries, { method: 8 }), "weights/zip-compressed"],
    ["an encrypted entry", zip(entries, { flags: 1 }), "weights/zip-encrypted"],
    ["an uncompressed entry with two sizes", zip(entries, { packedOff: 1 }), "weights/zip-mismatch"],
    ["an entry at another position", zip(entries, { offsetOff: 1 }), "weights/zip"],
    ["an entry after the end", zip(entries, { offsetOff: 5000 }), "weights/zip"],
    ["an entry after 2^53 bytes", zip(entries, { offsetOff: 2 ** 60, zip64: true }), "weights/truncated"],
    ["an entry with another size in its header", zip(entries, { localSizeOff: 1 }), "weights/zip-mismatch"],
    ["an entry with another name in its header", zip(entries, { localName: "x" }), "weights/zip-mismatch"],
    ["entries that overlap", zip(entries, { sizeOff: 5 }), "weights/zip-overlap"],
    ["an entry that overlaps the directory", zip(entries.slice(0, 1), { sizeOff: 5 }), "weights/zip-overlap"],
    ["a name with parent directories", zip([["w/../../x", "a"]]), "weights/zip-name"],
    ["an absolute name", zip([["/etc/passwd", "a"]]), "weights/zip-name"],
    ["a name with a Windows drive", zip([["c:x", "a"]]), "weights/zip-name"],
    ["a name with a control character", zip([["w/\u001b[2J", "a"]]), "weights/zip-name"],
    ["a name that is not UTF-8", zip([["w/\u00ff", "a"]]), "weights/zip-name"],
    ["fewer entries than there are", zip(entries, { countOff: -1 }), "weights/zip-mismatch"],
    ["more entries than there are", zip(entries, { countOff: 1 }), "weights/zip"],
    ["a directory shorter than its entries", zip(entries, { directoryOff: -1 }), "weights/zip-mismatch"],
    ["a directory that overlaps the end record", zip(entries, { directoryOff: 500 }), "weights/zip"],
    ["end records that disagree", zip(entries, { zip64: true, zip64CountOff: 1 }), "weights/zip-mismatch"],
    ["too many entries", zip(entries, { zip64: true, countOff: 2 ** 40 }), "weights/zip-limit"],
    ["an archive on several disks", zip(entries, { disk: 1 }), "weights/zip"],
    ["an entry larger than the file", zip(entries, { sizeOff: 5000 }), "weights/truncated"],
    ["a truncated archive", zip(entries).slice(0, -1), "weights/zip"],
    ["an archive without its start", zip(entries).slice(9), "weights/zip"],
    ["bytes after the archive", Uint8Array.of(...zip(entries), 0), "weights/zip"],
    ["an empty file", new Uint8Array(0), "weights/zip"],
  ])("rejects %s", (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it("reads or rejects an archive after any corruption", () => {
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
