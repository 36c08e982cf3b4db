export type { ListenOptions } from "./listen.ts";
export type { ModelRequest } from "./loaded-model.ts";
export { defaultLimits, type Limits, type LogEntry, type ServerOptions } from "./options.ts";
export { type BertieServer, createServer, type ServedModelInfo } from "./server.ts";
