import { classifyZh } from "./classify-zh.ts";
import type { en } from "./en.ts";
import { fineTuneZh } from "./fine-tune-zh.ts";
import { tokenizeZh } from "./tokenize-zh.ts";
import { typeExamplesZh } from "./type-examples-zh.ts";

export const zh: Readonly<Record<keyof typeof en, string>> = {
  title: "Bertie：在浏览器中运行 BERT",
  skip: "跳到主要内容",
  "nav.label": "主导航",
  "nav.tokenize": "分词",
  "nav.fine-tune": "微调",
  "nav.type-examples": "示例",
  "nav.classify": "分类",
  language: "English",
  "theme.label": "深色模式",
  footer: "所有计算都在当前标签页内完成：数据不会上传，也不会从其他网站加载任何内容。",
  "fault.input": "{inChinese}（{message}）",
  "fault.other": "出错了：{message}",
  "choose-file": "选择文件…",
  "choose-files": "选择文件…",
  "choose-folder": "选择文件夹…",

  ...tokenizeZh,
  ...fineTuneZh,
  ...classifyZh,
  ...typeExamplesZh,
};
