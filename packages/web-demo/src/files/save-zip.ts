import { Zip, ZipPassThrough } from "fflate";
import type { PageFile } from "../model/collect-files.ts";
import { element } from "../page/dom.ts";

/** Downloads files as a zip file with one folder. They are not compressed, because weights hardly compress. */
export async function saveAsZip(name: string, folder: string, files: readonly PageFile[]): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const archive = new Zip((error, chunk) => {
    if (error) throw error;
    parts.push(chunk as Uint8Array<ArrayBuffer>);
  });
  for (const { path, content } of files) {
    const entry = new ZipPassThrough(`${folder}/${path}`);
    archive.add(entry);
    entry.push(new Uint8Array(await content.arrayBuffer()), true);
  }
  archive.end();
  download(name, new Blob(parts, { type: "application/zip" }));
}

/** Downloads a file. */
export function download(name: string, contents: Blob): void {
  const url = URL.createObjectURL(contents);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may still be reading the blob
}
