// The pages of the site in reading order, for the sidebar: path, English title, Chinese title.
// Pages that do not exist are omitted. A page without a Chinese version links to the English page.

export const sections = [
  {
    title: { en: "Guide", zh: "指南" },
    pages: [
      ["guide/quick-start", "Quick start", "快速开始"],
      ["guide/your-own-data", "Your own data", "使用自己的数据"],
      ["guide/glue", "GLUE", "GLUE"],
      ["guide/problem-types", "Problem types and learning aids", "问题类型与训练选项"],
      ["guide/few-examples", "A first classifier in seconds", "几秒钟得到第一个分类器"],
      ["guide/choosing-a-model", "Choosing a model", "选择模型"],
      ["guide/transformers-models", "Models of transformers", "使用 transformers 的模型"],
      ["guide/reading-the-report", "Reading the report", "解读评估报告"],
      ["guide/experiments", "Experiments", "实验"],
      ["guide/embeddings", "Embeddings", "文本向量"],
      ["guide/rag", "Retrieval (RAG)", "检索（RAG）"],
      ["guide/adapters", "Adapters", "适配其他库"],
      ["guide/deployment", "Deployment", "部署"],
      ["guide/export", "Export to ONNX", "导出为 ONNX"],
      ["guide/hub", "Hugging Face Hub", "Hugging Face Hub"],
      ["guide/serve", "Serving models", "模型服务"],
      ["guide/from-table-to-page", "From a table to a page", "从表格到离线网页"],
      ["guide/corpora-and-clusters", "Corpora and clusters", "大规模语料与集群"],
      ["guide/spark", "Spark and Ray", "Spark 与 Ray"],
      ["guide/distributed-training", "Distributed training", "分布式训练"],
      ["guide/object-stores", "Object stores", "对象存储"],
      ["guide/streams", "Streams", "流式分词"],
      ["guide/gpus", "GPUs", "使用 GPU"],
      ["guide/deno", "Deno", "在 Deno 中使用"],
      ["guide/browsers", "Browsers", "在浏览器中使用"],
    ],
  },
  {
    title: { en: "Migration", zh: "迁移" },
    pages: [
      ["migrate/run-classifier", "From run_classifier", "从 run_classifier 迁移"],
      ["migrate/transformers", "From Transformers", "从 Transformers 迁移"],
      ["migrate/transformers-js", "From Transformers.js", "从 Transformers.js 迁移"],
      ["migrate/tokenizers", "From other tokenizers", "从其他分词器迁移"],
    ],
  },
  {
    title: { en: "Reference", zh: "参考" },
    pages: [
      ["reference/cli", "Command line", "命令行"],
      ["reference/errors", "Troubleshooting", "错误与排查"],
      ["reference/api/", "API", "API"],
      ["reference/engine", "Engine", "引擎"],
      ["reference/runtimes", "Runtimes", "运行环境"],
      ["reference/tokenizer-json", "tokenizer.json", "tokenizer.json"],
      ["reference/c-abi", "C interface", "C 接口"],
    ],
  },
  {
    title: { en: "Speed and accuracy", zh: "速度与精度" },
    pages: [
      ["performance/exactness", "Exactness", "数值一致性"],
      ["performance/speed", "Speed", "速度概览"],
      ["performance/training", "Training speed", "训练速度"],
      ["performance/inference", "Inference speed", "推理速度"],
      ["performance/where-time-goes", "Where the time goes", "时间去向"],
      ["performance/tokenization", "Tokenization speed", "分词速度"],
      ["performance/size", "Size", "体积"],
      ["performance/scale", "Scale and cost", "规模与成本"],
    ],
  },
  {
    title: { en: "About", zh: "关于" },
    pages: [
      ["promises", "Guarantees", "保证"],
      ["about/first-reading", "First reading", "初读反馈"],
    ],
  },
];

/** The packages of the API reference: the folder under packages/ and the name that users import. */
export const apiPackages = {
  bertie: "bertie",
  "tokenizer-wasm": "@bertie/tokenizer-wasm",
  data: "@bertie/data",
  model: "@bertie/model",
  optim: "@bertie/optim",
  engine: "@bertie/engine",
  hub: "@bertie/hub",
  stores: "@bertie/stores",
  server: "@bertie/server",
};
