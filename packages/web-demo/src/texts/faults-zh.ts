import type { ErrorCode } from "@bertie/common";

/** What is wrong, in Chinese, by an error's code: the packages' own messages, which name the place, are in English. */
const BY_CODE: Readonly<Record<string, string>> = {
  "input/missing-file": "缺少文件",
  "input/no-rows": "表格里没有可用的行",
  "input/short-row": "有一行的列数不够",
  "input/empty-label": "有一行的标签是空的",
  "input/no-column": "请指明哪一列是文本，哪一列是标签",
  "input/too-few-labels": "所有行的标签都相同，标签列选对了吗",
  "input/too-many-labels": "标签的种类太多，标签列选对了吗",
  "input/not-text": "文件不是文本，请把表格保存为 CSV 或 TSV",
  "input/invalid-utf8": "文件不是 UTF-8，请保存为 UTF-8",
  "input/invalid-csv": "CSV 中的引号没有配对",
  "input/unreachable": "文件无法加载，网络是否正常",
  "input/vocabulary-size": "词表与模型不匹配",
  "input/no-model": "还没有模型，请先微调或加载一个",
  "input/no-labels": "模型没有标签，还不是分类器，请先微调",
  "input/invalid-json": "文件不是有效的 JSON",
  "config/json": "config.json 不是有效的 JSON",
  "weights/missing-tensor": "权重文件里缺少需要的张量",
  "weights/shape-mismatch": "权重的形状与 config.json 不符",
  "weights/truncated": "权重文件不完整",
  "train/not-finite": "训练发散了：请降低学习率",
  "engine/out-of-memory": "内存不足：请减少每步行数或每条文本的词片数",
  "engine/device-lost": "设备丢失了，请重新加载页面",
  "options/changed": "数据与训练开始时不同",
  "checkpoint/none": "没有找到检查点，请选择 NAME.unfinished 文件夹",
  "checkpoint/damaged": "检查点已损坏",
  "explain/no-mask": "词表里没有 [MASK]，无法解释",
  "model/in-training": "正在训练，请先停止",
  "browser/no-storage": "浏览器不允许本页面保存文件，请不要使用无痕窗口",
  "browser/storage-full": "浏览器的存储空间已满",
  "browser/other-tab": "另一个标签页正在训练",
};

const BY_KIND: Readonly<Record<string, string>> = {
  input: "输入有误",
  vocabulary: "词表有误",
  tokenizer: "分词器文件有误",
  config: "模型配置有误",
  weights: "权重文件有误",
  options: "设置有误",
  engine: "无法计算",
  train: "训练中断了",
  checkpoint: "检查点有误",
  output: "无法保存",
};

export function faultInChinese(code: ErrorCode): string {
  return BY_CODE[code] ?? BY_KIND[code.split("/")[0]!] ?? "出错了";
}
