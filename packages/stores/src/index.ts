export { expandLocation } from "./list-objects.ts";
export { openRemoteFile, type RemoteFile, type RemoteRange } from "./remote-file.ts";
export type { Environment, RequestOptions, StoreOptions } from "./store-options.ts";
export { startObject, type Upload, type UploadOptions } from "./upload.ts";
