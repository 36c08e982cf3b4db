import { describe, expect, it } from "vitest";
import { labelsFromJson } from "./labels.ts";

const read = (json: Record<string, unknown>) => labelsFromJson(json, "config.json");

describe("labelsFromJson()", () => {
  it("puts the labels of id2label in the order of their ids", () => {
    const id2label = Object.fromEntries(Array.from({ length: 12 }, (_, id) => [`${11 - id}`, `label-${11 - id}`]));
    expect(read({ id2label })).toEqual(Array.from({ length: 12 }, (_, id) => `label-${id}`));
  });

  it("believes id2label where label2id contradicts it, and label2id where it stands alone", () => {
    expect(read({ id2label: { 0: "no", 1: "yes" }, label2id: { LABEL_0: 0, LABEL_1: 1 } })).toEqual(["no", "yes"]);
    expect(read({ label2id: { yes: 1, no: 0 } })).toEqual(["no", "yes"]);
  });

  it("names labels as transformers does where there is only a count, and gives undefined where there is nothing", () => {
    expect(read({ num_labels: 3 })).toEqual(["LABEL_0", "LABEL_1", "LABEL_2"]);
    expect(read({ id2label: null })).toBeUndefined();
  });

  it.each([
    [{ id2label: { 0: "a", 2: "b" } }, /"id2label" must number its 2 labels 0 to 1/],
    [{ id2label: { 0: "a", "-1": "b" } }, /"id2label" must number/],
    [{ id2label: { 0: "a", 1: "a" } }, /"id2label" gives the label "a" to more than one id/],
    [{ id2label: { 0: null } }, /"id2label" has a label that is not text at id 0/],
    [{ id2label: {} }, /"id2label" names no label/],
    [{ id2label: ["a"] }, /"id2label" must be an object/],
    [{ label2id: { a: 0, b: 0 } }, /"label2id" must number its 2 labels/],
    [{ label2id: { a: "0" } }, /"label2id" must number its 1 labels/],
    [{ num_labels: 0 }, /"num_labels" must be a whole number/],
    [{ num_labels: 1e9 }, /"num_labels" must be a whole number/],
  ])("refuses %j", (json, message) => {
    expect(() => read(json)).toThrow(message);
  });
});
