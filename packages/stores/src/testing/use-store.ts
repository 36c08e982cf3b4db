import { afterAll, afterEach, beforeAll } from "vitest";
import { startStore, type TestStore } from "./store-server.js";

/** Starts a store with a bucket "corpora" before the tests of a file, and removes faults after each test. */
export function useStore(): Pick<TestStore, "env" | "state"> {
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
  };
}
