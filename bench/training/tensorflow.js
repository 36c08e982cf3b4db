import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder into which `npm run setup:native` installs TensorFlow. */
const native = process.env.BERTIE_NATIVE ?? fileURLToPath(new URL("../../native", import.meta.url));

/** Whether TensorFlow is installed. */
export const hasTensorflow = existsSync(`${native}/tensorflow/node_modules/@tensorflow/tfjs-node`);
