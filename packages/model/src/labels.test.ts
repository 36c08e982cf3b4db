import { describe, expect, it } from "vitest";
import { labelsFromJson } from "./labels.ts";

const read = (json: Record<string, unknown>) => labelsFromJson(json, "config.json");

describe("labelsFromJson()", () => {
  it("sorts the labels of id2label by their ids", () => {
    const id2label = Object.fromEntries(Array.from({ length: 12 }, (_, id) => [`${11 - id}`, `label-${11 - id}`]));
    expect(read({ id2label })).toEqual(Array.from({ length: 12 }, (_, id) => `label-${id}`));
  });

  it("prefers id2label to a contradicting label2id, and uses label2id if there is no id2label", () => {
    expect(read({ id2label: { 0: "no", 1: "yes" }, label2id: { LABEL_0: 0, LABEL_1: 1 } })).toEqual(["no", "yes"]);
    expect(read({ label2id: { yes: 1, no: 0 } })).toEqual(["no", "yes"]);
  });

  it("names labels like transformers if there is only num_labels, and returns undefined without any of them", () => {
    expect(read({ num_labels: 3 })).toEqual(["LABEL_0", "LABEL_1", "LABEL_2"]);
    expect(read({ id2label: null })).toBeUndefined();
  });

  it.each([
    [{ id2label: { 0: "a", 2: "b" } }, /"id2label" must number its 2 labels from 0 to 1/],
    [{ id2label: { 0: "a", "-1": "b" } }, /"id2label" must number/],
    [{ id2label: { 0: "a", 1: "a" } }, /"id2label" has the label "a" more than once/],
    [{ id2label: { 0: null } }, /"id2label" has a label that is not a string at id 0/],
    [{ id2label: {} }, /"id2label" is empty/],
    [{ id2label: ["a"] }, /"id2label" must be an object/],
    [{ label2id: { a: 0, b: 0 } }, /"label2id" must number its 2 labels/],
    [{ label2id: { a: "0" } }, /"label2id" must number its 1 labels/],
    [{ num_labels: 0 }, /"num_labels" must be an integer/],
    [{ num_labels: 1e9 }, /"num_labels" must be an integer/],
  ])("rejects %j", (json, message) => {
    expect(() => read(json)).toThrow(message);
  });
});
