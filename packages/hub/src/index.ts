export { filesToPush } from "./files-to-push.ts";
export { type HubModel, openHubModel } from "./hub-model.ts";
export type { HubEvent, HubOptions } from "./hub-options.ts";
export { type ModelName, parseModelName } from "./model-name.ts";
export { type Pushed, type PushedFile, type PushOptions, pushModel } from "./push.ts";
