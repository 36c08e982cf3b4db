import { fileURLToPath } from "node:url";
import { findAddon } from "../executors/tensorflow/find-addon.node.ts";

/** Whether TensorFlow is installed, as `npm run setup:native` does. */
export const tensorflowAvailable = findAddon(fileURLToPath(import.meta.url)) !== undefined;
