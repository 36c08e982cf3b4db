export type { Batch, BatchShape } from "./batch.ts";
export { concatBytes } from "./concat-bytes.ts";
export { crc32 } from "./crc32.ts";
export { decodeText } from "./decode-text.ts";
export { BertieError, type ErrorCode } from "./error.ts";
export { isJsonString, jsonMembers } from "./json-members.ts";
export { jsonSettings } from "./json-settings.ts";
export { refuseParquet } from "./parquet.ts";
export { Random, type RandomState } from "./random.ts";
