import type { PartialFile } from "./cache.ts";
import { isTransient, notReached, type Subject } from "./failures.ts";
import type { HubFile } from "./repository.ts";
import { requestRest } from "./request.ts";
import type { HubSettings } from "./settings.ts";

/** Time before the first new attempt, which doubles with every further attempt. */
const FIRST_DELAY_MS = 250;

/**
 * Downloads the missing bytes of a file. After an interruption, the rest is requested again, up to `retries` times in a row
 * without new bytes.
 *
 * @throws BertieError "hub/…"
 */
export async function downloadRest(
  file: HubFile,
  part: PartialFile,
  settings: HubSettings,
  subject: Subject,
): Promise<void> {
  let failures = 0;
  if (part.size > file.size) await part.clear();
  while (part.size < file.size) {
    const before = part.size;
    try {
      await downloadOnce(file, part, settings, subject);
      if (part.size < file.size) throw notReached(subject, new Error(`${file.path} ended early`));
    } catch (error) {
      if (part.size > before) failures = 0;
      if (!isTransient(error) || failures >= settings.retries) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_DELAY_MS * 2 ** failures));
      failures++;
    }
  }
}

async function downloadOnce(file: HubFile, part: PartialFile, settings: HubSettings, subject: Subject): Promise<void> {
  const rest = await requestRest(settings, subject, file.path, part.size);
  if (rest.offset !== part.size) await part.clear();
  for await (const chunk of rest.chunks) {
    await part.append(chunk);
    settings.onEvent({ type: "download", file: file.path, bytes: Math.min(part.size, file.size), size: file.size });
    if (part.size > file.size) return; // the hash will not match
  }
}
