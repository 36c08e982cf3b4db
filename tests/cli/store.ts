import { concatenate } from "@bertie/common";
import { expandLocation, openRemoteFile, startObject } from "@bertie/stores";
import type { TestStore } from "../../packages/stores/src/testing/store-server.js";
import { useStore } from "../../packages/stores/src/testing/use-store.ts";

/** Store with a bucket "corpora". */
interface CorporaStore extends Pick<TestStore, "env" | "state"> {
  put(key: string, contents: string | Uint8Array): Promise<void>;
  get(key: string): Promise<Buffer>;
  /** Returns the names of the objects in a folder, relative to it. */
  visible(folder: string): Promise<string[]>;
}

/** Starts a store for the tests of a file. */
export function testStore(): CorporaStore {
  const store = useStore();
  return Object.assign(store, {
    async put(key: string, contents: string | Uint8Array): Promise<void> {
      const object = await startObject(`s3://corpora/${key}`, { env: store.env });
      object.write(typeof contents === "string" ? Buffer.from(contents) : contents);
      await object.finish();
      await object.publish();
    },
    async get(key: string): Promise<Buffer> {
      const parts: Uint8Array[] = [];
      const file = await openRemoteFile(`s3://corpora/${key}`, { env: store.env });
      for await (const part of file.stream()) parts.push(part);
      return Buffer.from(concatenate(parts));
    },
    visible: (folder: string): Promise<string[]> =>
      expandLocation(`s3://corpora/${folder}/`, { env: store.env }).then(
        (found) => found.map((location) => location.slice(`s3://corpora/${folder}/`.length)),
        () => [],
      ),
  });
}
