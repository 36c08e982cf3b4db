export { BertieError, type ErrorCode } from "./error.ts";
export { Random, type RandomState } from "./random.ts";
