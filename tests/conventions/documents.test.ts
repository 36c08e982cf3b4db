import { describe, expect, it } from "vitest";
import { slugify } from "../../docs/.vitepress/slug.js";
import { anchorsOf, codeBlocks, linksOf } from "../../scripts/check/documents/markdown.js";
import { findMissingLine } from "../../scripts/check/documents/output.js";
import { englishPathOf, isTranslationOf } from "../../scripts/check/documents/translations.js";

describe("codeBlocks()", () => {
  it("reads language, reason to skip, and lines", () => {
    const [block] = codeBlocks('# Title\n\n```sh skip="needs a GPU"\nnvidia-smi\n```\n');
    expect(block).toMatchObject({
      language: "sh",
      skip: "needs a GPU",
      attributes: [],
      line: 3,
      end: 5,
      code: "nvidia-smi\n",
    });
  });

  it("attaches an output block that follows directly, and no other", () => {
    const text = "```sh\na\n```\n\n```text output\nb\n```\n\n```sh\nc\n```\n\nProse.\n\n```text output\nd\n```\n";
    const [first, , second] = codeBlocks(text);
    expect(first?.output?.code).toBe("b\n");
    expect(second?.output).toBeUndefined();
  });

  it("reads blocks inside of lists and longer fences", () => {
    const blocks = codeBlocks("1. Step\n\n   ```sh\n   ls\n   ```\n\n````md\n```sh\nls\n```\n````\n");
    expect(blocks.map(({ language, code }) => [language, code])).toEqual([
      ["sh", "ls\n"],
      ["md", "```sh\nls\n```\n"],
    ]);
  });
});

describe("findMissingLine()", () => {
  const output = "start\nloss 0.70, 12 ms\nmiddle\n\u001b[1maccuracy 82.0%\u001b[0m\nend\n";

  it("accepts lines in order, with … for any text and any lines", () => {
    expect(findMissingLine("loss …, … ms\n…\naccuracy 82.0%\nend\n", output)).toBeUndefined();
  });

  it("returns a line that is missing, incomplete, or in another order", () => {
    expect(findMissingLine("finish\n", output)).toBe("finish");
    expect(findMissingLine("accuracy\n", output)).toBe("accuracy");
    expect(findMissingLine("end\nstart\n", output)).toBe("start");
  });
});

describe("linksOf()", () => {
  it("finds links, images, references and attributes, but none in code", () => {
    const text =
      '[a](b.md#c) ![d](e.svg)\n\n`[no](no.md)`\n\n```md\n[no](no.md)\n```\n\n<img src="f.png">\n\n[g]: h.md\n';
    expect(linksOf(text)).toEqual([
      { target: "b.md#c", line: 1 },
      { target: "e.svg", line: 1 },
      { target: "f.png", line: 9 },
      { target: "h.md", line: 11 },
    ]);
  });
});

describe("anchorsOf()", () => {
  it("follows GitHub's rules: punctuation is dropped, repeated headings are numbered", () => {
    const text = "# `--seed`: a, b & c\n\n## Options\n\n## Options\n\n## 词元 offsets\n\n```sh\n# no heading\n```\n";
    expect([...anchorsOf(text, slugify)]).toEqual(["--seed-a-b--c", "options", "options-1", "词元-offsets"]);
  });
});

describe("isTranslationOf()", () => {
  const [english, chinese, other] = codeBlocks(
    "```sh\nls a # lists\n```\n\n```sh\nls a   # 列出\n```\n\n```sh\nls b # lists\n```\n",
  );

  it("ignores comments, but nothing else", () => {
    expect(isTranslationOf(chinese!, [english!])).toBe(true);
    expect(isTranslationOf(other!, [english!])).toBe(false);
  });
});

describe("englishPathOf()", () => {
  it("maps Chinese documents, and no others", () => {
    const paths = ["docs/zh/guide/gpus.md", "README.zh-CN.md", "docs/guide/gpus.md"];
    expect(paths.map(englishPathOf)).toEqual(["docs/guide/gpus.md", "README.md", undefined]);
  });
});
