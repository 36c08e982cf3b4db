import type { ErrorCode } from "@bertie/common";

/** Chinese descriptions of errors by code. The page appends the English message, which names the file, line or option. */
const BY_CODE: Readonly<Record<string, string>> = {
  "input/missing-file": "缺少文件",
  "input/no-rows": "表格中没有足够的可用行",
  "input/short-row": "某一行的列数不足",
  "input/ragged-row": "某一行的列数与其他行不同",
  "input/doubtful-delimiter": "无法确定分隔符",
  "input/parquet": "Parquet 文件已损坏，或压缩方式不受支持",
  "input/compression": "压缩文件已损坏",
  "input/empty-label": "某一行的标签为空",
  "input/no-column": "请选择文本列和标签列",
  "input/too-few-labels": "所有行的标签都相同，请检查标签列",
  "input/too-many-labels": "标签种类过多，请检查标签列",
  "input/not-text": "文件不是文本，请将表格保存为 CSV 或 TSV",
  "input/invalid-utf8": "文件不是有效的 UTF-8 编码，请另存为 UTF-8",
  "input/invalid-csv": "CSV 中的引号不配对",
  "input/unreachable": "无法加载文件，请检查网络",
  "input/vocabulary-size": "词表与模型不匹配",
  "input/no-model": "尚无模型，请先微调或打开模型",
  "input/no-labels": "模型没有标签，不是分类模型，请先微调模型",
  "input/invalid-json": "文件不是有效的 JSON",
  "config/json": "配置文件不是有效的 JSON",
  "weights/missing": "缺少权重文件",
  "weights/missing-tensor": "权重文件缺少所需的张量",
  "weights/shape-mismatch": "权重的形状与 config.json 不符",
  "weights/truncated": "权重文件不完整",
  "train/not-finite": "训练发散，请降低学习率",
  "engine/out-of-memory": "内存不足，请减小批大小或最大长度",
  "engine/device-lost": "设备已丢失，请减小批大小或最大长度，然后刷新页面",
  "options/changed": "数据或设置与训练开始时不同",
  "checkpoint/none": "没有找到检查点，请选择 NAME.unfinished 文件夹",
  "checkpoint/damaged": "检查点已损坏",
  "checkpoint/none-whole": "所有检查点都已损坏",
  "explain/no-mask": "词表中没有 [MASK]，无法解释预测结果",
  "model/in-training": "正在训练，请先停止训练",
  "browser/no-storage": "浏览器不允许本页面保存文件，请勿使用无痕窗口",
  "browser/storage-full": "浏览器的存储空间已满",
  "browser/other-tab": "另一个标签页正在训练",
};

/** Chinese descriptions of other errors by the part of their code before the slash. */
const BY_KIND: Readonly<Record<string, string>> = {
  input: "输入有误",
  vocabulary: "词表有误",
  tokenizer: "分词器文件有误",
  config: "模型配置有误",
  weights: "权重文件有误",
  options: "设置有误",
  engine: "引擎或设备出错",
  train: "训练中断",
  checkpoint: "检查点有误",
  output: "无法保存",
};

/** Returns a Chinese description of an error. */
export function faultInChinese(code: ErrorCode): string {
  return BY_CODE[code] ?? BY_KIND[code.split("/")[0]!] ?? "出错了";
}
