import { BertieError, quote } from "@bertie/common";
import { type ModelType, modelTypes } from "./architectures.ts";

const SUPPORTED = "bert, ernie, electra or distilbert";
const BERT_MODELS = "bert-base-uncased (English), bert-base-chinese or bert-base-multilingual-cased";

/** Advice for models of other architectures, by their `model_type`. */
const ALTERNATIVES: Readonly<Record<string, string>> = {
  roberta: `Use an English BERT, such as bert-base-uncased, ELECTRA (google/electra-base-discriminator) or DistilBERT. The Chinese models named chinese-roberta-wwm-ext have the model type "bert" and load`,
  "xlm-roberta": "Use bert-base-multilingual-cased, which covers 104 languages",
  camembert: "Use bert-base-multilingual-cased",
  albert: "Use a BERT of the same language, such as bert-base-uncased, or a small one, such as DistilBERT",
  deberta: "Use an English BERT or ELECTRA, such as google/electra-base-discriminator",
  "deberta-v2": "Use an English BERT or ELECTRA, such as google/electra-base-discriminator",
  modernbert: "Use an English BERT or ELECTRA, such as google/electra-base-discriminator",
  mpnet: "Use a sentence model that is based on BERT, such as all-MiniLM-L6-v2",
  t5: "T5 generates text. To classify text, use a BERT encoder, such as bert-base-uncased",
  mt5: "mT5 generates text. To classify text, use a BERT encoder, such as bert-base-multilingual-cased",
  bart: "BART generates text. To classify text, use a BERT encoder, such as bert-base-uncased",
};

/** Prefixes of classes in transformers, for configurations without a `model_type`, and the corresponding model types. */
const CLASS_PREFIXES: readonly (readonly [prefix: string, modelType: string])[] = [
  ["DistilBert", "distilbert"],
  ["Electra", "electra"],
  ["Ernie", "ernie"],
  ["XLMRoberta", "xlm-roberta"],
  ["Roberta", "roberta"],
  ["Camembert", "camembert"],
  ["Albert", "albert"],
  ["DebertaV2", "deberta-v2"],
  ["Deberta", "deberta"],
  ["ModernBert", "modernbert"],
  ["MPNet", "mpnet"],
  ["XLNet", "xlnet"],
  ["GPT2", "gpt2"],
  ["T5", "t5"],
];

/**
 * Returns the architecture of a configuration. Without `model_type`, as in Google's bert_config.json and in files of 2019,
 * the class in `architectures` determines the architecture, or DistilBERT's keys; otherwise it is BERT.
 *
 * @throws BertieError "config/unsupported" if Bertie does not support the architecture; the message says what to use
 */
export function readModelType(json: Readonly<Record<string, unknown>>, fileName: string): ModelType {
  const isGiven = (json.model_type ?? undefined) !== undefined;
  const value = isGiven ? json.model_type : implicitModelType(json);
  const supported = modelTypes.find((modelType) => modelType === value);
  if (supported !== undefined) return supported;
  const source = isGiven ? `"model_type" is ${quote(value)}` : `"architectures" is ${quote(json.architectures)}`;
  const advice =
    typeof value === "string" && Object.hasOwn(ALTERNATIVES, value)
      ? ALTERNATIVES[value]
      : `Use a BERT encoder of your language, such as ${BERT_MODELS}`;
  const text = `${fileName}: ${source}, but Bertie supports only ${SUPPORTED}. ${advice}.`;
  throw new BertieError("config/unsupported", text);
}

function implicitModelType({ architectures, ...json }: Readonly<Record<string, unknown>>): string {
  const [name] = Array.isArray(architectures) ? (architectures as unknown[]) : [];
  const byClass = CLASS_PREFIXES.find(([prefix]) => typeof name === "string" && name.startsWith(prefix));
  if (byClass !== undefined) return byClass[1];
  return "n_layers" in json && "dim" in json ? "distilbert" : "bert";
}
