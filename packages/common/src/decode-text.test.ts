import { expect, it } from "vitest";
import { decodeText } from "./decode-text.ts";

it("decodeText() removes a byte order mark", () => {
  expect(decodeText(new TextEncoder().encode("\uFEFF{}"), "config.json")).toBe("{}");
});

it("decodeText() refuses a file that is longer than any configuration, before it decodes it", () => {
  const bytes = new Uint8Array(2 ** 29 + 100); // longer than V8's longest string
  expect(() => decodeText(bytes, "config.json")).toThrow(
    expect.objectContaining({
      code: "input/too-large",
      message: expect.stringMatching(/^config\.json: has 536871012 bytes, more than 67108864\. /),
    }),
  );
});
