import { fileURLToPath } from "node:url";
import { findAddon } from "../executors/tensorflow/find-addon.node.ts";

/** Whether TensorFlow is here, as `npm run setup:native` gets it. */
export const tensorflowAvailable = findAddon(fileURLToPath(import.meta.url)) !== undefined;
