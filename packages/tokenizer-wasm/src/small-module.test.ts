import { fileURLToPath } from "node:url";
import { vi } from "vitest";

// The tests below, with the module that pages load.
const full = process.env.BERTIE_WASM ?? fileURLToPath(new URL("../wasm/tokenizer.wasm", import.meta.url));
vi.stubEnv("BERTIE_WASM", full.replace(/tokenizer\.wasm$/, "tokenizer-small.wasm"));
await import("./golden.test.ts");
await import("./corpora.test.ts");
await import("./corner-cases.test.ts");
await import("./properties.test.ts");
