import { describe, expect, it } from "vitest";
import type { FileSource } from "./file-source.ts";
import { readTokenizerFiles } from "./tokenizer-files.ts";

/** Returns a directory and the names of the files that are requested of it. */
function directory(files: Readonly<Record<string, unknown>>, isListed = false) {
  const requests: string[] = [];
  const source: FileSource = {
    name: "model",
    async read(file) {
      requests.push(file);
      return Object.hasOwn(files, file) ? new TextEncoder().encode(JSON.stringify(files[file])) : undefined;
    },
    ...(isListed && { list: async () => Object.keys(files) }),
  };
  return { source, requests };
}

const decoder = { 0: { content: "[PAD]", special: true } };

describe("readTokenizerFiles()", () => {
  it("requests no missing file on the web if tokenizer_config.json lists the added tokens", async () => {
    const settings = { do_lower_case: true, added_tokens_decoder: decoder };
    const { source, requests } = directory({ "config.json": {}, "vocab.txt": "", "tokenizer_config.json": settings });
    const { lowerCase, isTransformers } = await readTokenizerFiles(source);
    expect([lowerCase, isTransformers]).toEqual([true, true]);
    expect(requests).toEqual(["config.json", "vocab.txt", "tokenizer_config.json"]);
  });

  it.each([
    ["the added tokens are not listed", { "tokenizer_config.json": { do_lower_case: true } }],
    ["the case is not specified", { "tokenizer_config.json": { added_tokens_decoder: decoder } }],
    [
      "the class follows tokenizer.json",
      {
        "tokenizer_config.json": {
          ...{ do_lower_case: true, added_tokens_decoder: decoder, tokenizer_class: "TokenizersBackend" },
        },
      },
    ],
    ["there are no settings", {}],
  ])("requests tokenizer.json on the web if %s", async (_, files) => {
    const { source, requests } = directory({ "vocab.txt": "", ...files });
    await readTokenizerFiles(source);
    expect(requests).toContain("tokenizer.json");
  });

  it("reads tokenizer.json of a directory that lists it, and no other", async () => {
    const listed = directory({ "vocab.txt": "", "tokenizer.json": {} }, true);
    expect((await readTokenizerFiles(listed.source)).tokenizerJson?.name).toBe("model/tokenizer.json");
    const without = directory({ "vocab.txt": "" }, true);
    await readTokenizerFiles(without.source);
    expect(without.requests).not.toContain("tokenizer.json");
  });

  it.each(["yes", 1, {}])("rejects a flag that is not a boolean: %j", async (value) => {
    const { source } = directory({ "tokenizer_config.json": { strip_accents: value } });
    await expect(readTokenizerFiles(source)).rejects.toMatchObject({ code: "tokenizer/invalid-config" });
  });

  it("rejects a config.json that is not an object", async () => {
    const { source } = directory({ "config.json": [] });
    await expect(readTokenizerFiles(source)).rejects.toMatchObject({ code: "input/invalid-json" });
  });
});
