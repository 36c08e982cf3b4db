import type { PageFile } from "../model/collect-files.ts";
import { element } from "../page/dom.ts";
import { zip } from "./zip.ts";

/** Downloads files as a zip file with one folder. */
export async function saveAsZip(name: string, folder: string, files: readonly PageFile[]): Promise<void> {
  const entries = files.map(async ({ path, content }) => {
    return { name: `${folder}/${path}`, content: new Uint8Array(await content.arrayBuffer()) };
  });
  const url = URL.createObjectURL(zip(await Promise.all(entries)));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may still be reading the blob
}
