import { concatenate } from "@bertie/common";
import { expandLocation, openRemoteFile, startObject } from "@bertie/stores";
import { afterAll, afterEach, beforeAll } from "vitest";
import { startStore, type TestStore } from "../../packages/stores/src/testing/store-server.js";

/** Starts a store with a bucket "corpora" before the tests of a file, and removes faults after each test. */
export function testStore() {
  let store: TestStore;
  beforeAll(async () => {
    store = await startStore();
  });
  afterEach(() => {
    store.state.fault = () => undefined;
  });
  afterAll(() => store.close());
  return {
    get env() {
      return store.env;
    },
    get state() {
      return store.state;
    },
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
    /** Returns the names of the objects in a folder, relative to it. */
    visible: (folder: string) =>
      expandLocation(`s3://corpora/${folder}/`, { env: store.env }).then(
        (found) => found.map((location) => location.slice(`s3://corpora/${folder}/`.length)),
        () => [],
      ),
  };
}
