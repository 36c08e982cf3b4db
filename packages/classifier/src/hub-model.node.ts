import { openHubModel, parseModelName } from "@bertie/hub";
import type { FileSource } from "@bertie/model";
import { exists, pathOf } from "./storage/files.node.ts";

/**
 * Opens a model by its name on the Hugging Face Hub. An existing file or directory of this name takes precedence.
 *
 * @returns undefined if the location is a path, or cannot be a name
 * @throws BertieError "hub/…" as `openHubModel()`
 */
export async function openIfOnHub(
  location: string | URL,
): Promise<(FileSource & { readonly warnings: readonly string[] }) | undefined> {
  const isName = typeof location === "string" && parseModelName(location) !== undefined;
  return isName && !(await exists(pathOf(location))) ? openHubModel(location) : undefined;
}
