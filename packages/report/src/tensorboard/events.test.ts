import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEvents } from "../testing/read-events.ts";
import { eventFileName, eventFileStart, summaryRecord } from "./events.ts";

describe("event files", () => {
  it("contain the values that were written, in order", () => {
    const tags = fc.dictionary(fc.string({ unit: "binary" }), fc.float({ noNaN: true }));
    const texts = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), {
      noNullPrototype: true,
    });
    const event = fc.record({ wallTime: fc.double({ noNaN: true }), step: fc.nat(2 ** 31), scalars: tags, texts });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 5 }), (events) => {
        const start = eventFileStart(1.5);
        const file = Buffer.concat([start, ...events.map(summaryRecord)]);
        const [first, ...read] = readEvents(file);
        expect(first).toMatchObject({ fileVersion: "brain.Event:2", wallTime: 1.5 });
        const entries = ({ wallTime, step, scalars, texts }: (typeof read)[number]) => [
          ...[wallTime, step, Object.entries(scalars), Object.entries(texts)],
        ];
        expect(read.map(entries)).toEqual(events.map(entries));
      }),
    );
  });

  it("keep steps above 2 ** 32", () => {
    expect(readEvents(summaryRecord({ wallTime: 0, step: 2 ** 40 + 3 }))[0]!.step).toBe(2 ** 40 + 3);
  });

  it("have names that TensorBoard finds", () => {
    expect(eventFileName(1700000000.9, "my host/1")).toBe("events.out.tfevents.1700000000.my-host-1");
    expect(eventFileName(0, "")).toBe("events.out.tfevents.0000000000.localhost");
  });
});
