import { expect, it } from "vitest";
import { decodeText } from "./decode-text.ts";

it("decodeText() removes a byte order mark", () => {
  expect(decodeText(new TextEncoder().encode("\uFEFF{}"), "config.json")).toBe("{}");
});

it("decodeText() rejects a file that is too large without decoding it", () => {
  const bytes = new Uint8Array(2 ** 29 + 100); // longer than V8's longest string
  expect(() => decodeText(bytes, "config.json")).toThrow(
    expect.objectContaining({
      code: "input/too-large",
      message: expect.stringMatching(/^config\.json: expected at most 67108864 bytes, found 536871012\. /),
    }),
  );
});
