import { expect, it } from "vitest";
import { parseModelName } from "./model-name.ts";

it.each([
  ["bert-base-chinese", { repo: "bert-base-chinese", revision: undefined }],
  ["google-bert/bert-base-chinese", { repo: "google-bert/bert-base-chinese", revision: undefined }],
  ["user/model_1.5@refs/pr/3", { repo: "user/model_1.5", revision: "refs/pr/3" }],
])("parseModelName() accepts %s", (text, name) => {
  expect(parseModelName(text)).toEqual(name);
});

it.each([
  ...[
    "",
    ".",
    "./model",
    "../model",
    "/model",
    "a/b/c",
    "a//b",
    "user/",
    "a b",
    "C:\\model",
    "user/model--x",
    "model.git",
  ],
  ...["user/model@", "user/model@../x", "user/model@a b", "user/..", "模型"],
])("parseModelName() rejects %j", (text) => {
  expect(parseModelName(text)).toBeUndefined();
});
