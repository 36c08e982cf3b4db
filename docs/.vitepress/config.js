import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { makeRelocatable, placeholderBase } from "./relocatable.js";
import { firstPage, sidebar, translatedPages } from "./sidebar.js";
import { slugify } from "./slug.js";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const repository = manifest.repository.url.replace(/^git\+|\.git$/g, "");

const nav = (locale, names) =>
  Object.entries(names)
    .map(([section, text]) => ({ text, link: firstPage(locale, section) }))
    .filter(({ link }) => link !== undefined);

export default defineConfig({
  title: "Bertie",
  description: "Fine-tune BERT for text classification in TypeScript, and tokenize text for it.",
  base: placeholderBase,
  srcExclude: ["node_modules/**"],
  buildEnd: ({ outDir }) => makeRelocatable(outDir),
  head: [["link", { rel: "icon", href: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E" }]],
  markdown: {
    anchor: { slugify },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config: (md) => md.use(linkRepositoryFiles).use(emptyHeadersAsCells).use(joinChineseLines),
  },
  vite: {
    resolve: {
      alias: [
        {
          find: /^\.{1,2}\/composables\/langs$/,
          replacement: fileURLToPath(new URL("theme/langs.js", import.meta.url)),
        },
      ],
    },
  },
  themeConfig: {
    translatedPages: translatedPages(),
    search: {
      provider: "local",
      options: { miniSearch: { options: { tokenize } }, locales: { zh: { translations: chineseSearch() } } },
    },
    outline: [2, 3],
  },
  locales: {
    root: {
      label: "English",
      lang: "en-US",
      themeConfig: {
        nav: nav("en", { 0: "Guide", 2: "Reference", 3: "Speed and accuracy" }),
        sidebar: sidebar("en"),
      },
    },
    zh: {
      label: "简体中文",
      lang: "zh-CN",
      description: "用 TypeScript 微调 BERT 做文本分类，并为其切分文本。",
      themeConfig: {
        nav: nav("zh", { 0: "指南", 2: "参考", 3: "速度与精度" }),
        sidebar: sidebar("zh"),
        outline: { level: [2, 3], label: "本页目录" },
        docFooter: { prev: "上一页", next: "下一页" },
        darkModeSwitchLabel: "外观",
        lightModeSwitchTitle: "切换到浅色模式",
        darkModeSwitchTitle: "切换到深色模式",
        sidebarMenuLabel: "菜单",
        returnToTopLabel: "回到顶部",
        langMenuLabel: "切换语言",
        skipToContentLabel: "跳到正文",
      },
    },
  },
});

/**
 * Splits a text into the search index's terms. Text in scripts without spaces is split into words by Intl.Segmenter, and each
 * ideograph is a term as well, so that a query matches however its words are split. The browser gets this function as text:
 * it must not use anything outside of its body.
 */
function tokenize(text) {
  const segmenter = new Intl.Segmenter("zh", { granularity: "word" });
  const terms = [];
  for (const word of text.split(/[\n\r\p{Z}\p{P}\p{S}]+/u)) {
    if (!/[\p{Script=Han}]/u.test(word)) {
      terms.push(word);
      continue;
    }
    for (const { segment, isWordLike } of segmenter.segment(word)) {
      if (!isWordLike) continue;
      terms.push(segment);
      if (segment.length > 1 && /\p{Script=Han}/u.test(segment)) terms.push(...segment);
    }
  }
  return terms;
}

/** Redirects links to files outside docs/, such as tests and examples, to the repository, because the site does not contain them. */
function linkRepositoryFiles(md) {
  md.core.ruler.push("repository-files", ({ tokens, env }) => {
    const folder = posix.dirname(env.relativePath ?? "");
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === "link_open" ? token.attrGet("href") : "";
      const path = posix.join("docs", folder, href);
      if (href.startsWith(".") && !path.startsWith("docs/")) token.attrSet("href", `${repository}/blob/main/${path}`);
    }
  });
}

/** Drops line breaks between Chinese characters and after Chinese punctuation: a browser would show them as spaces. */
function joinChineseLines(md) {
  const chinese = /[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/u;
  md.renderer.rules.softbreak = (tokens, i) => {
    const before = tokens[i - 1]?.content.at(-1) ?? "";
    const after = tokens[i + 1]?.content.at(0) ?? "";
    return chinese.test(before) && (chinese.test(after) || /[\u3000-\u303f\uff00-\uffef]/.test(before)) ? "" : "\n";
  };
}

/** Renders header cells without text, such as the corner of a table, as plain cells: a screen reader cannot name them. */
function emptyHeadersAsCells(md) {
  md.core.ruler.push("empty-headers", ({ tokens }) => {
    for (const [i, { type }] of tokens.entries()) {
      if (type !== "th_open" || tokens[i + 1].content.trim() !== "") continue;
      for (const each of tokens.slice(i, i + 3)) if (each.tag === "th") each.tag = "td";
    }
  });
}

function chineseSearch() {
  return {
    button: { buttonText: "搜索", buttonAriaLabel: "搜索" },
    modal: {
      displayDetails: "显示详细列表",
      resetButtonTitle: "清除查询",
      backButtonTitle: "关闭搜索",
      noResultsText: "没有找到结果：",
      footer: {
        selectText: "选择",
        selectKeyAriaLabel: "回车",
        navigateText: "切换",
        navigateUpKeyAriaLabel: "上箭头",
        navigateDownKeyAriaLabel: "下箭头",
        closeText: "关闭",
        closeKeyAriaLabel: "Esc",
      },
    },
  };
}
